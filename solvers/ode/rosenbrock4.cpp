#include "solvers/ode/rosenbrock_stepper.hpp"
#include "solvers/ode/setup.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

/// Odeint's rosenbrock4_controller remembers the last step, so one that is shared would couple particles; this is the
/// elementary controller of Hairer & Wanner (1996), section IV.7, without memory.
class Rosenbrock4 final : public AdaptiveMethod, StiffSystem {
public:
    explicit Rosenbrock4(const OdeProblem& problem)
        : flow_(problem),
          rtol_(problem.rtol),
          atol_(problem.atol),
          stepper_(static_cast<std::size_t>(flow_.n_rows())),
          error_(static_cast<std::size_t>(flow_.n_rows())) {}

    bool try_step(Leg& leg) override {
        stepper_.step(*this, leg.y0, leg.t0, leg.h, leg.y1, error_);
        double ratio = 0.0;
        for (std::size_t j = 0; j < error_.size(); ++j) {
            const double scale = atol_ + rtol_ * std::max(std::abs(leg.y0[j]), std::abs(leg.y1[j]));
            ratio = std::max(ratio, std::abs(error_[j]) / scale);
        }
        const bool accepted = ratio <= 1.0;
        // The estimate is of order 3: it shrinks as h^4.
        leg.h *= std::clamp(0.9 * std::pow(std::max(ratio, 1e-8), -0.25), 0.1, 5.0);
        return accepted;
    }

    void at(const Leg& leg, double t, std::vector<double>& y) override {
        stepper_.step(*this, leg.y0, leg.t0, t - leg.t0, y, error_);
    }

private:
    void derivative(const double* y, double t, double* f) override {
        flow_.derivative({y, flow_.n_rows(), 1, 1}, t, {f, 1});
    }
    void jacobian(const double* y, double t, double* jacobian, double* time_derivative) override {
        flow_.jacobian(y, t, jacobian, time_derivative);
    }

    Flow flow_;
    double rtol_, atol_;
    RosenbrockStepper stepper_;
    std::vector<double> error_;
};

}  // namespace

std::unique_ptr<AdaptiveMethod> make_rosenbrock4(const OdeProblem& problem) {
    return std::make_unique<Rosenbrock4>(problem);
}

}  // namespace dynkin
