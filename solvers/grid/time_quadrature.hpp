#pragma once
// Integrals over the accepted steps of a solver, with a bound on the error of the rule.
#include <cstddef>
#include <vector>

namespace dynkin {

/// K integrands known at the ends of steps. Two equal steps in a row are integrated by Simpson's rule, a step left
/// alone by the parabola through it and the node before it (the first step: the trapezoidal rule).
///
/// Bound, per integrand: Simpson's rule over 2 h errs by (4 h^5 / 15) times the fourth divided difference of its own
/// nodes and the two before them (the leading term; taken twice). The first pair uses those of the second pair, and
/// |Simpson - trapezoid| until that is there. A step alone: the difference between its two rules.
class TimeQuadrature {
public:
    void start(double t, std::vector<double> values);
    /// t later than all before.
    void add(double t, std::vector<double> values);
    /// Ends the window: a step waiting for a partner is integrated on its own.
    void close();

    /// Since the start, up to the last close() or pair.  (K)
    const std::vector<double>& integral() const { return integral_; }
    std::vector<double> bound() const;

private:
    struct Node {
        double t = 0.0;
        std::vector<double> g;
    };
    void add_pair(const Node& end);
    void add_single();

    std::vector<Node> settled_;  // up to three, the last one is where the integral stands
    std::vector<Node> pending_;  // none or one
    std::vector<double> integral_, bound_, first_pair_;
    double first_h_ = 0.0;  // > 0: first_pair_ waits for the second pair
};

}  // namespace dynkin
