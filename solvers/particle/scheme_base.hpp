#pragma once
// What all schemes share, and the line each adds to the list in schemes.cpp.
#include "solvers/particle/noise_term.hpp"
#include "solvers/particle/scheme.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

class SchemeBase : public Scheme {
public:
    SchemeBase(const Process& process, const SchemeInfo& info)
        : process_(process), info_(info), constant_sigma_(constant_sigma(process)) {}

    const SchemeInfo& info() const override { return info_; }
    double strong_order() const override {
        const bool additive = process_.noise_kind() == NoiseKind::additive || process_.noise_kind() == NoiseKind::none;
        return additive && info_.strong_order_additive > 0.0 ? info_.strong_order_additive : info_.strong_order;
    }

protected:
    /// sigma at (x, t); evaluated when the scheme was made if it never changes.
    NoiseTerm noise_term(Points x, double t, Scratch& scratch, int slot) const {
        if (constant_sigma_.empty()) return {process_, x, t, scratch, slot};
        return {process_, x.n, constant_sigma_.data()};
    }

    const Process& process_;
    const SchemeInfo& info_;

private:
    std::vector<double> constant_sigma_;
};

/// A scheme as the list knows it.
struct SchemeEntry {
    SchemeInfo info;
    /// "" when the scheme can integrate the process; otherwise why not, beyond the kind of its noise.
    std::string (*obstacle)(const Process&);
    std::unique_ptr<Scheme> (*make)(const Process&, const SchemeInfo&);
};

SchemeEntry euler_maruyama();
SchemeEntry tamed_euler();
SchemeEntry milstein();
SchemeEntry stochastic_heun();
SchemeEntry sra1();
SchemeEntry shark();
SchemeEntry sriw1();
SchemeEntry baoab();
SchemeEntry exact_transition();

/// For schemes that ask nothing beyond the kind of noise.
inline std::string no_obstacle(const Process&) {
    return {};
}

}  // namespace dynkin
