#pragma once
// Odeint's rosenbrock4 behind an interface of plain C++17: the uBLAS of Boost 1.74 it works with uses
// std::allocator::construct, which C++20 has removed, so its source file is compiled as C++17 and sees no other header.
#include <memory>
#include <vector>

namespace dynkin {

class StiffSystem {
public:
    virtual ~StiffSystem() = default;
    /// f (n) at y (n) and t.
    virtual void derivative(const double* y, double t, double* f) = 0;
    /// d f_i / d y_j in jacobian[i * n + j], d f_i / d t in time_derivative[i].
    virtual void jacobian(const double* y, double t, double* jacobian, double* time_derivative) = 0;
};

class RosenbrockStepper {
public:
    explicit RosenbrockStepper(std::size_t n);
    ~RosenbrockStepper();

    /// One step of RODAS (Hairer & Wanner 1996, section IV.7) of length h from y at t to `out`, with the estimate of
    /// its error. All have n entries.
    void step(StiffSystem& system, const std::vector<double>& y, double t, double h, std::vector<double>& out,
              std::vector<double>& error);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dynkin
