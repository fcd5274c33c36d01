#include "models/ornstein_uhlenbeck.hpp"

#include <algorithm>

namespace dynkin::models {
namespace {

std::string size_text(int rows, int cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
}

}  // namespace

void OrnsteinUhlenbeck::settle(const Refuse& fail) {
    if (theta.n_rows() != theta.n_cols())
        fail("theta", "must be square, not " + size_text(theta.n_rows(), theta.n_cols()));
    dim = std::max({theta.n_rows(), static_cast<int>(mean.size()), noise.n_rows()});
    if (dim > max_dynamic_dim || noise.n_cols() > max_dynamic_dim)
        fail(dim == theta.n_rows()                                       ? "theta"
             : noise.n_rows() == dim || noise.n_cols() > max_dynamic_dim ? "sigma"
                                                                         : "mean",
             "at most " + std::to_string(max_dynamic_dim) + " components and noises");
    const std::string wanted = "; the other parameters have dimension " + std::to_string(dim);

    theta = theta.widened(dim);
    if (theta.n_rows() != dim) fail("theta", "is " + size_text(theta.n_rows(), theta.n_cols()) + wanted);
    if (mean.size() == 1) mean.assign(static_cast<std::size_t>(dim), mean[0]);
    if (static_cast<int>(mean.size()) != dim) fail("mean", "has " + std::to_string(mean.size()) + " entries" + wanted);
    noise = noise.widened(dim);
    if (noise.n_rows() != dim) fail("sigma", "is " + size_text(noise.n_rows(), noise.n_cols()) + wanted);
    if (std::all_of(noise.entries().begin(), noise.entries().end(), [](double s) { return s == 0.0; }))
        fail("sigma", "must be > 0 in some component, not 0");
    noise_dim = noise.n_cols();

    Matrix A(dim, dim);
    std::vector<double> b(static_cast<std::size_t>(dim), 0.0);
    for (int i = 0; i < dim; ++i)
        for (int j = 0; j < dim; ++j) {
            A(i, j) = -theta(i, j);
            b[static_cast<std::size_t>(i)] += theta(i, j) * mean[static_cast<std::size_t>(j)];
        }
    transitions = LinearTransitions(A, b, noise);
}

}  // namespace dynkin::models
