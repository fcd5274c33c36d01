// The composition formula: Bayes' rule where it is exact, the order of its operations, and its rules for -inf.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/composition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

namespace dynkin {
namespace {

using Vector = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

Vector random_weights(int n, std::mt19937& engine) {
    std::gamma_distribution<double> gamma(0.7, 1.0);
    Vector w(static_cast<std::size_t>(n));
    for (double& x : w) x = gamma(engine) + 1e-3;
    return w;
}

Vector logs_of(const Vector& weights) {
    Vector l(weights.size());
    std::transform(weights.begin(), weights.end(), l.begin(), [](double w) { return std::log(w); });
    return l;
}

double total_variation(const Vector& p, const Vector& q) {
    double sum = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]) / 2.0;
    return sum;
}

/// One token, n contexts independent given it: rows log p(T | S_k), log p(T), and Bayes' posterior given all.
struct NaiveBayes {
    Vector conditionals, prior, posterior;

    NaiveBayes(int n_tokens, int n, std::mt19937& engine) {
        const Vector p = Categorical::from_weights(random_weights(n_tokens, engine)).probabilities();
        Vector joint = p;
        for (int k = 0; k < n; ++k) {
            const Vector likelihood = random_weights(n_tokens, engine);
            Vector row(p);
            for (std::size_t t = 0; t < p.size(); ++t) {
                row[t] *= likelihood[t];
                joint[t] *= likelihood[t];
            }
            const Vector logs = logs_of(row);
            conditionals.insert(conditionals.end(), logs.begin(), logs.end());
        }
        prior = logs_of(p);
        posterior = Categorical::from_weights(joint).probabilities();
    }
};

TEST(Composition, IsBayesRuleForIndependentContexts) {
    std::mt19937 engine(3);
    for (int n : {1, 2, 4, 8}) {
        const NaiveBayes bayes(6, n, engine);
        const auto error = [&](Pool pool, double beta) {
            return total_variation(
                compose_laws(bayes.conditionals, bayes.prior, {.pool = pool, .beta = beta}).law.probabilities(),
                bayes.posterior);
        };

        EXPECT_LE(error(Pool::mean, n - 1.0), 1e-14) << n << " contexts";
        if (n > 1) {  // mutants: another beta, another pool
            EXPECT_GT(error(Pool::mean, n), 1e-3);
            EXPECT_GT(error(Pool::mean, n - 2.0 + 0.5), 1e-3);
            EXPECT_GT(error(Pool::max, n - 1.0), 1e-3);
        }
    }
}

/// Two tokens of four values, three contexts independent given both; conditionals of a joint law on pairs (a, b).
TEST(Composition, OfSequencesNeedsTheNormalisersAsWeights) {
    std::mt19937 engine(3);
    const std::size_t K = 4;
    const NaiveBayes bayes(16, 3, engine);  // pairs a K + b as one token
    const auto first = [&](const double* joint) {
        Vector m(K, 0.0);
        for (std::size_t i = 0; i < K * K; ++i) m[i / K] += std::exp(joint[i]);
        return logs_of(m);
    };
    const auto composed = [&](const std::function<Vector(const double*)>& law_of) {
        Vector rows;
        for (std::size_t k = 0; k < 3; ++k) {
            const Vector row = law_of(bayes.conditionals.data() + k * K * K);
            rows.insert(rows.end(), row.begin(), row.end());
        }
        return compose_laws(rows, law_of(bayes.prior.data()), {.beta = 2.0});
    };

    const ComposedLaw a = composed(first);
    Vector plain(K * K), weighted(K * K);
    for (std::size_t i = 0; i < K; ++i) {
        const ComposedLaw b = composed([&](const double* joint) { return Vector(joint + i * K, joint + (i + 1) * K); });
        for (std::size_t j = 0; j < K; ++j) {
            plain[i * K + j] = a.law.probabilities()[i] * b.law.probabilities()[j];
            weighted[i * K + j] = plain[i * K + j] * std::exp(a.log_normaliser + b.log_normaliser);
        }
    }

    EXPECT_GT(total_variation(plain, bayes.posterior), 0.05);
    EXPECT_LE(total_variation(Categorical::from_weights(weighted).probabilities(), bayes.posterior), 1e-14);
}

/// The formula written down anew, with one operation out of its place when `mutant` says so.
enum class Mutant {
    none,
    mask_before_softmax,  // top-p on weights divided by their largest, mass 1 taken for granted
    renormalised_mask,
    entropies_before_mask,
    bonus_after_argmin,
    bonus_added,
    argmin_over_all,  // the unconditional law may win
    temperature_first,
    mask_after_combination,
    unconditional_not_masked,
    n_mutants
};

struct Instance {
    std::vector<Vector> rows;  // conditionals, then the unconditional law
    Composition options;
    int last = -1;
};

Vector softmax(Vector logits) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (double& l : logits) sum += l = std::exp(l - top);
    for (double& l : logits) l /= sum;
    return logits;
}

/// Sets p outside the smallest set of mass `kept` (of `whole`) to zero.
Vector truncated(Vector p, double kept) {
    Vector sorted = p;
    std::sort(sorted.rbegin(), sorted.rend());
    double mass = 0.0, least = 0.0;
    for (double q : sorted) {
        mass += q;
        least = q;
        if (mass >= kept) break;
    }
    for (double& q : p)
        if (q < least) q = 0.0;
    return p;
}

double entropy(const Vector& p) {
    double h = 0.0;
    for (double q : p)
        if (q > 0.0) h -= q * std::log(q);
    return h;
}

Vector reference(const Instance& in, Mutant mutant) {
    const std::size_t n = in.rows.size() - 1, m = in.rows[0].size();
    std::vector<Vector> p;
    Vector h;
    for (std::size_t k = 0; k <= n; ++k) {
        Vector row = in.rows[k];
        if (mutant == Mutant::temperature_first)
            for (double& l : row) l /= in.options.temperature;
        const Vector whole = softmax(row);
        Vector base = whole;
        if (mutant == Mutant::mask_before_softmax)
            for (double& q : base) q /= *std::max_element(whole.begin(), whole.end());
        Vector cut = truncated(base, in.options.top_p);
        if (mutant == Mutant::mask_before_softmax)
            for (std::size_t i = 0; i < m; ++i) cut[i] = cut[i] > 0.0 ? whole[i] : 0.0;
        if (mutant == Mutant::mask_after_combination || (mutant == Mutant::unconditional_not_masked && k == n))
            cut = whole;
        if (mutant == Mutant::renormalised_mask) {
            double sum = 0.0;
            for (double q : cut) sum += q;
            for (double& q : cut) q /= sum;
        }
        p.push_back(cut);
        h.push_back(entropy(mutant == Mutant::entropies_before_mask ? whole : cut));
    }
    const double bonus = mutant == Mutant::bonus_added ? -in.options.eta : in.options.eta;
    if (in.last >= 0 && mutant != Mutant::bonus_after_argmin) h[static_cast<std::size_t>(in.last)] -= bonus;
    if (mutant != Mutant::argmin_over_all) h.pop_back();
    const auto chosen = static_cast<std::size_t>(std::min_element(h.begin(), h.end()) - h.begin());

    Vector out(m);
    for (std::size_t i = 0; i < m; ++i) {
        double pooled = std::log(p[chosen][i]);
        if (in.options.pool == Pool::mean) {
            pooled = 0.0;
            for (std::size_t k = 0; k < n; ++k) pooled += std::log(p[k][i]) / static_cast<double>(n);
        }
        const double u = std::log(p[n][i]);
        out[i] =
            u == -infinity || pooled == -infinity ? pooled : (1.0 + in.options.beta) * pooled - in.options.beta * u;
    }
    if (mutant != Mutant::temperature_first)
        for (double& l : out) l /= in.options.temperature;
    out = softmax(out);
    if (mutant != Mutant::mask_after_combination) return out;
    out = truncated(out, in.options.top_p);
    double sum = 0.0;
    for (double q : out) sum += q;
    for (double& q : out) q /= sum;
    return out;
}

/// Laws peaked at a common token, so that truncated sets always share it.
Instance random_instance(Pool pool, std::mt19937& engine) {
    std::normal_distribution<double> normal(0.0, 1.5);
    std::uniform_int_distribution<int> contexts(2, 4);
    Instance in;
    const int n = contexts(engine);
    for (int k = 0; k <= n; ++k) {
        Vector row(8);
        for (double& l : row) l = normal(engine);
        row[2] = *std::max_element(row.begin(), row.end()) + 0.3;
        in.rows.push_back(row);
    }
    in.options = {.pool = pool, .beta = 0.25, .top_p = 0.9, .eta = 0.1, .temperature = 0.7};
    in.last = contexts(engine) % n;
    return in;
}

double defect(const Instance& in, Mutant mutant) {
    Vector conditionals;
    for (std::size_t k = 0; k + 1 < in.rows.size(); ++k)
        conditionals.insert(conditionals.end(), in.rows[k].begin(), in.rows[k].end());
    return total_variation(compose_laws(conditionals, in.rows.back(), in.options, in.last).law.probabilities(),
                           reference(in, mutant));
}

TEST(Composition, OrderOfOperations) {
    std::mt19937 engine(11);
    std::vector<int> caught(static_cast<std::size_t>(Mutant::n_mutants), 0);
    for (int trial = 0; trial < 1000; ++trial) {
        const Instance in = random_instance(trial % 2 == 0 ? Pool::min_entropy : Pool::mean, engine);
        ASSERT_LE(defect(in, Mutant::none), 1e-14) << "trial " << trial;
        for (std::size_t j = 1; j < caught.size(); ++j) caught[j] += defect(in, static_cast<Mutant>(j)) > 1e-3;
    }
    for (std::size_t j = 1; j < caught.size(); ++j) EXPECT_GE(caught[j], 3) << "mutant number " << j;
}

TEST(Composition, RulesForMinusInfinity) {
    const Vector rows{-1.0, -infinity, -2.0, -infinity,   // context 0
                      -3.0, -1.0,      -4.0, -infinity};  // context 1
    const Vector u{-1.5, -2.0, -infinity, -infinity};

    const Vector mean = combine(rows, u, Pool::mean, 0.5), largest = combine(rows, u, Pool::max, 0.5),
                 chosen = combine(rows, u, Pool::min_entropy, 0.5, 1);

    EXPECT_DOUBLE_EQ(mean[0], 1.5 * -2.0 + 0.5 * 1.5);
    EXPECT_EQ(mean[1], -infinity);
    EXPECT_DOUBLE_EQ(mean[2], -3.0) << "log p(T) = -inf: the pool alone, without its factor";
    EXPECT_EQ(mean[3], -infinity);
    EXPECT_DOUBLE_EQ(largest[0], 1.5 * -1.0 + 0.5 * 1.5);
    EXPECT_DOUBLE_EQ(largest[1], 1.5 * -1.0 + 0.5 * 2.0);
    EXPECT_DOUBLE_EQ(largest[2], -2.0);
    EXPECT_DOUBLE_EQ(chosen[1], 1.5 * -1.0 + 0.5 * 2.0);
    EXPECT_DOUBLE_EQ(chosen[2], -4.0);
    EXPECT_EQ(combine(rows, u, Pool::max, 0.0)[3], -infinity) << "0 * inf must not show";
}

TEST(Composition, NoCommonTokenIsAnErrorAndNotALaw) {
    const Vector rows{0.0, -infinity, -infinity, 0.0}, u{0.0, 0.0};
    EXPECT_THROW(compose_laws(rows, u, {.pool = Pool::mean}), NumericsError);
    EXPECT_EQ(compose_laws(rows, u, {.pool = Pool::min_entropy}).context, 0) << "ties go to the first";
    EXPECT_EQ(compose_laws(rows, u, {.pool = Pool::min_entropy, .eta = 0.1}, 1).context, 1);
}

TEST(Composition, OfScoresIsThatOfLogDensities) {
    // Gaussian log-densities -(x - m)^2 / 2v: the composed score is the derivative of the composed log-density.
    const Vector means{-1.0, 0.5, 2.0}, variances{0.5, 1.0, 2.0};
    const double x = 0.3, h = 1e-5;
    const auto log_density = [&](double y, std::size_t k) {
        return -(y - means[k]) * (y - means[k]) / (2.0 * variances[k]) - std::log(variances[k]) / 2.0;
    };
    const auto score = [&](std::size_t k) { return (means[k] - x) / variances[k]; };
    const Vector scores{score(0), score(1)}, unconditional{score(2)}, ranking{log_density(x, 0), log_density(x, 1)};
    for (Pool pool : {Pool::mean, Pool::max}) {
        const Composition options{.pool = pool, .beta = 0.25};
        const auto composed = [&](double y) {
            const Vector rows{log_density(y, 0), log_density(y, 1)}, u{log_density(y, 2)};
            return combine(rows, u, pool, options.beta)[0];
        };
        const double derivative = (composed(x + h) - composed(x - h)) / (2.0 * h);  // round-off 1e-16 / h = 1e-11

        EXPECT_NEAR(compose_scores(scores, unconditional, options, ranking).score[0], derivative, 1e-10);
    }
    const Composition least{.pool = Pool::min_entropy, .beta = 0.0, .eta = 0.1};
    EXPECT_EQ(compose_scores(scores, unconditional, least, Vector{1.0, 1.05}, 1).context, 1);
    EXPECT_EQ(compose_scores(scores, unconditional, least, Vector{1.0, 1.05}).score[0], score(0));
    EXPECT_EQ(compose_scores(scores, unconditional, {.beta = -1.0}).score[0], score(2)) << "guidance of scale 0";
}

TEST(Composition, RefusesWrongInput) {
    const Vector rows{0.0, 0.0, 0.0, 0.0}, u{0.0, 0.0};
    EXPECT_THROW(compose_laws(Vector{0.0, 0.0, 0.0}, u, {}), ConfigError);
    EXPECT_THROW(compose_laws(rows, Vector{}, {}), ConfigError);
    EXPECT_THROW(compose_laws(rows, u, {.beta = -1.0}), ConfigError);
    EXPECT_THROW(compose_laws(rows, u, {.eta = -0.1}), ConfigError);
    EXPECT_THROW(compose_laws(rows, u, {.top_p = 0.0}), ConfigError);
    EXPECT_THROW(compose_laws(rows, u, {}, 2), ConfigError);
    EXPECT_THROW(compose_laws(Vector{0.0, std::nan("")}, u, {}), ConfigError);
    EXPECT_THROW(compose_scores(rows, u, {.pool = Pool::max}), ConfigError);
    EXPECT_THROW(compose_scores(Vector{0.0, std::nan("")}, u, {}), ConfigError);
    EXPECT_THROW(pool_of("maen"), ConfigError);
    EXPECT_EQ(pool_of("min_entropy"), Pool::min_entropy);
}

}  // namespace
}  // namespace dynkin
