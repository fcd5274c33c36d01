#pragma once
// One step of a scheme on a block of particles, with the noise as an argument.
#include "solvers/core/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// What a scheme states about itself: the line of docs/schemes.md and of `dynkin schemes`.
struct SchemeInfo {
    std::string name;                  ///< "euler_maruyama": the word of the config
    std::string title;                 ///< "Euler-Maruyama"
    std::vector<NoiseKind> noise;      ///< kinds it may be used with
    double strong_order = 0.5;         ///< for the most general kind in `noise`
    double strong_order_additive = 0;  ///< for additive noise, when that is higher; else 0
    double weak_order = 1.0;
    int normals_per_noise = 1;         ///< 2 when it needs the time integral of the path, 0 when it draws its own
    double drift_evaluations = 1;      ///< per step
    double sigma_evaluations = 1;      ///< per step
    std::string source{};                ///< the paper, with its equation or section
    std::string remark{};                ///< what it asks of a model beyond its noise kind; may be empty
};

/// One step, t -> t + h, of particles first_particle ... of a run with this seed.
struct Step {
    double t = 0.0, h = 0.0;
    std::int64_t number = 0;
    std::uint64_t first_particle = 0;
    std::uint64_t seed = 0;
};

/// The driving noise of one step of a block.
///   dW.row(k)              W_k(t + h) - W_k(t)                                  [sqrt(time)]
///   dW.row(noise_dim + k)  int_t^{t+h} (W_k(s) - W_k(t)) ds, when normals_per_noise = 2   [time^(3/2)]
using Increments = Rows;

/// Room for the stages of a step; one per thread, so that no step allocates.
class Scratch {
public:
    /// Rows [first, first + n_rows) of a buffer that grows as needed; contents are undefined.
    /// `slot` keeps the areas of one step apart.
    Rows rows(int slot, int n_rows, Index n) {
        if (static_cast<std::size_t>(slot) >= areas_.size()) areas_.resize(static_cast<std::size_t>(slot) + 1);
        Block& area = areas_[static_cast<std::size_t>(slot)];
        if (area.n_rows() < n_rows || area.size() < n) area.resize(n_rows, n);
        return area.rows();
    }

private:
    std::vector<Block> areas_;
};

/// A scheme bound to a process it can integrate.
class Scheme {
public:
    virtual ~Scheme() = default;
    virtual const SchemeInfo& info() const = 0;
    /// The strong order stated for this very process (additive noise may raise it).
    virtual double strong_order() const = 0;
    /// Advances n particles, x (dim rows), in place. dW is unused when info().normals_per_noise is 0.
    virtual void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const = 0;
};

/// All schemes in the order of the docs.
const std::vector<SchemeInfo>& scheme_list();

/// Throws ConfigError when the name is unknown (with the nearest) or when the scheme cannot integrate the process
/// (who, why, which schemes can). The process must outlive the scheme.
std::unique_ptr<Scheme> make_scheme(const std::string& name, const Process& process);

/// The increments of two consecutive steps of length h as those of one step of length 2 h (or h1 + h2):
/// dW adds; the time integral of the second part starts from the end of the first.
void join_increments(int noise_dim, int normals_per_noise, Index n, Increments first, Increments second,
                     double second_length, Increments out);

}  // namespace dynkin
