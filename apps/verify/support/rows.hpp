#pragma once
// The three ways a number is judged.
#include "apps/verify/cases.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dynkin::verify {

/// |obtained - expected| <= allowed; a NaN fails. `allowed` comes from an error budget of the caller's.
VerifyRow judged(std::string quantity, double expected, double obtained, double allowed);

/// A Monte Carlo mean.
struct Estimate {
    double mean = 0.0, standard_error = 0.0;
};
/// Allowed: 4 standard errors + bias. With n rows of a report the chance of a false alarm is n * 6.3e-5.
VerifyRow judged(std::string quantity, double expected, const Estimate& obtained, double bias = 0.0);

struct OrderFit {
    double order = 0.0;           ///< least-squares slope of log(error) over log(h)
    double standard_error = 0.0;  ///< of the slope, by the jackknife over batches; 0 for errors without noise
};
/// Within `tolerance` of the stated order, from both sides. A fit with a standard error of 0.03 or more fails as well:
/// it could not tell.
VerifyRow judged_order(std::string quantity, double stated, const OrderFit& fit, double tolerance = 0.1);

/// Errors at step sizes h (L), measured in independent batches: batch[b][l] is the mean error in batch b. The error at
/// h_l is the absolute value of the mean over batches, so signed errors give weak and absolute ones strong orders.
struct ErrorTable {
    std::vector<double> h;
    std::vector<std::vector<double>> batch;

    Estimate at(std::size_t level) const;
    OrderFit fit() const;
};
/// The slope through errors without noise.
OrderFit fit_order(const std::vector<double>& h, const std::vector<double>& error);

/// E f(N) for a standard normal, by the trapezoidal rule on [-12, 12]: exact to round-off for f analytic in a strip of
/// half-width 0.5 or more around the real line.
double normal_mean(const std::function<double(double)>& f);

/// P(N <= x).
double normal_cdf(double x);

}  // namespace dynkin::verify
