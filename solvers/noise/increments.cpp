#include "solvers/noise/increments.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/noise/normals.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dynkin {
namespace {

// I = h / 2 (dW + sqrt(h) N2 / sqrt(3)); both rows arrive with the factor sqrt(h).
DYNKIN_CLONES void integrate_row(const double* __restrict dW, double half_h, Index n, double* __restrict row) {
    for (Index q = 0; q < n; ++q) row[q] = half_h * (dW[q] + 0.57735026918962576451 * row[q]);
}

DYNKIN_CLONES void join_rows(const double* dW1, const double* I1, const double* dW2, const double* I2, double h2, Index n,
                             double* dW, double* I) {
    for (Index q = 0; q < n; ++q) {
        const double w1 = dW1[q];
        I[q] = I1[q] + h2 * w1 + I2[q];
        dW[q] = w1 + dW2[q];
    }
}

DYNKIN_CLONES void add_rows(const double* a, const double* b, Index n, double* out) {
    for (Index q = 0; q < n; ++q) out[q] = a[q] + b[q];
}

// n / 2 numbers in the second half of a row become n: each, and each with the other sign. In place: what is still to be
// read lies behind what is written.
DYNKIN_CLONES void mirror_row(double* row, Index n) {
    constexpr Index chunk = 64;
    double held[chunk];
    for (Index j = 0; j < n / 2; j += chunk) {
        const Index count = std::min(chunk, n / 2 - j);
        for (Index q = 0; q < count; ++q) held[q] = row[n / 2 + j + q];
        double* __restrict to = row + 2 * j;
        for (Index q = 0; q < count; ++q) {
            to[2 * q] = held[q];
            to[2 * q + 1] = -held[q];
        }
    }
}

void draw_normals(const NoiseSource& source, Stream stream, std::uint64_t first_particle, Index n,
                  std::uint64_t first_s, int n_rows, Rows out, double scale) {
    const auto fill =
        source.precision == NormalPrecision::single_precision ? fill_single_normals : fill_normals;
    if (!source.antithetic) return fill(source.seed, stream, first_particle, n, first_s, n_rows, out, scale);
    if (n % 2 != 0 || first_particle % 2 != 0)
        throw ConfigError("antithetic pairs need an even number of particles, not " + std::to_string(n) +
                          " from number " + std::to_string(first_particle) + " on");
    fill(source.seed, stream, first_particle / 2, n / 2, first_s, n_rows, {out.data + n / 2, out.stride}, scale);
    for (int r = 0; r < n_rows; ++r) mirror_row(out.row(r), n);
}

/// Law of (W, I) at theta given both at 1, for unit step length: mean M (w, i), covariance of Cholesky factor L.
struct Bridge {
    double ww, wi, iw, ii;   // the rows of M
    double l11, l21, l22;    // the rows of L

    explicit Bridge(double a) {
        const double b = 1.0 - a;
        ww = a * (3.0 * a - 2.0);
        wi = 6.0 * a * b;
        iw = -a * a * b;
        ii = a * a * (3.0 - 2.0 * a);
        const double var_w = a * b * (1.0 - 3.0 * a * b), cov = 0.5 * a * a * b * b * (b - a);
        const double var_i = a * a * a * b * b * b / 3.0;
        l11 = std::sqrt(var_w);
        l21 = cov / l11;
        l22 = std::sqrt(std::fmax(var_i - l21 * l21, 0.0));
    }
};

}  // namespace

void fill_increments(const NoiseShape& shape, const NoiseSource& source, std::uint64_t first_particle, Index n,
                     std::int64_t number, int n_steps, double h, Rows out) {
    const int rows = shape.rows();
    draw_normals(source, Stream::brownian, first_particle, n,
                 static_cast<std::uint64_t>(number) * static_cast<std::uint64_t>(rows), n_steps * rows, out,
                 std::sqrt(h));
    if (shape.normals_per_noise != 2) return;
    for (int j = 0; j < n_steps; ++j)
        for (int k = 0; k < shape.noise_dim; ++k)
            integrate_row(out.row(j * rows + k), 0.5 * h, n, out.row(j * rows + shape.noise_dim + k));
}

void fill_increments(const NoiseShape& shape, const NoiseSource& source, std::uint64_t first_particle, Index n,
                     std::int64_t number, double h, Rows out) {
    fill_increments(shape, source, first_particle, n, number, 1, h, out);
}

void join_increments(const NoiseShape& shape, Index n, Rows first, Rows second, double second_length, Rows out) {
    const int m = shape.noise_dim;
    for (int k = 0; k < m; ++k) {
        if (shape.normals_per_noise == 2)
            join_rows(first.row(k), first.row(m + k), second.row(k), second.row(m + k), second_length, n, out.row(k),
                      out.row(m + k));
        else if (shape.normals_per_noise == 1)
            add_rows(first.row(k), second.row(k), n, out.row(k));
    }
}

void split_increments(const NoiseShape& shape, const NoiseSource& bridge_source, std::uint64_t first_particle, Index n,
                      double h, double theta, Rows whole, Rows out) {
    const int m = shape.noise_dim;
    draw_normals(bridge_source, Stream::bridge, first_particle, n, 0, shape.rows(), out, 1.0);
    if (shape.normals_per_noise == 1) {
        const double sd = std::sqrt(theta * (1.0 - theta) * h);
        for (int k = 0; k < m; ++k)
            for (Index q = 0; q < n; ++q) out.row(k)[q] = theta * whole.row(k)[q] + sd * out.row(k)[q];
        return;
    }
    const Bridge bridge(theta);
    const double root_h = std::sqrt(h), h_root_h = h * root_h;
    for (int k = 0; k < m && shape.normals_per_noise == 2; ++k)
        for (Index q = 0; q < n; ++q) {
            const double w = whole.row(k)[q] / root_h, i = whole.row(m + k)[q] / h_root_h;
            const double z1 = out.row(k)[q], z2 = out.row(m + k)[q];
            out.row(k)[q] = root_h * (bridge.ww * w + bridge.wi * i + bridge.l11 * z1);
            out.row(m + k)[q] = h_root_h * (bridge.iw * w + bridge.ii * i + bridge.l21 * z1 + bridge.l22 * z2);
        }
}

std::uint64_t side_step_seed(std::uint64_t seed, double output_time) {
    // Finaliser of SplitMix64 (Steele, Lea & Flood 2014): every bit of the time reaches every bit of the seed.
    std::uint64_t z = std::bit_cast<std::uint64_t>(output_time) + 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return seed ^ z ^ z >> 31;
}

}  // namespace dynkin
