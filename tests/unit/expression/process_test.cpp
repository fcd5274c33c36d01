// Models given as text equal the same models in C++ in every member.
#include "evaluated.hpp"
#include "models/expression/expression_process.hpp"
#include "solvers/core/model.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

struct DoubleWell {
    static constexpr std::string_view name = "double_well";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.1;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(2.0 * D);
    }
};

/// Geometric Brownian motion with a rate that breathes, killed where it is large.
struct Breathing {
    static constexpr std::string_view name = "breathing";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr bool autonomous = false;
    Calculus calculus = Calculus::ito;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = (0.3 + 0.2 * sin(2.0 * t)) * x[0];
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> s) const {
        s(0, 0) = 0.7 * exp(-t) * x[0];
    }
    template <class S>
    S killing(std::span<const S> x, S t) const {
        return 0.1 * x[0] * x[0] + t;
    }
};

/// Two components, three noises that do not commute.
struct Coupled {
    static constexpr std::string_view name = "coupled";
    static constexpr int dim = 2, noise_dim = 3;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    static constexpr bool autonomous = false;
    Calculus calculus = Calculus::ito;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = x[1] - x[0] * tanh(x[0]) + cos(t);
        b[1] = -x[0] / (1.0 + x[1] * x[1]) + t * x[1];
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> s) const {
        s(0, 0) = sqrt(1.0 + x[0] * x[0]);
        s(0, 1) = sin(x[1]) * t;
        s(1, 1) = exp(-x[0] * x[0]);
        s(1, 2) = atan2(x[1], 2.0 + x[0] * x[0]);
    }
};

/// A square-root noise, whose sigma has no slope at 0 while sigma sigma' has.
struct SquareRoot {
    static constexpr std::string_view name = "square_root";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Calculus calculus = Calculus::ito;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = 1.2 * (0.8 - x[0]);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = 0.4 * sqrt(max(x[0], 0.0));
    }
};

ExpressionModel text_model(std::vector<LocatedText> variables, std::vector<LocatedText> drift,
                           std::vector<std::vector<LocatedText>> sigma) {
    ExpressionModel model;
    model.variables = std::move(variables);
    model.drift = std::move(drift);
    model.sigma = std::move(sigma);
    return model;
}

ExpressionModel double_well_text() {
    ExpressionModel model = text_model({{"x"}}, {{"x - x^3"}}, {{{"sqrt(2*D)"}}});
    model.parameters = {{"D", 0.1}};
    return model;
}

ExpressionModel breathing_text(Calculus calculus) {
    ExpressionModel model = text_model({{"x"}}, {{"(0.3 + 0.2*sin(2*t))*x"}}, {{{"0.7*exp(-t)*x"}}});
    model.killing = LocatedText{"0.1*x^2 + t"};
    model.calculus = calculus;
    return model;
}

ExpressionModel coupled_text(Calculus calculus) {
    ExpressionModel model =
        text_model({{"x"}, {"y"}}, {{"y - x*tanh(x) + cos(t)"}, {"-x/(1 + y^2) + t*y"}},
                   {{{"sqrt(1 + x^2)"}, {"sin(y)*t"}, {"0"}}, {{"0"}, {"exp(-x^2)"}, {"atan2(y, 2 + x^2)"}}});
    model.calculus = calculus;
    return model;
}

ExpressionModel square_root_text(Calculus calculus) {
    ExpressionModel model = text_model({{"x"}}, {{"1.2*(0.8 - x)"}}, {{{"0.4*sqrt(max(x, 0))"}}});
    model.calculus = calculus;
    return model;
}

/// Largest difference of all members, relative to the largest entry of each member.
double difference(const Process& p, const Process& q, double t) {
    const Index n = 257;
    const int d = p.dim(), m = p.noise_dim();
    Block x(d, n);
    const std::vector<double> u = testing::spread(-2.0, 2.0, static_cast<int>(d * n));
    for (int j = 0; j < d; ++j)
        for (Index i = 0; i < n; ++i) x.row(j)[i] = i == 0 ? 0.0 : u[static_cast<std::size_t>(j * n + i)];
    double worst = 0.0;
    const auto compare = [&](int n_rows, auto member) {
        Block a(n_rows, n), b(n_rows, n);
        member(p, a.rows());
        member(q, b.rows());
        double largest = 0.0, off = 0.0;
        for (int r = 0; r < n_rows; ++r)
            for (Index i = 0; i < n; ++i) {
                largest = std::max(largest, std::abs(a.row(r)[i]));
                const double distance = std::abs(a.row(r)[i] - b.row(r)[i]);
                off = std::max(off, std::isnan(distance) ? 1e300 : distance);
            }
        worst = std::max(worst, off / std::max(largest, 1e-300));
    };
    const Points at = x.points();
    compare(d, [&](const Process& process, Rows out) { process.drift(at, t, out); });
    compare(d * m, [&](const Process& process, Rows out) { process.sigma(at, t, out); });
    compare(d, [&](const Process& process, Rows out) { process.ito_drift(at, t, out); });
    compare(d * d, [&](const Process& process, Rows out) { process.drift_jacobian(at, t, out); });
    compare(d, [&](const Process& process, Rows out) { process.drift_time_derivative(at, t, out); });
    const int along = p.noise_kind() == NoiseKind::diagonal ? d : m * m * d;
    compare(along, [&](const Process& process, Rows out) { process.sigma_derivative_along_noise(at, t, out); });
    if (p.has_killing()) compare(1, [&](const Process& process, Rows out) { process.killing_rate(at, t, out); });
    return worst;
}

// The formulas round a dozen times each, in another order than duals do.
constexpr double tolerance = 1e-13;
constexpr Calculus calculi[] = {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich};

TEST(ExpressionProcess, DoubleWell) {
    EXPECT_LE(difference(*make_process(DoubleWell{}), *make_expression_process(double_well_text()), 0.0), tolerance);
}

TEST(ExpressionProcess, MultiplicativeNoiseInThreeCalculi) {
    for (const Calculus calculus : calculi) {
        const auto text = make_expression_process(breathing_text(calculus));
        EXPECT_LE(difference(*make_process(Breathing{calculus}), *text, 0.3), tolerance) << name_of(calculus);
    }
}

TEST(ExpressionProcess, SeveralComponentsAndNoisesInThreeCalculi) {
    for (const Calculus calculus : calculi) {
        const auto text = make_expression_process(coupled_text(calculus));
        EXPECT_EQ(text->noise_kind(), NoiseKind::general);
        EXPECT_LE(difference(*make_process(Coupled{calculus}), *text, 0.3), tolerance) << name_of(calculus);
    }
}

TEST(ExpressionProcess, SquareRootNoiseIsFiniteAtItsBoundary) {
    for (const Calculus calculus : calculi) {
        const auto text = make_expression_process(square_root_text(calculus));
        EXPECT_LE(difference(*make_process(SquareRoot{calculus}), *text, 0.0), tolerance) << name_of(calculus);
    }
}

// Mutants: each is one wrong sign, factor or calculus away.
TEST(ExpressionProcess, TheComparisonSeesWrongModels) {
    ExpressionModel wrong_drift = double_well_text();
    wrong_drift.drift = {{"x - 1.000001*x^3"}};
    EXPECT_GT(difference(*make_process(DoubleWell{}), *make_expression_process(wrong_drift), 0.0), tolerance);
    // Drift and sigma are right, only the correction is not.
    EXPECT_GT(difference(*make_process(Breathing{Calculus::ito}),
                         *make_expression_process(breathing_text(Calculus::stratonovich)), 0.3),
              tolerance);
    EXPECT_GT(difference(*make_process(Coupled{Calculus::stratonovich}),
                         *make_expression_process(coupled_text(Calculus::haenggi_klimontovich)), 0.3),
              tolerance);
}

TEST(ExpressionProcess, DescribesItself) {
    ExpressionModel model = coupled_text(Calculus::stratonovich);
    model.name = "mine";
    model.natural_domain = {{0.0, 1.0, Boundary::periodic, Boundary::periodic}, {}};
    const auto process = make_expression_process(model);

    EXPECT_EQ(process->name(), "mine");
    EXPECT_EQ(process->dim(), 2);
    EXPECT_EQ(process->noise_dim(), 3);
    EXPECT_EQ(process->calculus(), Calculus::stratonovich);
    EXPECT_EQ(process->variables(), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(process->natural_domain()[0].at_lower, Boundary::periodic);
    EXPECT_FALSE(process->autonomous());
    EXPECT_FALSE(process->has_killing());
    EXPECT_FALSE(process->has_exact_transition());
}

TEST(ExpressionProcess, KnowsWhetherTimeMatters) {
    ExpressionModel model = double_well_text();
    EXPECT_TRUE(make_expression_process(model)->autonomous());
    EXPECT_EQ(make_expression_process(model)->natural_domain().size(), 1u);
    model.drift = {{"x - x^3 + 0*t"}};
    EXPECT_TRUE(make_expression_process(model)->autonomous());
    model.killing = LocatedText{"0.1*t"};
    EXPECT_FALSE(make_expression_process(model)->autonomous());
    EXPECT_TRUE(make_expression_process(model)->has_killing());
    model.killing = LocatedText{"0"};
    EXPECT_FALSE(make_expression_process(model)->has_killing());
}

}  // namespace
}  // namespace dynkin
