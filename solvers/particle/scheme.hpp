#pragma once
// One step of a scheme on a block of particles, with the noise as an argument.
#include "solvers/core/process.hpp"
#include "solvers/core/scheme_info.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

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
