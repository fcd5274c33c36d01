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

class ComposedScore final : public Denoiser {
public:
    explicit ComposedScore(std::vector<ScoreTerm> terms)
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
                for (Index q = 0; q < x.n; ++q) out.row(r)[q] += term.exponent * part.row(r)[q];
        }
    }

    std::vector<ScoreTerm> terms_;
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

std::vector<ScoreTerm> guidance_terms(DenoiserPtr conditional, DenoiserPtr unconditional, double beta) {
    return {{std::move(conditional), 1.0 + beta}, {std::move(unconditional), -beta}};
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
    return std::make_shared<const ComposedScore>(std::move(terms));
}

std::shared_ptr<const Process> make_composed_process(SchedulePtr schedule, std::vector<ScoreTerm> terms,
                                                     double lambda) {
    check_terms(terms);
    if (!(lambda >= 0.0) || !std::isfinite(lambda))
        throw ConfigError("composed process: lambda = " + std::to_string(lambda) + ", expected >= 0");
    return std::make_shared<const ComposedProcess>(std::move(schedule), terms, lambda);
}

}  // namespace dynkin
