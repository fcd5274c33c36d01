#include "solvers/sampling/composed_score.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/marginal_process.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

void check_terms(const std::vector<ScoreTerm>& terms) {
    if (terms.empty()) throw ConfigError("composed score: no terms");
    for (std::size_t k = 0; k < terms.size(); ++k) {
        const std::string who = "composed score: term " + std::to_string(k) + ": ";
        if (!terms[k].model) throw ConfigError(who + "no model");
        if (!std::isfinite(terms[k].exponent)) throw ConfigError(who + "the exponent is not finite");
        if (terms[k].model->dim() != terms.front().model->dim())
            throw ConfigError(who + "dimension " + std::to_string(terms[k].model->dim()) + ", the first has " +
                              std::to_string(terms.front().model->dim()));
    }
}

class PowersOfLaws final : public Denoiser {
public:
    explicit PowersOfLaws(std::vector<ScoreTerm> terms)
        : Denoiser("composed", terms.front().model->dim()), terms_(std::move(terms)) {}

    void denoise(Points x, NoiseLevel level, Rows out) const override {
        score(x, level, out);
        convert(Prediction::score, Prediction::denoiser, x, level, out);
    }
    void score(Points x, NoiseLevel level, Rows out) const override {
        sum(dim(), x, out, [&](const Denoiser& model, Rows part) { model.score(x, level, part); });
    }
    void score_jacobian(Points x, NoiseLevel level, Rows out) const override {
        sum(dim() * dim(), x, out, [&](const Denoiser& model, Rows part) { model.score_jacobian(x, level, part); });
    }
    bool has_log_density() const override {
        return std::all_of(terms_.begin(), terms_.end(), [](const ScoreTerm& t) { return t.model->has_log_density(); });
    }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        sum(1, x, {out, x.n}, [&](const Denoiser& model, Rows part) { model.log_density(x, level, part.data); });
    }

private:
    template <class Evaluate>
    void sum(int n_rows, Points x, Rows out, Evaluate evaluate) const {
        Block part(n_rows, x.n);
        fill_rows(out, n_rows, x.n, 0.0);
        for (const ScoreTerm& term : terms_) {
            evaluate(*term.model, part.rows());
            for (int r = 0; r < n_rows; ++r)
                add_power(term.exponent, {part.row(r), static_cast<std::size_t>(x.n)}, out.row(r));
        }
    }

    std::vector<ScoreTerm> terms_;
};

/// Point by point the conditional of the largest log-density, with the unconditional score.
class LargestConditional final : public Denoiser {
public:
    LargestConditional(std::vector<DenoiserPtr> conditionals, DenoiserPtr unconditional, const Composition& composition)
        : Denoiser("composed", unconditional->dim()),
          conditionals_(std::move(conditionals)),
          unconditional_(std::move(unconditional)),
          composition_(composition) {}

    void denoise(Points x, NoiseLevel level, Rows out) const override {
        score(x, level, out);
        convert(Prediction::score, Prediction::denoiser, x, level, out);
    }
    void score(Points x, NoiseLevel level, Rows out) const override {
        const auto d = static_cast<std::size_t>(dim()), n = conditionals_.size();
        Block scores(static_cast<int>(n) * dim(), x.n), base(dim(), x.n), densities(static_cast<int>(n), x.n);
        for (std::size_t k = 0; k < n; ++k) {
            conditionals_[k]->score(x, level, {scores.row(static_cast<int>(k) * dim()), scores.stride()});
            conditionals_[k]->log_density(x, level, densities.row(static_cast<int>(k)));
        }
        unconditional_->score(x, level, base.rows());
        std::vector<double> at_point(n * d), base_at_point(d), ranking(n);
        for (Index q = 0; q < x.n; ++q) {
            for (std::size_t r = 0; r < n * d; ++r) at_point[r] = scores.row(static_cast<int>(r))[q];
            for (std::size_t j = 0; j < d; ++j) base_at_point[j] = base.row(static_cast<int>(j))[q];
            for (std::size_t k = 0; k < n; ++k) ranking[k] = densities.row(static_cast<int>(k))[q];
            const ComposedScore composed = compose_scores(at_point, base_at_point, composition_, ranking);
            for (std::size_t j = 0; j < d; ++j) out.row(static_cast<int>(j))[q] = composed.score[j];
        }
    }
    bool has_log_density() const override { return unconditional_->has_log_density(); }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        const auto n = static_cast<std::size_t>(x.n);
        std::vector<double> rows(conditionals_.size() * n), base(n);
        for (std::size_t k = 0; k < conditionals_.size(); ++k)
            conditionals_[k]->log_density(x, level, rows.data() + k * n);
        unconditional_->log_density(x, level, base.data());
        const std::vector<double> combined = combine(rows, base, Pool::max, composition_.beta);
        std::copy(combined.begin(), combined.end(), out);
    }

private:
    std::vector<DenoiserPtr> conditionals_;
    DenoiserPtr unconditional_;
    Composition composition_;
};

class ComposedProcess final : public MarginalProcess {
public:
    ComposedProcess(SchedulePtr schedule, const std::vector<ScoreTerm>& terms, double lambda)
        : MarginalProcess(std::move(schedule), composed_score(terms), lambda, TimeDirection::reverse), terms_(terms) {
        name_ = "composed_" + name_;
        has_killing_ = true;
    }

    void killing_rate(Points x, double clock, Rows out) const override {
        const double t = coefficients(clock).t, half = 0.5 * schedule().squared_noise_rate(t);
        Block part(dim_, x.n), s(dim_, x.n);
        std::fill_n(out.row(0), x.n, 0.0);
        for (const ScoreTerm& term : terms_) {
            score_or_throw(*term.model, x, schedule().level(t), 0, part.rows());
            for (int j = 0; j < dim_; ++j)
                for (Index q = 0; q < x.n; ++q) {
                    s.row(j)[q] += term.exponent * part.row(j)[q];
                    out.row(0)[q] += half * term.exponent * part.row(j)[q] * part.row(j)[q];
                }
        }
        for (int j = 0; j < dim_; ++j)
            for (Index q = 0; q < x.n; ++q) out.row(0)[q] -= half * s.row(j)[q] * s.row(j)[q];
    }

private:
    std::vector<ScoreTerm> terms_;
};

}  // namespace

std::vector<ScoreTerm> guidance_terms(const std::vector<DenoiserPtr>& conditionals, DenoiserPtr unconditional,
                                      double beta) {
    if (conditionals.empty()) throw ConfigError("guidance: no conditional law");
    const std::vector<double> exponents = mean_exponents(conditionals.size(), beta);
    std::vector<ScoreTerm> terms;
    for (std::size_t k = 0; k < conditionals.size(); ++k) terms.push_back({conditionals[k], exponents[k]});
    terms.push_back({std::move(unconditional), exponents.back()});
    return terms;
}

std::vector<ScoreTerm> guidance_terms(DenoiserPtr conditional, DenoiserPtr unconditional, double beta) {
    return guidance_terms(std::vector<DenoiserPtr>{std::move(conditional)}, std::move(unconditional), beta);
}

std::vector<ScoreTerm> product_terms(const std::vector<DenoiserPtr>& models) {
    std::vector<ScoreTerm> terms;
    for (const DenoiserPtr& model : models) terms.push_back({model, 1.0});
    return terms;
}

std::vector<ScoreTerm> tempered_terms(DenoiserPtr model, double temperature) {
    if (!(temperature > 0.0))
        throw ConfigError("tempered score: temperature = " + std::to_string(temperature) + ", expected > 0");
    return {{std::move(model), 1.0 / temperature}};
}

DenoiserPtr composed_score(std::vector<ScoreTerm> terms) {
    check_terms(terms);
    return std::make_shared<const PowersOfLaws>(std::move(terms));
}

DenoiserPtr guided_score(const std::vector<DenoiserPtr>& conditionals, DenoiserPtr unconditional,
                         const Composition& composition) {
    if (composition.pool == Pool::min_entropy)
        throw ConfigError("guidance of scores: pool min_entropy ranks laws of tokens; expected mean or max");
    const std::vector<ScoreTerm> terms = guidance_terms(conditionals, unconditional, composition.beta);
    check_terms(terms);
    if (composition.pool == Pool::mean) return composed_score(terms);
    for (const DenoiserPtr& model : conditionals)
        if (!model->has_log_density())
            throw ConfigError("guidance of scores: pool max needs the log-density of " + model->name());
    return std::make_shared<const LargestConditional>(conditionals, std::move(unconditional), composition);
}

std::shared_ptr<const Process> make_composed_process(SchedulePtr schedule, std::vector<ScoreTerm> terms,
                                                     double lambda) {
    check_terms(terms);
    if (!(lambda >= 0.0) || !std::isfinite(lambda))
        throw ConfigError("composed process: lambda = " + std::to_string(lambda) + ", expected >= 0");
    return std::make_shared<const ComposedProcess>(std::move(schedule), terms, lambda);
}

}  // namespace dynkin
