#include "solvers/sampling/score.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace dynkin {
namespace {

class UserDenoiser final : public Denoiser {
public:
    UserDenoiser(std::string name, int dim, Prediction predicts, PredictionFunction function)
        : Denoiser(std::move(name), dim), predicts_(predicts), function_(std::move(function)) {}

    void denoise(Points x, NoiseLevel level, Rows out) const override { as(Prediction::denoiser, x, level, out); }
    void score(Points x, NoiseLevel level, Rows out) const override { as(Prediction::score, x, level, out); }

private:
    void as(Prediction wanted, Points x, NoiseLevel level, Rows out) const {
        function_(x, level, out);
        if (predicts_ != wanted) convert(predicts_, wanted, x, level, out);
    }

    Prediction predicts_;
    PredictionFunction function_;
};

void require_finite(const char* what, const Denoiser& model, Points x, NoiseLevel level, std::uint64_t first_particle,
                    Rows values) {
    for (int j = 0; j < x.dim; ++j)
        for (Index q = 0; q < x.n; ++q) {
            if (std::isfinite(values.row(j)[q])) continue;
            std::ostringstream message;
            message << model.name() << ": " << what << " is " << values.row(j)[q] << " for particle "
                    << first_particle + static_cast<std::uint64_t>(q) << " at x = (";
            for (int i = 0; i < x.dim && i < 8; ++i) message << (i > 0 ? ", " : "") << x.component(i)[q];
            message << (x.dim > 8 ? ", ...)" : ")") << ", alpha = " << level.alpha << ", sigma = " << level.sigma
                    << "; start from a lower noise level, end at a higher one, or take more steps";
            throw NumericsError(message.str());
        }
}

}  // namespace

void Denoiser::score(Points x, NoiseLevel level, Rows out) const {
    denoise(x, level, out);
    convert(Prediction::denoiser, Prediction::score, x, level, out);
}

void Denoiser::score_jacobian(Points x, NoiseLevel level, Rows out) const {
    const double h = 1e-3 * level.sigma;
    Block shifted(dim_, x.n), s(dim_, x.n);
    for (int i = 0; i < dim_; ++i) std::copy_n(x.component(i), x.n, shifted.row(i));
    for (int i = 0; i < dim_ * dim_; ++i) std::fill_n(out.row(i), x.n, 0.0);
    // (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12 h
    constexpr double offsets[] = {-2.0, -1.0, 1.0, 2.0}, weights[] = {1.0, -8.0, 8.0, -1.0};
    for (int j = 0; j < dim_; ++j) {
        for (int k = 0; k < 4; ++k) {
            for (Index q = 0; q < x.n; ++q) shifted.row(j)[q] = x.component(j)[q] + offsets[k] * h;
            score(shifted.points(), level, s.rows());
            for (int i = 0; i < dim_; ++i)
                for (Index q = 0; q < x.n; ++q) out.row(i * dim_ + j)[q] += weights[k] / (12.0 * h) * s.row(i)[q];
        }
        std::copy_n(x.component(j), x.n, shifted.row(j));
    }
}

void Denoiser::log_density(Points, NoiseLevel, double*) const {
    throw ConfigError(name_ + " has no log density; exact laws have one (mixture, data, grid)");
}

const char* name_of(Prediction prediction) {
    switch (prediction) {
        case Prediction::denoiser: return "denoiser";
        case Prediction::score: return "score";
        case Prediction::epsilon: return "epsilon";
    }
    return "";
}

Prediction prediction(const std::string& name) {
    for (const Prediction one : {Prediction::denoiser, Prediction::score, Prediction::epsilon})
        if (name == name_of(one)) return one;
    throw ConfigError(unknown_name("prediction", name, {"denoiser", "score", "epsilon"}));
}

void convert(Prediction from, Prediction to, Points x, NoiseLevel level, Rows values) {
    const double alpha = level.alpha, sigma = level.sigma;
    // Through epsilon: D = (x - sigma eps) / alpha, s = -eps / sigma.
    for (int j = 0; j < x.dim; ++j) {
        double* v = values.row(j);
        const double* xj = x.component(j);
        if (from == Prediction::denoiser && to == Prediction::score) {
            const double scale = 1.0 / (sigma * sigma);
            for (Index q = 0; q < x.n; ++q) v[q] = (alpha * v[q] - xj[q]) * scale;
            continue;
        }
        if (from == Prediction::denoiser && to == Prediction::epsilon)
            for (Index q = 0; q < x.n; ++q) v[q] = (xj[q] - alpha * v[q]) / sigma;
        if (from == Prediction::score && to != from)
            for (Index q = 0; q < x.n; ++q) v[q] *= -sigma;
        if (to == Prediction::denoiser && to != from)
            for (Index q = 0; q < x.n; ++q) v[q] = (xj[q] - sigma * v[q]) / alpha;
        if (from == Prediction::epsilon && to == Prediction::score)
            for (Index q = 0; q < x.n; ++q) v[q] /= -sigma;
    }
}

DenoiserPtr user_denoiser(std::string name, int dim, Prediction predicts, PredictionFunction function) {
    if (dim < 1) throw ConfigError("score '" + name + "': dim = " + std::to_string(dim) + ", expected >= 1");
    if (!function) throw ConfigError("score '" + name + "': no function was given");
    return std::make_shared<const UserDenoiser>(std::move(name), dim, predicts, std::move(function));
}

void denoise_or_throw(const Denoiser& model, Points x, NoiseLevel level, std::uint64_t first_particle, Rows out) {
    model.denoise(x, level, out);
    require_finite("the denoiser", model, x, level, first_particle, out);
}

void score_or_throw(const Denoiser& model, Points x, NoiseLevel level, std::uint64_t first_particle, Rows out) {
    model.score(x, level, out);
    require_finite("the score", model, x, level, first_particle, out);
}

}  // namespace dynkin
