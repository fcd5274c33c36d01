#pragma once
// The one description of a stochastic process that particles, densities and verdicts share.
#include "solvers/core/domain.hpp"
#include "solvers/core/dormand_prince.hpp"
#include "solvers/core/points.hpp"
#include "solvers/core/random.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// How sigma depends on the state. Schemes read it to refuse noise they cannot integrate.
///   none         sigma = 0: an ordinary differential equation
///   additive     sigma does not depend on x (it may depend on t)
///   diagonal     sigma is square, sigma_ik = 0 for i != k, and sigma_ii depends on x_i and t only
///   commutative  L^k sigma_il = L^l sigma_ik for all k, l, with L^k = sum_j sigma_jk d/dx_j
///   general      none of these
enum class NoiseKind { none, additive, diagonal, commutative, general };

/// Where sigma is evaluated within a step: at its start (Ito), in the middle (Stratonovich), at its end
/// (Haenggi-Klimontovich). The Ito drift is b + alpha sum_jk sigma_jk d sigma_ik / d x_j with alpha = 0, 1/2, 1.
enum class Calculus { ito, stratonovich, haenggi_klimontovich };

const char* name_of(NoiseKind kind);
const char* name_of(Calculus calculus);

/// alpha of the correction above.
double correction_weight(Calculus calculus);

/// dX = b(X, t) dt + sigma(X, t) dW  in R^dim, W in R^noise_dim, read in the stated calculus.
///
/// Everything is evaluated on a block of points at once: one virtual call per block costs 3 % of an
/// Euler step, one per particle costs a factor of nine. Shapes below are rows x points; `x` has dim rows.
/// All members are const and free of hidden state, so one Process serves every thread.
class Process {
public:
    virtual ~Process() = default;

    const std::string& name() const { return name_; }
    int dim() const { return dim_; }
    int noise_dim() const { return noise_dim_; }
    NoiseKind noise_kind() const { return noise_kind_; }
    Calculus calculus() const { return calculus_; }
    /// Names of the components, (dim).
    const std::vector<std::string>& variables() const { return variables_; }
    /// The box the equation itself imposes (x >= 0 for CIR, a ring, ...), (dim); open where it imposes none.
    const Domain& natural_domain() const { return natural_domain_; }
    /// True when b, sigma and the killing rate do not depend on t.
    bool autonomous() const { return autonomous_; }
    bool has_killing() const { return has_killing_; }

    /// b_i in row i.  (dim)  [x / time]. In the model's own calculus, as it was written.
    virtual void drift(Points x, double t, Rows out) const = 0;

    /// sigma_ik in row i * noise_dim + k.  (dim * noise_dim)  [x / sqrt(time)]. All entries, zeros included.
    virtual void sigma(Points x, double t, Rows out) const = 0;

    /// The drift of the equivalent Ito equation, b_i + alpha sum_k L^k sigma_ik, in row i.  (dim)  [x / time]
    virtual void ito_drift(Points x, double t, Rows out) const = 0;

    /// d b_i / d x_j in row i * dim + j.  (dim * dim)  [1 / time]
    virtual void drift_jacobian(Points x, double t, Rows out) const = 0;

    /// d b_i / d t in row i.  (dim)  [x / time^2]
    virtual void drift_time_derivative(Points x, double t, Rows out) const = 0;

    /// L^k sigma_il = sum_j sigma_jk d sigma_il / d x_j, the coefficients of Milstein's scheme.  [x / time]
    /// Diagonal noise: sigma_ii d sigma_ii / d x_i in row i, (dim). Otherwise row (k * noise_dim + l) * dim + i.
    virtual void sigma_derivative_along_noise(Points x, double t, Rows out) const = 0;

    /// Rate at which mass is removed (negative: created), row 0.  (1)  [1 / time]. Only if has_killing().
    virtual void killing_rate(Points x, double t, Rows out) const;

    /// One step of the classical Runge-Kutta method for dx = b dt, t to t + h, on n states x (dim rows) in place, with all
    /// four stages of a state in registers. False, and nothing done, when the process has no such loop: then the
    /// stages go through `drift`. Order 4 (Kutta 1901).
    virtual bool runge_kutta4(Rows, Index, double, double) const { return false; }

    /// Trial steps of Dormand & Prince, with all stages of a state in registers. False, and nothing done, when the
    /// process has no such loop.
    virtual bool dormand_prince5(const DormandPrinceTrials&) const { return false; }

    /// Replaces the n states x (dim rows) at time t by samples of X_{t+dt} given them; the draws of point i are
    /// those of particle first_particle + i. Only if has_exact_transition().
    virtual bool has_exact_transition() const { return false; }
    virtual void sample_transition(Rows x, Index n, double t, double dt, std::uint64_t first_particle,
                                   const DrawSource& source) const;

    /// Density at the points x of X_{t+dt} given X_t = x0 (dim), in out[0..n).  [1 / x^dim]
    /// Only if has_transition_density().
    virtual bool has_transition_density() const { return false; }
    virtual void transition_density(Points x, const double* x0, double t, double dt, double* out) const;

protected:
    std::string name_;
    int dim_ = 0, noise_dim_ = 0;
    NoiseKind noise_kind_ = NoiseKind::none;
    Calculus calculus_ = Calculus::ito;
    std::vector<std::string> variables_;
    Domain natural_domain_;
    bool autonomous_ = true;
    bool has_killing_ = false;
};

/// a = sigma sigma^T at the points, a_ij in row i * dim + j.  (dim * dim)  [x^2 / time]
/// `sigma_rows` are the rows written by Process::sigma for the same points.
void diffusion_matrix(int dim, int noise_dim, Index n, Rows sigma_rows, Rows out);

/// Divergence of the drift, sum_i d b_i / d x_i, in out[0..n).  [1 / time]
/// `jacobian_rows` are the rows written by Process::drift_jacobian.
void divergence(int dim, Index n, Rows jacobian_rows, double* out);

/// Throws ConfigError when the domain does not fit the process: wrong number of axes, lower >= upper, a wall at
/// infinity, an axis that is periodic on one side only. An empty domain becomes one of open axes.
void check_domain(const Process& process, Domain& domain);

/// Default names of components: x y z up to three, else x0 x1 ...
std::vector<std::string> default_variables(int dim);

/// What a process really is, measured at quasi-random points of the box [lower, upper] (dim each) at times t0, t1:
/// the strongest noise kind that holds to 1e-9 relative. Conformance tests compare it with what a model claims;
/// models given as text are classified by it.
NoiseKind measured_noise_kind(const Process& process, const std::vector<double>& lower,
                              const std::vector<double>& upper, double t0, double t1);

}  // namespace dynkin
