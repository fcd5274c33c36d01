// Derivatives of every model against finite differences, its noise kind against the measured one.
#include "cases.hpp"
#include "models/geometric_brownian.hpp"
#include "mutant.hpp"
#include "solvers/core/model.hpp"

#include <algorithm>
#include <functional>

namespace dynkin::conformance {
namespace {

/// Entries of a Process member at one point.
using Entries = std::vector<double>;
using Along = std::function<Entries(double)>;  // a line through a point, s -> values

struct Difference {
    Entries value, budget;
};

// Five-point central difference at s = 0. Its truncation error is bounded by twice the change when the spacing is
// halved; round-off enters as 1.5 eps |f| / delta, for which ten times that is allowed.
Difference differentiate(const Along& f) {
    const double delta = 5e-4;
    Entries scale;
    const auto five_points = [&](double h) {
        const Entries p1 = f(h), m1 = f(-h), p2 = f(2.0 * h), m2 = f(-2.0 * h);
        Entries out(p1.size());
        scale.resize(p1.size(), 0.0);
        for (std::size_t e = 0; e < p1.size(); ++e) {
            out[e] = (8.0 * (p1[e] - m1[e]) - (p2[e] - m2[e])) / (12.0 * h);
            scale[e] = std::max({scale[e], std::abs(p2[e]), std::abs(m2[e])});
        }
        return out;
    };
    const Entries coarse = five_points(delta), fine = five_points(0.5 * delta);
    Difference d{fine, Entries(fine.size())};
    for (std::size_t e = 0; e < fine.size(); ++e)
        d.budget[e] = 2.0 * std::abs(coarse[e] - fine[e]) + 30.0 * 2.2e-16 * (scale[e] + 1.0) / delta;
    return d;
}

/// One point of one process.
class Probe {
public:
    Probe(const Process& process, const Block& points, Index q, double t) : process_(process), t_(t) {
        for (int j = 0; j < process.dim(); ++j) x_.push_back(points.row(j)[q]);
    }
    Entries at(Member member, int n_rows, const Entries& x, double t) const {
        Block point(process_.dim(), 1), out(std::max(n_rows, 1), 1);
        for (int j = 0; j < process_.dim(); ++j) point.row(j)[0] = x[static_cast<std::size_t>(j)];
        (process_.*member)(point.points(), t, out.rows());
        Entries values;
        for (int r = 0; r < n_rows; ++r) values.push_back(out.row(r)[0]);
        return values;
    }
    Entries at(Member member, int n_rows) const { return at(member, n_rows, x_, t_); }
    Entries drift() const { return at(&Process::drift, d()); }
    Entries sigma() const { return at(&Process::sigma, d() * m()); }
    /// sigma or drift along x + s * direction.
    Difference along(Member member, int n_rows, const Entries& direction) const {
        return differentiate([&](double s) {
            Entries x = x_;
            for (std::size_t j = 0; j < x.size(); ++j) x[j] += s * direction[j];
            return at(member, n_rows, x, t_);
        });
    }
    Difference drift_in_time() const {
        return differentiate([&](double s) { return at(&Process::drift, d(), x_, t_ + s); });
    }
    Entries column(int k) const {
        const Entries s = sigma();
        Entries out;
        for (int i = 0; i < d(); ++i) out.push_back(s[static_cast<std::size_t>(i * m() + k)]);
        return out;
    }
    const Process& process() const { return process_; }
    int d() const { return process_.dim(); }
    int m() const { return process_.noise_dim(); }

private:
    const Process& process_;
    Entries x_;
    double t_;
};

/// The worst |stated - measured| / budget; a check passes when it is at most 1. Budgets that say nothing fail too.
struct Worst {
    double ratio = 0.0;
    void add(double stated, double measured, double budget) {
        const bool loose = budget > 1e-5 * (1.0 + std::abs(measured));
        ratio = std::max(ratio, loose ? 1e30 : std::abs(stated - measured) / budget);
        if (std::isnan(stated)) ratio = 1e30;
    }
};

using Check = std::function<void(const Probe&, Worst&)>;

double worst_over_points(const Process& process, const Check& check) {
    const Index n = 24;
    const Block x = points_in(inner_box(process), n);
    Worst worst;
    for (const double t : {0.1, 0.8})
        for (Index q = 0; q < n; ++q) check(Probe(process, x, q, t), worst);
    return worst.ratio;
}

void check_jacobian(const Probe& p, Worst& worst) {
    const Entries stated = p.at(&Process::drift_jacobian, p.d() * p.d());
    for (int j = 0; j < p.d(); ++j) {
        Entries e(static_cast<std::size_t>(p.d()), 0.0);
        e[static_cast<std::size_t>(j)] = 1.0;
        const Difference measured = p.along(&Process::drift, p.d(), e);
        for (int i = 0; i < p.d(); ++i) {
            const auto row = static_cast<std::size_t>(i);
            worst.add(stated[static_cast<std::size_t>(i * p.d() + j)], measured.value[row], measured.budget[row]);
        }
    }
}

void check_time_derivative(const Probe& p, Worst& worst) {
    const Entries stated = p.at(&Process::drift_time_derivative, p.d());
    const Difference measured = p.drift_in_time();
    for (std::size_t i = 0; i < stated.size(); ++i) worst.add(stated[i], measured.value[i], measured.budget[i]);
}

void check_along_noise(const Probe& p, Worst& worst) {
    const int d = p.d(), m = p.m();
    const bool diagonal = p.process().noise_kind() == NoiseKind::diagonal;
    const Entries stated = p.at(&Process::sigma_derivative_along_noise, diagonal ? d : m * m * d);
    for (int k = 0; k < m; ++k) {
        const Difference measured = p.along(&Process::sigma, d * m, p.column(k));
        for (int l = 0; l < m; ++l)
            for (int i = 0; i < d; ++i) {
                if (diagonal && (i != k || l != k)) continue;
                const auto entry = static_cast<std::size_t>(i * m + l);
                const int row = diagonal ? k : (k * m + l) * d + i;
                worst.add(stated[static_cast<std::size_t>(row)], measured.value[entry], measured.budget[entry]);
            }
    }
}

/// b_i + alpha sum_k L^k sigma_ik with the derivative taken numerically.
Check check_ito_drift(Calculus calculus) {
    return [alpha = correction_weight(calculus)](const Probe& p, Worst& worst) {
        Entries expected = p.drift(), budget(expected.size(), 1e-14);
        for (int k = 0; k < p.m(); ++k) {
            const Difference measured = p.along(&Process::sigma, p.d() * p.m(), p.column(k));
            for (int i = 0; i < p.d(); ++i) {
                const auto row = static_cast<std::size_t>(i), entry = static_cast<std::size_t>(i * p.m() + k);
                expected[row] += alpha * measured.value[entry];
                budget[row] += alpha * measured.budget[entry] + 1e-15 * std::abs(expected[row]);
            }
        }
        const Entries stated = p.at(&Process::ito_drift, p.d());
        for (std::size_t i = 0; i < stated.size(); ++i) worst.add(stated[i], expected[i], budget[i]);
    };
}

class EveryModel : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryModel, in_every_case(), label_of);

TEST_P(EveryModel, HasTheNoiseKindItClaims) {
    const auto process = GetParam().process();
    const Box box = inner_box(*process);

    EXPECT_STREQ(name_of(process->noise_kind()),
                 name_of(measured_noise_kind(*process, box.lower, box.upper, 0.1, 0.8)));
}

TEST_P(EveryModel, HasTheDerivativesOfItsDriftAndSigma) {
    const auto process = GetParam().process();

    EXPECT_LE(worst_over_points(*process, check_jacobian), 1.0);
    EXPECT_LE(worst_over_points(*process, check_time_derivative), 1.0);
    EXPECT_LE(worst_over_points(*process, check_along_noise), 1.0);
    EXPECT_LE(worst_over_points(*process, check_ito_drift(process->calculus())), 1.0);
}

TEST_P(EveryModel, SaysWhetherItDependsOnTime) {
    const auto process = GetParam().process();
    const Block x = points_in(inner_box(*process), 16);
    Block b0(process->dim(), 16), b1(process->dim(), 16);

    process->drift(x.points(), 0.1, b0.rows());
    process->drift(x.points(), 0.8, b1.rows());

    bool same = true;
    for (int i = 0; i < process->dim(); ++i) same = same && std::equal(b0.row(i), b0.row(i) + 16, b1.row(i));
    EXPECT_EQ(process->autonomous(), same);
}

// Mutants: one derivative wrong by 1 %, or the correction of another calculus.
TEST_P(EveryModel, MutantsOfItsDerivativesAreCaught) {
    const auto process = GetParam().process();
    const auto mutant = [&](Mutation m) { return Mutant(process, m); };
    const Block x = points_in(inner_box(*process), 16);
    const int d = process->dim(), m = process->noise_dim();
    const int n_along = process->noise_kind() == NoiseKind::diagonal ? d : m * m * d;

    EXPECT_GT(worst_over_points(mutant({.time_derivative_shift = 1e-3}), check_time_derivative), 1.0);
    if (largest_entry(*process, &Process::drift_jacobian, d * d, x, 0.1) > 1e-6) {
        EXPECT_GT(worst_over_points(mutant({.jacobian_factor = 1.01}), check_jacobian), 1.0);
    }
    if (largest_entry(*process, &Process::sigma_derivative_along_noise, n_along, x, 0.1) > 1e-6) {
        EXPECT_GT(worst_over_points(mutant({.along_noise_factor = 1.01}), check_along_noise), 1.0);
    }
    if (calculus_matters(process, x, 0.1)) {
        EXPECT_GT(worst_over_points(mutant({.correction_shift = 0.5}), check_ito_drift(process->calculus())), 1.0);
    }
}

struct Mislabelled : models::GeometricBrownian {
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
};

TEST(NoiseKind, AMislabelledModelIsCaught) {
    const auto process = make_process(Mislabelled{});

    EXPECT_NE(measured_noise_kind(*process, {0.2}, {1.2}, 0.1, 0.8), process->noise_kind());
}

}  // namespace
}  // namespace dynkin::conformance
