#pragma once
// Do the views agree within their stated errors? See docs/verdict.md for the rules and why they are what they are.
#include <string>
#include <vector>

namespace dynkin {

/// Absolute bounds on what a difference may owe to the discretisation. The Monte-Carlo part is the covariance.
struct Budget {
    double time_step = 0.0, grid = 0.0, quadrature = 0.0;
    double total() const { return time_step + grid + quadrature; }
};

/// K numbers that two views give for the same K quantities at one time.
struct Comparison {
    std::string check;  ///< "pairing", "dynkin_particles", "weak_residual_grid", "exact_moments_particles", ...
    double time = 0.0;
    std::vector<std::string> functions;  ///< (K) names
    std::vector<double> left, right;     ///< (K) difference = left - right
    std::vector<double>
        covariance;          ///< (K * K) of the difference as an estimate (already divided by n); empty: no sampling
    double n_samples = 0.0;  ///< independent samples behind `covariance`; 0: the covariance is exact
    std::vector<double> effective_counts;  ///< (K) see effective_count(); empty: all are enough
    std::vector<Budget> budgets;           ///< (K), or empty: none
    std::vector<double> scale;             ///< (K) sd of the function under the law; empty: sqrt(n_samples * variance)
    /// The p-value of a test calibrated elsewhere, as by permutations; it replaces that of T^2. `right` and the
    /// covariance then are mean and variance of `left` when nothing is wrong, for the table. Negative: none.
    double calibrated_p = -1.0;
};

struct VerdictOptions {
    double false_alarm_rate = 0.01;  ///< probability that any of the joint tests of a correct run fires
    double resolution = 0.10;  ///< largest visible bias, in units of `scale`, at which "agree" still means something
    double deterministic_safety = 3.0;  ///< comparisons without sampling ask |difference| <= safety * budget
    double minimum_count = 25.0;        ///< functions with fewer effective samples are left out
    // For the advice in an "undecided" line; 0: not known.
    double dt = 0.0;
    double n_particles = 0.0;
    int n_cells = 0;
};

enum class Outcome { agree, disagree, undecided };
const char* name_of(Outcome outcome);

/// One joint test: all functions of a check at one time.
struct TestResult {
    std::string check;
    double time = 0.0;
    bool deterministic = false;
    double statistic = 0.0;  ///< T^2; deterministic: the largest |difference| / allowed
    int rank = 0;            ///< degrees of freedom; deterministic: number of functions
    double p = 1.0, adjusted_p = 1.0;
    std::string worst;                  ///< the function that stands out most
    std::vector<std::string> left_out;  ///< functions with too few effective samples
};

struct VerdictRow {
    std::string check;
    double time = 0.0;
    std::string function;
    double left = 0.0, right = 0.0, difference = 0.0;
    double standard_error = 0.0;  ///< 0: no sampling
    Budget budget;
    double z = 0.0;  ///< what exceeds the budget, in standard errors, with the sign of the difference
    double smallest_visible_bias = 0.0;  ///< a bias of this size is seen with probability at least one half
    double scale = 0.0;                  ///< sd of the function under the law; 0: not known
    bool used = true;
};

struct Verdict {
    Outcome outcome = Outcome::undecided;
    std::string line;  ///< "agree: ...", "disagree: ...", "undecided: ..."
    double false_alarm_rate = 0.01, resolution = 0.1;
    std::vector<TestResult> tests;
    std::vector<VerdictRow> table;
    std::vector<std::string> notes;
};

/// * Each comparison with sampling gives T^2 (solvers/check/joint_statistic.hpp) and a p-value; p-values are adjusted
///   by Holm's method over all comparisons, so the family-wise false alarm rate holds whatever their dependence.
/// * A comparison without sampling fires (p = 0) when |difference| > safety * budget + 1e-12 of the numbers' size. The
///   same holds, with safety 1 and 1e-9, for functions without variance, such as a conserved mass.
/// * disagree: an adjusted p below the false alarm rate. undecided: nothing to compare, or the median over the numbers
///   of (smallest visible bias / scale) exceeds the resolution; the numbers of "pairing" count when there are any, else
///   for each (time, function) the sharpest check. The largest contribution is named. Otherwise agree.
/// Throws NumericsError (check, time, function) when a number is not finite.
Verdict judge(const std::vector<Comparison>& comparisons, const VerdictOptions& options = {},
              std::vector<std::string> notes = {});

/// Samples that carry the estimate of a mean of a function with these moments under the law: n / skewness^2, which is
/// about n p for a rare indicator and n (1 - p) for a frequent one. n without variance.
double effective_count(double n, double skewness);
/// The same for an indicator or any function within [0, 1] whose skewness was not measured, from its mean.
double effective_count_in_unit_interval(double n, double mean);

/// Bound on the error of `fine` from a computation with twice the step: safety |coarse - fine| / (2^order - 1).
double richardson_bound(double fine, double coarse, double order, double safety = 1.0);

/// verdict.json: "verdict", "line", "false_alarm_rate", "resolution", "statistics", "table", "notes" in this order.
/// Infinite numbers are null.
std::string to_json(const Verdict& verdict);

enum class TableRows { all, suspicious };
/// The line, one row per joint test and the table; `suspicious` keeps rows with |z| > 2, left-out ones and the last
/// time.
std::string to_text(const Verdict& verdict, TableRows rows = TableRows::suspicious);

}  // namespace dynkin
