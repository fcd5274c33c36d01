#include "solvers/grid/cell_law.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

class CellLaw final : public InitialLaw {
public:
    CellLaw(Mesh mesh, std::vector<double> masses) : mesh_(std::move(mesh)), masses_(std::move(masses)) {
        check(mesh_);
        if (static_cast<Index>(masses_.size()) != mesh_.n_total())
            throw ConfigError("a law on a mesh: " + std::to_string(masses_.size()) + " masses for " +
                              std::to_string(mesh_.n_total()) + " cells");
        double total = 0.0;
        for (const double m : masses_) {
            if (!(m >= 0.0) || !std::isfinite(m))
                throw ConfigError("a law on a mesh: every mass must be finite and >= 0");
            total += m;
        }
        if (!(total > 0.0)) throw ConfigError("a law on a mesh: there is no mass in any cell");
        double sum = 0.0;
        for (double& m : masses_) {
            m /= total;
            cumulative_.push_back(sum += m);
        }
    }

    int dim() const override { return mesh_.dim(); }
    std::string kind() const override { return "cells"; }

    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        for (Index q = 0; q < n; ++q) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(q));
            const double u = draws.uniform() * cumulative_.back();
            auto cell = std::upper_bound(cumulative_.begin(), cumulative_.end(), u) - cumulative_.begin();
            cell = std::min<std::ptrdiff_t>(cell, static_cast<std::ptrdiff_t>(masses_.size()) - 1);
            for (int j = 0; j < dim(); ++j) {
                const auto i = static_cast<std::size_t>(cell % mesh_.n_cells(j));
                cell /= mesh_.n_cells(j);
                const std::vector<double>& faces = mesh_.faces[static_cast<std::size_t>(j)];
                x.row(j)[q] = faces[i] + draws.uniform() * (faces[i + 1] - faces[i]);
            }
        }
    }

    double mass(const double* lower, const double* upper) const override {
        std::vector<std::vector<double>> share(static_cast<std::size_t>(dim()));
        for (int j = 0; j < dim(); ++j) {
            const std::vector<double>& faces = mesh_.faces[static_cast<std::size_t>(j)];
            for (std::size_t i = 0; i + 1 < faces.size(); ++i)
                share[static_cast<std::size_t>(j)].push_back(
                    std::max(0.0, std::min(upper[j], faces[i + 1]) - std::max(lower[j], faces[i])) /
                    (faces[i + 1] - faces[i]));
        }
        return sum([&](int axis, std::size_t i) { return share[static_cast<std::size_t>(axis)][i]; });
    }

    std::vector<double> mean() const override {
        std::vector<double> m;
        for (int j = 0; j < dim(); ++j) {
            std::vector<int> degree(static_cast<std::size_t>(dim()), 0);
            degree[static_cast<std::size_t>(j)] = 1;
            m.push_back(moment(degree));
        }
        return m;
    }

    /// The whole mesh, whatever `tail` is.
    void support(double, std::vector<double>& lower, std::vector<double>& upper) const override {
        lower.clear();
        upper.clear();
        for (int j = 0; j < dim(); ++j) {
            lower.push_back(mesh_.lower(j));
            upper.push_back(mesh_.upper(j));
        }
    }

    double moment(const std::vector<int>& degree) const override {
        return sum([&](int axis, std::size_t i) {
            const std::vector<double>& faces = mesh_.faces[static_cast<std::size_t>(axis)];
            const int k = degree[static_cast<std::size_t>(axis)];
            // The mean of x^k over [a, b] is the sum of a^i b^(k-i), i = 0 ... k, over k + 1: no cancellation.
            double power_sum = 0.0;
            for (int l = 0; l <= k; ++l) power_sum += std::pow(faces[i], l) * std::pow(faces[i + 1], k - l);
            return power_sum / (k + 1);
        });
    }

private:
    /// sum over the cells of mass times the product over the axes of factor(axis, index).
    template <class Factor>
    double sum(Factor factor) const {
        double total = 0.0;
        for (std::size_t cell = 0; cell < masses_.size(); ++cell) {
            if (masses_[cell] == 0.0) continue;
            double product = masses_[cell];
            auto rest = static_cast<std::ptrdiff_t>(cell);
            for (int j = 0; j < dim(); ++j) {
                product *= factor(j, static_cast<std::size_t>(rest % mesh_.n_cells(j)));
                rest /= mesh_.n_cells(j);
            }
            total += product;
        }
        return total;
    }

    Mesh mesh_;
    std::vector<double> masses_, cumulative_;
};

}  // namespace

std::shared_ptr<const InitialLaw> cell_law(Mesh mesh, std::vector<double> masses) {
    return std::make_shared<CellLaw>(std::move(mesh), std::move(masses));
}

}  // namespace dynkin
