#include "solvers/check/verdict.hpp"

#include "solvers/check/joint_statistic.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace dynkin {
namespace {

std::string number(double value, const char* format = "%.3g") {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string place(const std::string& check, double time) {
    return check + " at t = " + number(time, "%.6g");
}

void check_shape(const Comparison& c) {
    const std::size_t K = c.functions.size();
    const auto fits = [K](std::size_t size) { return size == 0 || size == K; };
    if (c.left.size() != K || c.right.size() != K || !fits(c.budgets.size()) || !fits(c.scale.size()) ||
        !fits(c.effective_counts.size()) || (!c.covariance.empty() && c.covariance.size() != K * K))
        throw NumericsError("verdict: the parts of " + place(c.check, c.time) + " have different sizes");
    for (std::size_t k = 0; k < K; ++k) {
        const double budget = c.budgets.empty() ? 0.0 : c.budgets[k].total();
        if (!std::isfinite(c.left[k] - c.right[k]) || !(budget >= 0.0) ||
            (!c.covariance.empty() && !std::isfinite(c.covariance[k * K + k])) || c.calibrated_p > 1.0)
            throw NumericsError("verdict: " + place(c.check, c.time) + ": " + c.functions[k] +
                                " or its error is not a finite number");
    }
}

double size_of(const Comparison& c, std::size_t k) {
    const double scale = c.scale.empty() ? 0.0 : c.scale[k];
    return std::max({std::abs(c.left[k]), std::abs(c.right[k]), scale});
}

Budget budget_of(const Comparison& c, std::size_t k) {
    return c.budgets.empty() ? Budget{} : c.budgets[k];
}

double variance_of(const Comparison& c, std::size_t k) {
    if (c.covariance.empty()) return 0.0;
    const double v = c.covariance[k * c.functions.size() + k];
    // Round-off of a constant function: relative 1e-16 per sample in the mean of squares.
    const double floor = 1e-15 * size_of(c, k);
    const double n = c.n_samples > 0.0 ? c.n_samples : 1.0;
    return v * n > floor * floor ? v : 0.0;
}

/// What a number without variance may differ by.
double allowed(const Comparison& c, std::size_t k, const VerdictOptions& options) {
    return c.covariance.empty() ? options.deterministic_safety * budget_of(c, k).total() + 1e-12 * size_of(c, k)
                                : budget_of(c, k).total() + 1e-9 * size_of(c, k);
}

VerdictRow row_of(const Comparison& c, std::size_t k, const VerdictOptions& options) {
    VerdictRow row;
    row.check = c.check;
    row.time = c.time;
    row.function = c.functions[k];
    row.left = c.left[k];
    row.right = c.right[k];
    row.difference = c.left[k] - c.right[k];
    row.standard_error = std::sqrt(variance_of(c, k));
    row.budget = budget_of(c, k);
    row.scale = !c.scale.empty() ? c.scale[k] : std::sqrt(std::max(0.0, c.n_samples) * variance_of(c, k));
    row.used = c.effective_counts.empty() || c.effective_counts[k] >= options.minimum_count;
    const double excess = std::abs(row.difference) - row.budget.total();
    if (row.standard_error > 0.0 && excess > 0.0) row.z = std::copysign(excess / row.standard_error, row.difference);
    return row;
}

struct Judged {
    TestResult test;
    std::vector<VerdictRow> rows;
};

/// T^2 and p of the functions that carry noise; p = 0 when one without noise is off.
Judged examine(const Comparison& c, const VerdictOptions& options) {
    check_shape(c);
    const std::size_t K = c.functions.size();
    Judged judged;
    judged.test.check = c.check;
    judged.test.time = c.time;
    judged.test.deterministic = c.covariance.empty();
    std::vector<std::size_t> noisy;
    double worst = -1.0, overrun = 0.0;
    const auto stands_out = [&](double by, std::size_t k) {
        if (by <= worst) return;
        worst = by;
        judged.test.worst = c.functions[k];
    };
    for (std::size_t k = 0; k < K; ++k) {
        judged.rows.push_back(row_of(c, k, options));
        const VerdictRow& row = judged.rows.back();
        if (!row.used) {
            judged.test.left_out.push_back(c.functions[k]);
        } else if (row.standard_error > 0.0) {
            noisy.push_back(k);
            stands_out(std::abs(row.z), k);
        } else {
            const double limit = allowed(c, k, options), size = std::abs(row.difference);
            const double ratio = size == 0.0   ? 0.0
                                 : limit > 0.0 ? size / limit
                                               : std::numeric_limits<double>::infinity();
            overrun = std::max(overrun, ratio);
            if (c.covariance.empty()) ++judged.test.rank;
            if (c.covariance.empty() || ratio > 1.0) stands_out(ratio > 1.0 ? 1e9 * ratio : ratio, k);
        }
    }
    if (!noisy.empty()) {
        std::vector<double> r, bound, covariance;
        for (const std::size_t k : noisy) {
            r.push_back(c.left[k] - c.right[k]);
            bound.push_back(budget_of(c, k).total());
            for (const std::size_t l : noisy) covariance.push_back(c.covariance[k * K + l]);
        }
        const JointStatistic joint = joint_statistic(r, covariance, bound);
        judged.test.statistic = joint.value;
        judged.test.rank = joint.rank;
        judged.test.p = c.calibrated_p >= 0.0 ? c.calibrated_p : joint_p_value(joint.value, joint.rank, c.n_samples);
    } else {
        judged.test.statistic = overrun;
    }
    if (overrun > 1.0) judged.test.p = 0.0;
    return judged;
}

bool is_test(const TestResult& test) {
    return test.rank > 0 || test.p == 0.0;
}

/// Holm (1979): the i-th smallest of m p-values is multiplied by m - i + 1; monotone from below.
void adjust(std::vector<Judged>& all) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!all[i].test.deterministic && is_test(all[i].test)) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return all[a].test.p < all[b].test.p; });
    double running = 0.0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        TestResult& test = all[order[i]].test;
        running = std::max(running, std::min(1.0, test.p * static_cast<double>(order.size() - i)));
        test.adjusted_p = running;
    }
    for (Judged& judged : all)
        if (judged.test.deterministic) judged.test.adjusted_p = judged.test.p;
}

/// T^2 >= ((|r_k| - bound_k) / SE_k)^2 for each k, so a bias of bound_k + sqrt(critical T^2) SE_k is missed only when
/// the noise happens to point the other way: at most half of the time. Without noise, the budget may be used up twice.
void fill_visible_bias(std::vector<Judged>& all, const std::vector<Comparison>& comparisons,
                       const VerdictOptions& options) {
    const auto sampled = [](const Judged& j) { return !j.test.deterministic && is_test(j.test); };
    const auto n_tests =
        static_cast<double>(std::max<std::ptrdiff_t>(1, std::count_if(all.begin(), all.end(), sampled)));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double critical =
            joint_quantile(options.false_alarm_rate / n_tests, all[i].test.rank, comparisons[i].n_samples);
        for (std::size_t k = 0; k < all[i].rows.size(); ++k) {
            VerdictRow& row = all[i].rows[k];
            const double total = row.budget.total();
            if (!row.used)
                row.smallest_visible_bias = std::numeric_limits<double>::infinity();
            else if (row.standard_error > 0.0)
                row.smallest_visible_bias = total + std::sqrt(critical) * row.standard_error;
            else
                row.smallest_visible_bias = total + allowed(comparisons[i], k, options);
        }
    }
}

/// The rows on which "agree" rests: pairing if there is any, else the sharpest check for each (time, function).
std::vector<const VerdictRow*> decisive_rows(const std::vector<VerdictRow>& table) {
    std::map<std::pair<double, std::string>, const VerdictRow*> best;
    const bool paired =
        std::any_of(table.begin(), table.end(), [](const VerdictRow& r) { return r.check == "pairing" && r.used; });
    for (const VerdictRow& row : table) {
        if (!row.used || row.scale <= 0.0 || (paired && row.check != "pairing")) continue;
        const VerdictRow*& entry = best[{row.time, row.function}];
        if (!entry || row.smallest_visible_bias / row.scale < entry->smallest_visible_bias / entry->scale) entry = &row;
    }
    std::vector<const VerdictRow*> rows;
    for (const auto& [key, row] : best) rows.push_back(row);
    return rows;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0.0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// "time-step error dominates (dt 0.1): reduce dt".
std::string advice(const std::vector<const VerdictRow*>& rows, const VerdictOptions& options) {
    std::vector<double> share[4];
    for (const VerdictRow* row : rows) {
        const double parts[4] = {row->budget.time_step, row->budget.grid, row->budget.quadrature, 0.0};
        for (int i = 0; i < 3; ++i) share[i].push_back(parts[i] / row->scale);
        const double noise = row->standard_error > 0.0 ? row->smallest_visible_bias - row->budget.total() : 0.0;
        share[3].push_back(noise / row->scale);
    }
    int largest = 0;
    for (int i = 1; i < 4; ++i)
        if (median(share[i]) > median(share[largest])) largest = i;
    const auto known = [](double value, const std::string& label) {
        return value > 0.0 ? " (" + label + " " + number(value, "%.6g") + ")" : std::string{};
    };
    switch (largest) {
        case 0:
            return "time-step error dominates" + known(options.dt, "dt") +
                   ": reduce dt or take a scheme of higher weak order";
        case 1: return "grid error dominates" + known(options.n_cells, "cells") + ": use more cells";
        case 2: return "quadrature in time dominates" + known(options.dt, "dt") + ": reduce dt";
        default: return "sampling noise dominates" + known(options.n_particles, "n") + ": use more particles";
    }
}

std::string disagreement(const std::vector<Judged>& all) {
    const Judged* worst = nullptr;
    const auto before = [](const TestResult& a, const TestResult& b) {
        return a.adjusted_p != b.adjusted_p ? a.adjusted_p < b.adjusted_p
                                            : a.statistic / std::max(1, a.rank) > b.statistic / std::max(1, b.rank);
    };
    for (const Judged& judged : all)
        if (is_test(judged.test) && (!worst || before(judged.test, worst->test))) worst = &judged;
    std::string line = "disagree: " + place(worst->test.check, worst->test.time);
    for (const VerdictRow& row : worst->rows) {
        if (row.function != worst->test.worst) continue;
        line += ": " + row.function + " is " + number(row.left, "%.6g") + " against " + number(row.right, "%.6g") +
                " (difference " + number(row.difference) + ")";
        if (row.standard_error > 0.0) line += ", " + number(std::abs(row.z)) + " standard errors beyond its budget";
        break;
    }
    return line + (worst->test.deterministic ? "" : ", adjusted p " + number(worst->test.adjusted_p));
}

}  // namespace

const char* name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::agree: return "agree";
        case Outcome::disagree: return "disagree";
        default: return "undecided";
    }
}

Verdict judge(const std::vector<Comparison>& comparisons, const VerdictOptions& options,
              std::vector<std::string> notes) {
    Verdict verdict;
    verdict.false_alarm_rate = options.false_alarm_rate;
    verdict.resolution = options.resolution;
    verdict.notes = std::move(notes);
    std::vector<Judged> all;
    for (const Comparison& comparison : comparisons) all.push_back(examine(comparison, options));
    adjust(all);
    fill_visible_bias(all, comparisons, options);
    int n_tests = 0;
    double smallest = 1.0;
    for (const Judged& judged : all) {
        if (is_test(judged.test)) ++n_tests;
        smallest = std::min(smallest, judged.test.adjusted_p);
        verdict.tests.push_back(judged.test);
        verdict.table.insert(verdict.table.end(), judged.rows.begin(), judged.rows.end());
    }
    const auto rows = decisive_rows(verdict.table);
    std::vector<double> ratios;
    for (const VerdictRow* row : rows) ratios.push_back(row->smallest_visible_bias / row->scale);
    const std::string sharpness =
        ratios.empty() ? "" : number(100.0 * median(ratios), "%.2g") + " % of a standard deviation";

    if (smallest < options.false_alarm_rate) {
        verdict.outcome = Outcome::disagree;
        verdict.line = disagreement(all);
    } else if (n_tests == 0) {
        verdict.line = comparisons.empty() ? "undecided: no check was possible"
                                           : "undecided: too few effective samples for any check: use more particles";
    } else if (median(ratios) > options.resolution) {
        verdict.line = "undecided: " + advice(rows, options) + "; biases below " + sharpness + " would not be seen";
    } else {
        verdict.outcome = Outcome::agree;
        verdict.line = "agree: " + std::to_string(n_tests) + " joint tests, smallest adjusted p " + number(smallest) +
                       (sharpness.empty() ? "" : "; biases above " + sharpness + " would be seen");
    }
    return verdict;
}

double effective_count(double n, double skewness) {
    const double squared = skewness * skewness;
    return squared > 1.0 ? n / squared : n;
}

double effective_count_in_unit_interval(double n, double mean) {
    return n * std::max(0.0, std::min(mean, 1.0 - mean));
}

double richardson_bound(double fine, double coarse, double order, double safety) {
    return safety * std::abs(coarse - fine) / (std::exp2(order) - 1.0);
}

}  // namespace dynkin
