#pragma once
// What a generative model knows: the mean of the clean sample given a noised one, and with it the score.
//
// X = alpha X_0 + sigma xi. Three ways to say the same (Efron 2011, "Tweedie's formula"):
//   denoiser D(x) = E[X_0 | X = x],   epsilon(x) = E[xi | X = x] = (x - alpha D) / sigma,
//   score s(x) = grad log p(x) = (alpha D - x) / sigma^2 = -epsilon / sigma.
#include "solvers/core/points.hpp"
#include "solvers/sampling/schedule.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace dynkin {

/// Evaluated on blocks of points (dim rows); const and free of hidden state, so one object serves every thread. A
/// result depends on its own point only, never on the block: the same bits for any block size.
class Denoiser {
public:
    virtual ~Denoiser() = default;

    const std::string& name() const { return name_; }
    int dim() const { return dim_; }

    /// E[X_0 | X = x], component j in row j.  (dim)  [x]
    virtual void denoise(Points x, NoiseLevel level, Rows out) const = 0;

    /// grad log p at the points.  (dim)  [1 / x]. Default: from the denoiser; sigma > 0.
    virtual void score(Points x, NoiseLevel level, Rows out) const;

    /// d s_i / d x_j in row i * dim + j.  (dim * dim)  [1 / x^2]. Default: central differences of order 4 with step
    /// sigma / 1000, about 1e-10 relative.
    virtual void score_jacobian(Points x, NoiseLevel level, Rows out) const;

    /// log p at the points, in out[0..n). Only if has_log_density(); the default throws ConfigError.
    virtual bool has_log_density() const { return false; }
    virtual void log_density(Points x, NoiseLevel level, double* out) const;

protected:
    Denoiser(std::string name, int dim) : name_(std::move(name)), dim_(dim) {}

private:
    std::string name_;
    int dim_;
};

using DenoiserPtr = std::shared_ptr<const Denoiser>;

/// What a model returns.
enum class Prediction { denoiser, score, epsilon };
const char* name_of(Prediction prediction);
/// ConfigError: unknown name, with the nearest.
Prediction prediction(const std::string& name);

/// Turns values at the points x (dim rows) from one form into another, in place. sigma > 0 and alpha > 0.
void convert(Prediction from, Prediction to, Points x, NoiseLevel level, Rows values);

/// A model given as a function: writes its prediction for the points (dim rows) to `out`.
using PredictionFunction = std::function<void(Points x, NoiseLevel level, Rows out)>;
/// ConfigError: dim < 1 or no function.
DenoiserPtr user_denoiser(std::string name, int dim, Prediction predicts, PredictionFunction function);

/// denoise(), then NumericsError (model, particle, its place, the noise level) when a value is not finite.
void denoise_or_throw(const Denoiser& model, Points x, NoiseLevel level, std::uint64_t first_particle, Rows out);
/// score() likewise.
void score_or_throw(const Denoiser& model, Points x, NoiseLevel level, std::uint64_t first_particle, Rows out);

}  // namespace dynkin
