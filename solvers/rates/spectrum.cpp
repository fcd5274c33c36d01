#include "solvers/rates/spectrum.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/state_classes.hpp"
#include "solvers/rates/state_reduction.hpp"

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>

namespace dynkin {

namespace {

using Complex = std::complex<double>;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int block_size = 4;
constexpr int most_solves = 240;

/// (s I - Q)^-1, where Q is singular its inverse on functions with <p, u> = 0, p the stationary law.
class InverseGenerator {
public:
    explicit InverseGenerator(const SparseRateMatrix& Q) : shift_(1.01 * Q.largest_source_rate()) {
        const Index n = Q.size();
        weights_ = VectorXd::Constant(n, 1.0 / static_cast<double>(n));
        lossless_ = shift_ == 0.0 && is_lossless(Q);
        if (!lossless_) {
            reduction_.emplace(Q, shift_);
            return;
        }
        const std::vector<double> law = StateReduction(Q).null_law();
        weights_ = Eigen::Map<const VectorXd>(law.data(), n);
        // Fixed to zero at its likeliest state, -Q u = x becomes the sum of x along a path up to there. At a rare state
        // the round-off of <p, x> = 0 would be divided by that state's probability.
        weights_.maxCoeff(&anchor_);
        if (n == 1) return;
        std::vector<Index> others;
        for (Index i = 0; i < n; ++i)
            if (i != anchor_) others.push_back(i);
        reduction_.emplace(restricted(Q, others));
        buffer_.resize(n - 1);
    }

    bool lossless() const { return lossless_; }
    double shift() const { return shift_; }
    const VectorXd& weights() const { return weights_; }
    Index dimension() const { return weights_.size() - (lossless_ ? 1 : 0); }

    void project(VectorXd& u) const {
        if (lossless_) u.array() -= weights_.dot(u);
    }

    void apply(VectorXd& u) {
        if (!lossless_) {
            reduction_->solve(u.data());
            return;
        }
        const Index after = u.size() - 1 - anchor_;
        buffer_ << u.head(anchor_), u.tail(after);
        reduction_->solve(buffer_.data());
        u << buffer_.head(anchor_), 0.0, buffer_.tail(after);
        project(u);
    }

private:
    static bool is_lossless(const SparseRateMatrix& Q) {
        const std::vector<std::vector<Index>> classes = closed_classes(Q);
        const auto loses = [&](Index i) { return Q.loss()[static_cast<std::size_t>(i)] > 0.0; };
        if (std::ranges::all_of(classes, [&](const auto& c) { return std::ranges::any_of(c, loses); })) return false;
        if (std::ssize(classes.front()) == Q.size()) return true;
        throw NumericsError("leading rates: the chain is reducible, with " + std::to_string(classes.size()) +
                            " closed classes, and some lose nothing; restrict it to one class");
    }

    double shift_;
    bool lossless_ = false;
    std::optional<StateReduction> reduction_;
    VectorXd weights_, buffer_;
    Index anchor_ = 0;
};

/// T V_m = V H in the weighted inner product, where V has up to block_size more columns than the m processed.
class BandArnoldi {
public:
    explicit BandArnoldi(InverseGenerator& T)
        : T_(T),
          most_columns_(static_cast<int>(std::min<Index>(T.dimension(), most_solves + block_size))),
          V_(T.weights().size(), std::min(most_columns_, 32)),
          H_(MatrixXd::Zero(most_columns_, most_columns_)) {
        std::mt19937 engine(20240229);  // raw output: the same start on every platform
        for (int start = 0; start < block_size; ++start) {
            VectorXd u(V_.rows());
            for (double& x : u) x = static_cast<double>(engine()) / 2147483648.0 - 1.0;
            T_.project(u);
            append(u, nullptr);
        }
    }

    /// One more column of H; false when the space is invariant.
    bool extend() {
        if (n_processed_ == n_columns_) return false;
        VectorXd u = V_.col(n_processed_);
        T_.apply(u);
        append(u, &n_processed_);
        ++n_processed_;
        return true;
    }

    struct RitzValue {
        Complex theta;
        double residual;  // of its vector, relative to |theta|
    };
    /// Largest |theta| first.
    std::vector<RitzValue> ritz_values() const {
        const int m = n_processed_;
        const Eigen::EigenSolver<MatrixXd> eigen(H_.topLeftCorner(m, m));
        std::vector<RitzValue> values;
        for (int i = 0; i < m; ++i) {
            const Complex theta = eigen.eigenvalues()[i];
            const Eigen::VectorXcd rest =
                H_.block(m, 0, n_columns_ - m, m).cast<Complex>() * eigen.eigenvectors().col(i);
            values.push_back({theta, rest.norm() / std::abs(theta)});
        }
        std::ranges::stable_sort(values, {}, [](const RitzValue& v) { return -std::abs(v.theta); });
        return values;
    }

    int n_processed() const { return n_processed_; }

private:
    double norm(const VectorXd& u) const { return std::sqrt(u.cwiseAbs2().dot(T_.weights())); }

    void append(VectorXd& u, const int* column) {
        const double before = norm(u);
        const auto V = V_.leftCols(n_columns_);
        for (int pass = 0; pass < 2; ++pass) {
            const VectorXd h = V.transpose() * u.cwiseProduct(T_.weights());
            u.noalias() -= V * h;
            T_.project(u);
            if (column) H_.col(*column).head(n_columns_) += h;
        }
        const double rest = norm(u);
        if (n_columns_ == most_columns_ || rest <= 1e-14 * before) return;
        if (column) H_(n_columns_, *column) = rest;
        if (n_columns_ == V_.cols())
            V_.conservativeResize(Eigen::NoChange, std::min<Index>(most_columns_, n_columns_ + 32));
        V_.col(n_columns_++) = u / rest;
    }

    InverseGenerator& T_;
    int most_columns_, n_columns_ = 0, n_processed_ = 0;
    MatrixXd V_, H_;
};

}  // namespace

std::vector<Complex> leading_rates(const SparseRateMatrix& Q, int k, double tolerance) {
    if (k < 1 || k > 20 || k > Q.size())
        throw ConfigError("leading rates: " + std::to_string(k) + " eigenvalues of " + std::to_string(Q.size()) +
                          " states; expected 1 to 20, and no more than states");
    InverseGenerator T(Q);
    const std::size_t wanted = static_cast<std::size_t>(k - (T.lossless() ? 1 : 0));
    std::vector<Complex> rates;
    if (T.lossless()) rates.push_back(0.0);
    if (wanted == 0) return rates;

    BandArnoldi arnoldi(T);
    int next_check = 2 * k + 2 * block_size;
    double worst = std::numeric_limits<double>::infinity();
    for (bool more = true;;) {
        more = arnoldi.n_processed() < most_solves && arnoldi.extend();
        if (more && arnoldi.n_processed() < next_check) continue;
        next_check += std::max(10, next_check / 4);
        const auto ritz = arnoldi.ritz_values();
        if (ritz.size() >= wanted) {
            worst = 0.0;
            for (std::size_t i = 0; i < wanted; ++i) worst = std::max(worst, ritz[i].residual);
            if (worst <= tolerance) {
                for (std::size_t i = 0; i < wanted; ++i) rates.push_back(1.0 / ritz[i].theta - T.shift());
                break;
            }
        }
        if (!more)
            throw NumericsError("leading rates: relative residual " + std::to_string(worst) + " after " +
                                std::to_string(arnoldi.n_processed()) + " solves; ask for fewer eigenvalues");
    }
    std::ranges::stable_sort(rates, [](const Complex& a, const Complex& b) {
        return a.real() != b.real() ? a.real() < b.real() : a.imag() < b.imag();
    });
    return rates;
}

}  // namespace dynkin
