#pragma once
// The law of X_0, seen as samples, as cell masses and as moments.
#include "solvers/core/points.hpp"
#include "solvers/core/random.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dynkin {

class InitialLaw {
public:
    virtual ~InitialLaw() = default;
    virtual int dim() const = 0;
    /// "gaussian", "point", ...: the word of the config.
    virtual std::string kind() const = 0;

    /// Writes n samples to x (dim rows); sample i belongs to particle first_particle + i and depends on it and the
    /// seed only. `source.stream` is Stream::initial_law.
    virtual void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const = 0;

    /// Probability of the box [lower, upper), (dim each).
    virtual double mass(const double* lower, const double* upper) const = 0;

    /// True when the law has an atom, so that `mass` of small boxes is not density times volume (point law).
    virtual bool is_point() const { return false; }

    /// The mean, (dim).
    virtual std::vector<double> mean() const = 0;

    /// A box (lower, upper) outside which the law has mass below `tail`.
    virtual void support(double tail, std::vector<double>& lower, std::vector<double>& upper) const = 0;

    /// E of the monomial prod x_j^degree_j. Exact for every kind but `expression` and `samples`, which integrate
    /// their own representation (quadrature to 1e-10; sample mean).
    virtual double moment(const std::vector<int>& degree) const = 0;
};

std::shared_ptr<const InitialLaw> point_law(std::vector<double> at);
/// Independent components. sd > 0 each.
std::shared_ptr<const InitialLaw> gaussian_law(std::vector<double> mean, std::vector<double> sd);
std::shared_ptr<const InitialLaw> uniform_law(std::vector<double> lower, std::vector<double> upper);
/// weights (n) > 0, normalised here; means and sds (n)(dim).
std::shared_ptr<const InitialLaw> mixture_law(std::vector<double> weights, std::vector<std::vector<double>> means,
                                              std::vector<std::vector<double>> sds);
/// An unnormalised density >= 0 on the box [lower, upper], piecewise linear on a fine tensor lattice of it
/// (4096 cells in 1-D, 512^2, 96^3): normalised, sampled and integrated from the same lattice.
/// `density(points, out)` is called once on all lattice points.
std::shared_ptr<const InitialLaw> density_law(std::vector<double> lower, std::vector<double> upper,
                                              const std::function<void(Points, double*)>& density);
/// The empirical law of rows (n)(dim) smoothed by a Gaussian kernel with per-axis bandwidth (dim); zero bandwidth:
/// the atoms themselves (histogram on a grid). Particles and grids then start from the same law.
std::shared_ptr<const InitialLaw> samples_law(std::vector<std::vector<double>> rows, std::vector<double> bandwidth);
/// Scott's rule per axis: sd_j n^(-1/(dim + 4)).
std::vector<double> scott_bandwidth(const std::vector<std::vector<double>>& rows);

}  // namespace dynkin
