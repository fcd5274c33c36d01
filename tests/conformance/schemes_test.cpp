// Every model with every scheme: who may integrate whom, and does one step follow the generator.
#include "cases.hpp"
#include "mutant.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/scheme.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace dynkin::conformance {
namespace {

class EveryScheme : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryScheme, in_every_case(), label_of);

std::string refusal(const std::string& scheme, const Process& process) {
    try {
        make_scheme(scheme, process);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

TEST_P(EveryScheme, IsAcceptedOrRefusedByTheNoiseItStates) {
    const auto process = GetParam().process();
    for (const SchemeInfo& info : scheme_list()) {
        SCOPED_TRACE(info.name);
        const bool fits = std::find(info.noise.begin(), info.noise.end(), process->noise_kind()) != info.noise.end();
        const std::string why = refusal(info.name, *process);

        if (why.empty()) {
            EXPECT_TRUE(fits) << "accepted noise it does not state";
            continue;
        }
        // What it asks beyond the kind of noise stands in its own remark.
        EXPECT_TRUE(!fits || !info.remark.empty());
        EXPECT_NE(why.find("'" + info.name + "' cannot integrate"), std::string::npos) << why;
        EXPECT_NE(why.find("'" + process->name() + "'"), std::string::npos) << why;
        const std::string lead = "schemes that can: ";
        const std::size_t at = why.find(lead);
        ASSERT_NE(at, std::string::npos) << why;
        const std::vector<std::string> offered = split(why.substr(at + lead.size()));
        EXPECT_FALSE(offered.empty());
        for (const std::string& other : offered) EXPECT_EQ(refusal(other, *process), "");
    }
}

// Nodes and weights of Gauss-Hermite quadrature for N(0, 1), exact to degree 9 (Abramowitz & Stegun, table 25.10).
constexpr std::array<double, 5> node = {-2.85697001387280565, -1.35562617997426587, 0.0, 1.35562617997426587,
                                        2.85697001387280565};
constexpr std::array<double, 5> weight = {0.0112574113277206889, 0.222075922005612645, 0.533333333333333333,
                                          0.222075922005612645, 0.0112574113277206889};

/// All nodes of the increments of one step, by the tensor product over its normals.
struct StepNodes {
    Block dW;
    std::vector<double> weights;

    StepNodes(int noise_dim, int normals_per_noise, double h) {
        const int n_normals = noise_dim * normals_per_noise;
        Index n = 1;
        for (int k = 0; k < n_normals; ++k) n *= 5;
        dW.resize(std::max(n_normals, 1), n);
        weights.assign(static_cast<std::size_t>(n), 1.0);
        for (Index q = 0; q < n; ++q) {
            Index rest = q;
            for (int k = 0; k < n_normals; ++k, rest /= 5) {
                const auto e = static_cast<std::size_t>(rest % 5);
                dW.row(k)[q] = node[e];
                weights[static_cast<std::size_t>(q)] *= weight[e];
            }
            // dW = sqrt(h) xi, int (W_s - W_t) ds = h^(3/2) (xi / 2 + eta / (2 sqrt 3))
            for (int k = 0; k < noise_dim; ++k) {
                const double xi = dW.row(k)[q];
                if (normals_per_noise == 2) {
                    double& eta = dW.row(noise_dim + k)[q];
                    eta = h * std::sqrt(h) * (0.5 * xi + 0.288675134594812882 * eta);
                }
                dW.row(k)[q] = std::sqrt(h) * xi;
            }
        }
    }
};

/// A product of waves: no symmetry of a model hides an error behind it, and all second derivatives are there.
TestFunctions observables(int dim) {
    const auto d = static_cast<std::size_t>(dim);
    std::vector<double> lower(d), period(d);
    for (std::size_t j = 0; j < d; ++j) {
        lower[j] = 0.31 + 0.23 * static_cast<double>(j);
        period[j] = 4.0 + 1.7 * static_cast<double>(j);
    }
    const std::vector<int> mode(d, 1);
    return {fourier(mode, lower, period, FourierPhase::cosine), fourier(mode, lower, period, FourierPhase::sine)};
}

double value_at(const TestFunction& phi, const Block& x) {
    double out = 0.0;
    phi.value(x.points(1), &out);
    return out;
}

/// L phi at one point, with the sizes of its parts and the fastest rate of the model there.
struct Generator {
    double value = 0.0, size = 0.0, rate = 0.0;

    Generator(const Process& process, const TestFunction& phi, const Block& x, double t) {
        const int d = process.dim(), m = process.noise_dim();
        apply_generator(process, phi, x.points(1), t, &value);
        double ignored = 0.0;
        Block b(d, 1), s(std::max(d * m, 1), 1), gradient(d, 1), hessian(d * d, 1), jacobian(d * d, 1);
        Block along(std::max(m * m * d, 1), 1);
        process.ito_drift(x.points(1), t, b.rows());
        process.sigma(x.points(1), t, s.rows());
        process.drift_jacobian(x.points(1), t, jacobian.rows());
        const bool diagonal = process.noise_kind() == NoiseKind::diagonal;
        process.sigma_derivative_along_noise(x.points(1), t, along.rows());
        for (int r = 0; r < (diagonal ? d : m * m * d); ++r) rate += along.row(r)[0] * along.row(r)[0];
        phi.derivatives(x.points(1), &ignored, gradient.rows(), hessian.rows());
        for (int i = 0; i < d; ++i) {
            size += std::abs(b.row(i)[0] * gradient.row(i)[0]);
            for (int j = 0; j < d; ++j) {
                double a_ij = 0.0;
                for (int k = 0; k < m; ++k) a_ij += s.row(i * m + k)[0] * s.row(j * m + k)[0];
                size += 0.5 * std::abs(a_ij * hessian.row(i * d + j)[0]);
                rate += std::abs(jacobian.row(i * d + j)[0]) + std::abs(a_ij);
            }
        }
    }
};

double slope_of_one_step(const Scheme& scheme, const Process& process, const TestFunction& phi, const Block& start,
                         double t, double h) {
    const StepNodes nodes(process.noise_dim(), scheme.info().normals_per_noise, h);
    const Index n = static_cast<Index>(nodes.weights.size());
    Block x(process.dim(), n);
    for (int j = 0; j < process.dim(); ++j) std::fill_n(x.row(j), n, start.row(j)[0]);
    Block dW = nodes.dW;
    Scratch scratch;
    scheme.step(x.rows(), n, Step{t, h, 0, 0, 1}, dW.rows(), scratch);
    std::vector<double> values(static_cast<std::size_t>(n));
    phi.value(x.points(), values.data());
    const double at_start = value_at(phi, start);
    double sum = 0.0;
    for (std::size_t q = 0; q < values.size(); ++q) sum += nodes.weights[q] * (values[q] - at_start);
    return sum / h;
}

Block single(const Block& points, Index q) {
    Block x(points.n_rows(), 1);
    for (int j = 0; j < points.n_rows(); ++j) x.row(j)[0] = points.row(j)[q];
    return x;
}

/// (E phi(X_h) - phi) / h - L phi of `stepped`, with the generator of `truth`, extrapolated from h and h / 2, over the
/// size of the parts of L phi. With h = 3e-4 / rate what is left is of second order, (h rate)^2 = 1e-7 times a constant
/// of the model (200 at worst: stochastic Heun on the ring); round-off is below 1e-16 / h = 1e-10. 1e-4 leaves both
/// room and tells sigma wrong by 0.1 % from right.
constexpr double generator_tolerance = 1e-4;

double generator_defect(const std::string& scheme_name, const Process& stepped, const Process& truth) {
    const auto scheme = make_scheme(scheme_name, stepped);
    const Block points = points_in(inner_box(truth), 4);
    const double t = 0.3;
    double worst = 0.0;
    for (const auto& phi : observables(truth.dim()))
        for (Index q = 0; q < 4; ++q) {
            const Block x = single(points, q);
            const Generator L(truth, *phi, x, t);
            const double h = 3e-4 / (1.0 + L.rate);
            const double coarse = slope_of_one_step(*scheme, stepped, *phi, x, t, h);
            const double fine = slope_of_one_step(*scheme, stepped, *phi, x, t, 0.5 * h);
            worst = std::max(worst, std::abs(2.0 * fine - coarse - L.value) / (L.size + 1e-3));
        }
    return worst;
}

TEST_P(EveryScheme, FollowsTheGeneratorInOneStep) {
    const auto process = GetParam().process();
    for (const SchemeInfo& info : scheme_list()) {
        if (info.normals_per_noise == 0 || !refusal(info.name, *process).empty()) continue;
        SCOPED_TRACE(info.name);
        EXPECT_LE(generator_defect(info.name, *process, *process), generator_tolerance);
    }
}

TEST_P(EveryScheme, MutantsOfItsEquationAreCaughtInOneStep) {
    const auto process = GetParam().process();
    const bool noisy = process->noise_dim() > 0;
    const bool reads_calculus = calculus_matters(process, points_in(inner_box(*process), 16), 0.3);
    for (const SchemeInfo& info : scheme_list()) {
        if (info.normals_per_noise == 0 || !refusal(info.name, *process).empty()) continue;
        SCOPED_TRACE(info.name);
        const auto defect = [&](Mutation m) { return generator_defect(info.name, Mutant(process, m), *process); };
        if (noisy) {
            EXPECT_GT(defect({.sigma_factor = std::sqrt(2.0)}), 100.0 * generator_tolerance);
            EXPECT_GT(defect({.sigma_factor = 1.02}), generator_tolerance);
        } else {
            EXPECT_GT(defect({.drift_factor = 1.02}), generator_tolerance);
        }
        if (reads_calculus) {
            EXPECT_GT(defect({.correction_shift = 0.5}), 10.0 * generator_tolerance);
        }
    }
}

/// The same for schemes that draw their own noise, by sampling: the estimate of (E phi(X_h) - phi) / h - L phi, its
/// standard error, and the bound h rate^2 size of what a finite h leaves.
struct SampledDefect {
    double value = 0.0, standard_error = 0.0, bias = 0.0;
    bool caught() const { return std::abs(value) > 5.0 * standard_error + bias; }
};

SampledDefect sampled_defect(const std::string& scheme_name, const Process& stepped, const Process& truth,
                             const TestFunction& phi) {
    const auto scheme = make_scheme(scheme_name, stepped);
    const Index n = truth.noise_dim() == 0 ? 1 : 1 << 17;
    const Block start = single(points_in(inner_box(truth), 1), 0);
    const double t = 0.3;
    const Generator L(truth, phi, start, t);
    const double h = 2e-3 / (1.0 + L.rate);
    Block x(truth.dim(), n), dW(1, n);
    for (int j = 0; j < truth.dim(); ++j) std::fill_n(x.row(j), n, start.row(j)[0]);
    Scratch scratch;
    scheme->step(x.rows(), n, Step{t, h, 0, 0, 20240607}, dW.rows(), scratch);
    std::vector<double> values(static_cast<std::size_t>(n));
    phi.value(x.points(), values.data());
    const double at_start = value_at(phi, start);
    double sum = 0.0, sum_of_squares = 0.0;
    for (const double v : values) {
        const double slope = (v - at_start) / h;
        sum += slope;
        sum_of_squares += slope * slope;
    }
    const double mean = sum / static_cast<double>(n);
    const double variance = std::max(sum_of_squares / static_cast<double>(n) - mean * mean, 0.0);
    return {mean - L.value, std::sqrt(variance / static_cast<double>(n)),
            h * (1.0 + L.rate) * (1.0 + L.rate) * (L.size + 1.0)};
}

// Two-sided at 5 standard errors: 6e-7 for each of the observables.
TEST_P(EveryScheme, ThatDrawsItsOwnNoiseFollowsTheGenerator) {
    const auto process = GetParam().process();
    for (const SchemeInfo& info : scheme_list()) {
        if (info.normals_per_noise != 0 || !refusal(info.name, *process).empty()) continue;
        SCOPED_TRACE(info.name);
        for (const auto& phi : observables(process->dim()))
            EXPECT_FALSE(sampled_defect(info.name, *process, *process, *phi).caught()) << phi->name();
    }
}

TEST(SchemesThatDraw, TwiceTheDiffusivityIsCaught) {
    const auto process = make_model("ornstein_uhlenbeck", ParameterValues());
    const auto wrong = make_model("ornstein_uhlenbeck", ParameterValues().set("sigma", std::sqrt(2.0)));
    bool caught = false;

    for (const auto& phi : observables(1)) caught = caught || sampled_defect("exact", *wrong, *process, *phi).caught();

    EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace dynkin::conformance
