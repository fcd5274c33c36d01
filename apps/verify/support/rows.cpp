#include "apps/verify/support/rows.hpp"

#include <cmath>
#include <numbers>

namespace dynkin::verify {

VerifyRow judged(std::string quantity, double expected, double obtained, double allowed) {
    VerifyRow row{.quantity = std::move(quantity), .expected = expected, .obtained = obtained};
    row.error = std::abs(obtained - expected);
    row.allowed = allowed;
    row.pass = row.error <= allowed;
    return row;
}

VerifyRow judged(std::string quantity, double expected, const Estimate& obtained, double bias) {
    return judged(std::move(quantity), expected, obtained.mean, 4.0 * obtained.standard_error + bias);
}

VerifyRow judged_order(std::string quantity, double stated, const OrderFit& fit, double tolerance) {
    VerifyRow row = judged(std::move(quantity), stated, fit.order, tolerance);
    row.stated_order = stated;
    row.observed_order = fit.order;
    row.order_error = fit.standard_error;
    row.pass = row.pass && fit.standard_error < 0.03;
    return row;
}

OrderFit fit_order(const std::vector<double>& h, const std::vector<double>& error) {
    const auto n = static_cast<double>(h.size());
    double mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0;
    for (std::size_t i = 0; i < h.size(); ++i) mean_x += std::log(h[i]) / n, mean_y += std::log(error[i]) / n;
    for (std::size_t i = 0; i < h.size(); ++i) {
        const double x = std::log(h[i]) - mean_x;
        xx += x * x;
        xy += x * (std::log(error[i]) - mean_y);
    }
    return {xy / xx, 0.0};
}

Estimate ErrorTable::at(std::size_t level) const {
    const auto n = static_cast<double>(batch.size());
    double mean = 0.0, squares = 0.0;
    for (const auto& one : batch) mean += one[level] / n;
    for (const auto& one : batch) squares += (one[level] - mean) * (one[level] - mean);
    return {mean, std::sqrt(squares / (n * (n - 1.0)))};
}

OrderFit ErrorTable::fit() const {
    const std::size_t n_batches = batch.size(), n_levels = h.size();
    std::vector<double> sum(n_levels, 0.0), error(n_levels);
    for (const auto& one : batch)
        for (std::size_t l = 0; l < n_levels; ++l) sum[l] += one[l];
    const auto slope_without = [&](const std::vector<double>* left_out) {
        for (std::size_t l = 0; l < n_levels; ++l) error[l] = std::abs(sum[l] - (left_out ? (*left_out)[l] : 0.0));
        return fit_order(h, error).order;
    };
    const double order = slope_without(nullptr);
    double mean = 0.0, squares = 0.0;
    std::vector<double> slopes;
    for (const auto& one : batch) slopes.push_back(slope_without(&one));
    const auto n = static_cast<double>(n_batches);
    for (double s : slopes) mean += s / n;
    for (double s : slopes) squares += (s - mean) * (s - mean);
    return {order, std::sqrt(squares * (n - 1.0) / n)};
}

double normal_mean(const std::function<double(double)>& f) {
    const int n = 1200;
    const double dz = 12.0 / n;
    double sum = 0.0;
    for (int i = -n; i <= n; ++i) {
        const double z = i * dz;
        sum += std::exp(-0.5 * z * z) * f(z);
    }
    return sum * dz / std::sqrt(2.0 * std::numbers::pi);
}

double normal_cdf(double x) {
    return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

}  // namespace dynkin::verify
