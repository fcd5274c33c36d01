#include "solvers/particle/noise_term.hpp"

#include "solvers/particle/kernels.hpp"
#include "solvers/core/probe.hpp"

#include <algorithm>

namespace dynkin {

NoiseTerm::NoiseTerm(const Process& process, Points x, double t, Scratch& scratch, int slot)
    : NoiseTerm(process, x.n, nullptr) {
    const Rows rows = scratch.rows(slot, std::max(dim_ * noise_dim_, 1), additive_ ? 1 : x.n);
    if (noise_dim_ > 0) process.sigma(additive_ ? x.slice(0, 1) : x, t, rows);
    values_ = rows.data;
    stride_ = rows.stride;
}

NoiseTerm::NoiseTerm(const Process& process, Index n, const double* values)
    : dim_(process.dim()),
      noise_dim_(process.noise_dim()),
      n_(n),
      additive_(process.noise_kind() == NoiseKind::additive || process.noise_kind() == NoiseKind::none),
      diagonal_(process.noise_kind() == NoiseKind::diagonal),
      values_(values),
      stride_(1) {}

std::vector<double> constant_sigma(const Process& process) {
    if (process.noise_kind() != NoiseKind::additive || !process.autonomous()) return {};
    const int entries = process.dim() * process.noise_dim();
    Block values(entries, 1);
    process.sigma(probe_points(process, 1).points(), 0.0, values.rows());
    std::vector<double> out;
    for (int e = 0; e < entries; ++e) out.push_back(values.row(e)[0]);
    return out;
}

void NoiseTerm::add(Rows x, Rows y, int first_row, double factor) const {
    for (int i = 0; i < dim_; ++i)
        for (int k = 0; k < noise_dim_; ++k) {
            if (vanishes(i, k)) continue;
            if (additive_)
                rows::add_scaled(x.row(i), factor * value(i, k), y.row(first_row + k), n_);
            else
                rows::add_product(x.row(i), factor, row(i, k), y.row(first_row + k), n_);
        }
}

void NoiseTerm::add_with_drift(Rows x, Rows b, double h, Increments dW) const {
    for (int i = 0; i < dim_; ++i) {
        int k = 0;
        while (k < noise_dim_ && vanishes(i, k)) ++k;
        if (k == noise_dim_)
            rows::add_scaled(x.row(i), h, b.row(i), n_);
        else if (additive_)
            rows::add_two(x.row(i), h, b.row(i), value(i, k), dW.row(k), n_);
        else
            rows::add_scaled_and_product(x.row(i), h, b.row(i), row(i, k), dW.row(k), n_);
        for (++k; k < noise_dim_; ++k) {
            if (vanishes(i, k)) continue;
            if (additive_)
                rows::add_scaled(x.row(i), value(i, k), dW.row(k), n_);
            else
                rows::add_product(x.row(i), 1.0, row(i, k), dW.row(k), n_);
        }
    }
}

}  // namespace dynkin
