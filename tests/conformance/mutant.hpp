#pragma once
// A process with one thing wrong. Every check of this folder must catch the mutants that concern it.
#include "solvers/core/process.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace dynkin::conformance {

struct Mutation {
    double sigma_factor = 1.0;      ///< sqrt(2): a factor of two in D
    double drift_factor = 1.0;      ///< of the Ito drift only
    double correction_shift = 0.0;  ///< adds that multiple of sum_k L^k sigma_ik to the Ito drift: a wrong calculus
    double jacobian_factor = 1.0;
    double along_noise_factor = 1.0;
    double time_derivative_shift = 0.0;
};

class Mutant final : public Process {
public:
    Mutant(std::shared_ptr<const Process> sound, Mutation mutation) : sound_(std::move(sound)), m_(mutation) {
        name_ = sound_->name();
        dim_ = sound_->dim();
        noise_dim_ = sound_->noise_dim();
        noise_kind_ = sound_->noise_kind();
        calculus_ = Calculus::ito;
        variables_ = sound_->variables();
        natural_domain_ = sound_->natural_domain();
        autonomous_ = sound_->autonomous();
    }
    void drift(Points x, double t, Rows out) const override { sound_->drift(x, t, out); }
    void sigma(Points x, double t, Rows out) const override {
        sound_->sigma(x, t, out);
        scale(out, dim() * noise_dim(), x.n, m_.sigma_factor);
    }
    void ito_drift(Points x, double t, Rows out) const override {
        sound_->ito_drift(x, t, out);
        scale(out, dim(), x.n, m_.drift_factor);
        if (m_.correction_shift == 0.0 || noise_dim() == 0) return;
        const bool diagonal = noise_kind() == NoiseKind::diagonal;
        Block along(noise_dim() * noise_dim() * dim(), x.n);
        sound_->sigma_derivative_along_noise(x, t, along.rows());
        for (int i = 0; i < dim(); ++i)
            for (int k = 0; k < noise_dim(); ++k) {
                if (diagonal && k != i) continue;
                const double* row = along.row(diagonal ? i : (k * noise_dim() + k) * dim() + i);
                for (Index q = 0; q < x.n; ++q) out.row(i)[q] += m_.correction_shift * row[q];
            }
    }
    void drift_jacobian(Points x, double t, Rows out) const override {
        sound_->drift_jacobian(x, t, out);
        scale(out, dim() * dim(), x.n, m_.jacobian_factor);
    }
    void drift_time_derivative(Points x, double t, Rows out) const override {
        sound_->drift_time_derivative(x, t, out);
        for (int i = 0; i < dim(); ++i)
            for (Index q = 0; q < x.n; ++q) out.row(i)[q] += m_.time_derivative_shift;
    }
    void sigma_derivative_along_noise(Points x, double t, Rows out) const override {
        sound_->sigma_derivative_along_noise(x, t, out);
        const int n_rows = noise_kind() == NoiseKind::diagonal ? dim() : noise_dim() * noise_dim() * dim();
        scale(out, n_rows, x.n, m_.along_noise_factor);
    }

private:
    static void scale(Rows rows, int n_rows, Index n, double factor) {
        for (int r = 0; r < n_rows; ++r)
            for (Index q = 0; q < n; ++q) rows.row(r)[q] *= factor;
    }

    std::shared_ptr<const Process> sound_;
    Mutation m_;
};

/// Largest absolute entry of the rows a member writes, over the points.
using Member = void (Process::*)(Points, double, Rows) const;
inline double largest_entry(const Process& process, Member member, int n_rows, const Block& x, double t) {
    Block out(n_rows > 0 ? n_rows : 1, x.size());
    (process.*member)(x.points(), t, out.rows());
    double largest = 0.0;
    for (int r = 0; r < n_rows; ++r)
        for (Index q = 0; q < x.size(); ++q) largest = std::max(largest, std::abs(out.row(r)[q]));
    return largest;
}

/// Whether the calculus matters: sum_k L^k sigma_ik does not vanish at the points.
inline bool calculus_matters(const std::shared_ptr<const Process>& process, const Block& x, double t) {
    const Mutant shifted(process, {.drift_factor = 0.0, .correction_shift = 1.0});
    return largest_entry(shifted, &Process::ito_drift, process->dim(), x, t) > 1e-6;
}

}  // namespace dynkin::conformance
