#include "models/lm/train/row_kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "solvers/core/dispatch.hpp"
#include "solvers/core/elementary.hpp"

namespace dynkin::lm {
namespace {

constexpr RowIndex lanes = 16;

/// e^x for x <= 88 to 3e-7 relative; 0 below -87. Separate multiplications and additions, no calls, no branches.
DYNKIN_INLINE float exponential(float x) {
    constexpr float rounding = 0x1.8p23f;
    const float bounded = x < -87.0f ? -87.0f : x;
    const float shifted = bounded * 1.44269504f + rounding, n = shifted - rounding;
    const float r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;  // log 2 in two parts
    // Taylor series; |r| <= 0.35, the first term left out is below 6e-9.
    float value = 1.0f / 5040.0f;
    value = value * r + 1.0f / 720.0f;
    value = value * r + 1.0f / 120.0f;
    value = value * r + 1.0f / 24.0f;
    value = value * r + 1.0f / 6.0f;
    value = value * r + 0.5f;
    value = value * r + 1.0f;
    value = value * r + 1.0f;
    const float power_of_two = std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) + 127u) << 23);
    return x < -87.0f ? 0.0f : value * power_of_two;
}
DYNKIN_INLINE double exponential(double x) {
    return elementary::exp(x);
}

template <class T>
DYNKIN_INLINE T tree_sum(T* s) {
    for (RowIndex half = lanes / 2; half > 0; half /= 2)
        for (RowIndex k = 0; k < half; ++k) s[k] += s[k + half];
    return s[0];
}

/// sum of value(i), i = first ... last - 1.
template <class T, class Value>
DYNKIN_INLINE T sum_over(RowIndex first, RowIndex last, Value&& value) {
    typedef T Vector __attribute__((vector_size(lanes * sizeof(T))));
    Vector sum{};
    RowIndex i = first;
    for (; i + lanes <= last; i += lanes) {
        T term[lanes];
        for (RowIndex k = 0; k < lanes; ++k) term[k] = value(i + k);
        Vector terms;
        std::memcpy(&terms, term, sizeof(Vector));
        sum += terms;
    }
    T s[lanes];
    std::memcpy(s, &sum, sizeof(Vector));
    for (RowIndex k = 0; i < last; ++i, ++k) s[k] += value(i);
    return tree_sum(s);
}

template <class T>
DYNKIN_INLINE T largest(const T* x, RowIndex first, RowIndex last) {
    T s[lanes];
    for (RowIndex k = 0; k < lanes; ++k) s[k] = x[first];
    RowIndex i = first;
    for (; i + lanes <= last; i += lanes)
        for (RowIndex k = 0; k < lanes; ++k) s[k] = s[k] < x[i + k] ? x[i + k] : s[k];
    T most = s[0];
    for (RowIndex k = 1; k < lanes; ++k) most = most < s[k] ? s[k] : most;
    for (; i < last; ++i) most = most < x[i] ? x[i] : most;
    return most;
}

template <class T>
DYNKIN_INLINE void rms_norm_rows(RowIndex n, RowIndex d, const T* x, const T* gain, T epsilon, T* y, T* inverse_rms) {
    for (RowIndex i = 0; i < n; ++i, x += d, y += d) {
        const T square = sum_over<T>(0, d, [&](RowIndex j) { return x[j] * x[j]; });
        const T r = T(1) / std::sqrt(square / static_cast<T>(d) + epsilon);
        inverse_rms[i] = r;
        for (RowIndex j = 0; j < d; ++j) y[j] = x[j] * r * gain[j];
    }
}

// y_j = x_j r g_j with r = (sum x^2 / d + eps)^(-1/2), so dr / dx_j = -r^3 x_j / d and
// dx_j = r (dy_j g_j) - x_j r^3 / d sum_k dy_k g_k x_k.
template <class T>
DYNKIN_INLINE void rms_norm_rows_backward(RowIndex n, RowIndex d, const T* x, const T* gain, const T* inverse_rms,
                                          const T* dy, T* dx, T* dgain) {
    for (RowIndex i = 0; i < n; ++i, x += d, dy += d, dx += d) {
        const T r = inverse_rms[i];
        const T along = sum_over<T>(0, d, [&](RowIndex j) { return dy[j] * gain[j] * x[j]; });
        const T c = r * r * r * along / static_cast<T>(d);
        DYNKIN_INDEPENDENT
        for (RowIndex j = 0; j < d; ++j) {
            dx[j] += r * (dy[j] * gain[j]) - c * x[j];
            dgain[j] += dy[j] * x[j] * r;
        }
    }
}

template <class T>
DYNKIN_INLINE void swiglu_rows(RowIndex n, RowIndex h, const T* gate_up, T* z) {
    for (RowIndex i = 0; i < n; ++i, gate_up += 2 * h, z += h) {
        const T *g = gate_up, *u = gate_up + h;
        DYNKIN_INDEPENDENT
        for (RowIndex j = 0; j < h; ++j)
            z[j] = g[j] / (T(1) + exponential(-std::min(std::max(g[j], T(-80)), T(80)))) * u[j];
    }
}

// With s = sigmoid(g): d(g s)/dg = s (1 + g (1 - s)).
template <class T>
DYNKIN_INLINE void swiglu_rows_backward(RowIndex n, RowIndex h, const T* gate_up, const T* dz, T* d_gate_up) {
    for (RowIndex i = 0; i < n; ++i, gate_up += 2 * h, d_gate_up += 2 * h, dz += h) {
        const T *g = gate_up, *u = gate_up + h;
        T *dg = d_gate_up, *du = d_gate_up + h;
        DYNKIN_INDEPENDENT
        for (RowIndex j = 0; j < h; ++j) {
            const T s = T(1) / (T(1) + exponential(-std::min(std::max(g[j], T(-80)), T(80))));
            du[j] = dz[j] * g[j] * s;
            dg[j] = dz[j] * u[j] * (s * (T(1) + g[j] * (T(1) - s)));
        }
    }
}

template <class T>
DYNKIN_INLINE void softmax_row(T* row, RowIndex first, RowIndex last, RowIndex size) {
    const T most = largest(row, first, last);
    for (RowIndex j = first; j < last; ++j) row[j] = exponential(row[j] - most);
    const T scale = T(1) / sum_over<T>(first, last, [&](RowIndex j) { return row[j]; });
    for (RowIndex j = first; j < last; ++j) row[j] *= scale;
    for (RowIndex j = 0; j < first; ++j) row[j] = T(0);
    for (RowIndex j = last; j < size; ++j) row[j] = T(0);
}

template <class T>
DYNKIN_INLINE void softmax_row_backward(const T* p, T* dp, RowIndex first, RowIndex last, RowIndex size) {
    const T mean = sum_over<T>(first, last, [&](RowIndex j) { return p[j] * dp[j]; });
    for (RowIndex j = first; j < last; ++j) dp[j] = p[j] * (dp[j] - mean);
    for (RowIndex j = 0; j < first; ++j) dp[j] = T(0);
    for (RowIndex j = last; j < size; ++j) dp[j] = T(0);
}

template <class T>
DYNKIN_INLINE double cross_entropy_row(T* logits, RowIndex n, RowIndex target, T weight) {
    const T most = largest(logits, 0, n), at_target = logits[target];
    for (RowIndex j = 0; j < n; ++j) logits[j] = exponential(logits[j] - most);
    const T sum = sum_over<T>(0, n, [&](RowIndex j) { return logits[j]; });
    const T scale = weight / sum;
    for (RowIndex j = 0; j < n; ++j) logits[j] *= scale;
    logits[target] -= weight;
    return std::log(static_cast<double>(sum)) + static_cast<double>(most - at_target);
}

template <class T>
DYNKIN_INLINE double squares(const T* x, std::size_t n) {
    constexpr std::size_t block = 4096;
    double total = 0.0;
    for (std::size_t first = 0; first < n; first += block) {
        const auto size = static_cast<RowIndex>(std::min(block, n - first));
        const T* y = x + first;
        total += sum_over<double>(0, size,
                                  [&](RowIndex j) { return static_cast<double>(y[j]) * static_cast<double>(y[j]); });
    }
    return total;
}

template <class T>
DYNKIN_INLINE void adam_w_row(std::size_t n, const AdamWStep& s, const T* g, T* m, T* v, T* p) {
    const T b1 = static_cast<T>(s.beta1), b2 = static_cast<T>(s.beta2), scale = static_cast<T>(s.scale);
    const T c1 = static_cast<T>(s.correction1), c2 = static_cast<T>(s.correction2), eps = static_cast<T>(s.epsilon);
    const T eta = static_cast<T>(s.learning_rate), shrink = static_cast<T>(s.learning_rate * s.decay);
    DYNKIN_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
        const T gradient = g[i] * scale;
        m[i] = b1 * m[i] + (T(1) - b1) * gradient;
        v[i] = b2 * v[i] + (T(1) - b2) * (gradient * gradient);
        p[i] -= eta * (m[i] * c1 / (std::sqrt(v[i] * c2) + eps)) + shrink * p[i];
    }
}

template <class T>
DYNKIN_INLINE void add_row(std::size_t n, const T* x, T* sum) {
    DYNKIN_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) sum[i] += x[i];
}

}  // namespace

DYNKIN_CLONES void rms_norm(RowIndex n, RowIndex d, const float* x, const float* gain, float epsilon, float* y,
                            float* inverse_rms) {
    rms_norm_rows(n, d, x, gain, epsilon, y, inverse_rms);
}
DYNKIN_CLONES void rms_norm(RowIndex n, RowIndex d, const double* x, const double* gain, double epsilon, double* y,
                            double* inverse_rms) {
    rms_norm_rows(n, d, x, gain, epsilon, y, inverse_rms);
}
DYNKIN_CLONES void rms_norm_backward(RowIndex n, RowIndex d, const float* x, const float* gain,
                                     const float* inverse_rms, const float* dy, float* dx, float* dgain) {
    rms_norm_rows_backward(n, d, x, gain, inverse_rms, dy, dx, dgain);
}
DYNKIN_CLONES void rms_norm_backward(RowIndex n, RowIndex d, const double* x, const double* gain,
                                     const double* inverse_rms, const double* dy, double* dx, double* dgain) {
    rms_norm_rows_backward(n, d, x, gain, inverse_rms, dy, dx, dgain);
}
DYNKIN_CLONES void swiglu(RowIndex n, RowIndex h, const float* gate_up, float* z) {
    swiglu_rows(n, h, gate_up, z);
}
DYNKIN_CLONES void swiglu(RowIndex n, RowIndex h, const double* gate_up, double* z) {
    swiglu_rows(n, h, gate_up, z);
}
DYNKIN_CLONES void swiglu_backward(RowIndex n, RowIndex h, const float* gate_up, const float* dz, float* d_gate_up) {
    swiglu_rows_backward(n, h, gate_up, dz, d_gate_up);
}
DYNKIN_CLONES void swiglu_backward(RowIndex n, RowIndex h, const double* gate_up, const double* dz, double* d_gate_up) {
    swiglu_rows_backward(n, h, gate_up, dz, d_gate_up);
}
DYNKIN_CLONES void softmax(float* row, RowIndex first, RowIndex last, RowIndex size) {
    softmax_row(row, first, last, size);
}
DYNKIN_CLONES void softmax(double* row, RowIndex first, RowIndex last, RowIndex size) {
    softmax_row(row, first, last, size);
}
DYNKIN_CLONES void softmax_backward(const float* p, float* dp, RowIndex first, RowIndex last, RowIndex size) {
    softmax_row_backward(p, dp, first, last, size);
}
DYNKIN_CLONES void softmax_backward(const double* p, double* dp, RowIndex first, RowIndex last, RowIndex size) {
    softmax_row_backward(p, dp, first, last, size);
}
DYNKIN_CLONES double cross_entropy(float* logits, RowIndex n, RowIndex target, float weight) {
    return cross_entropy_row(logits, n, target, weight);
}
DYNKIN_CLONES double cross_entropy(double* logits, RowIndex n, RowIndex target, double weight) {
    return cross_entropy_row(logits, n, target, weight);
}
DYNKIN_CLONES double sum_of_squares(const float* x, std::size_t n) {
    return squares(x, n);
}
DYNKIN_CLONES double sum_of_squares(const double* x, std::size_t n) {
    return squares(x, n);
}
DYNKIN_CLONES void adam_w(std::size_t n, const AdamWStep& step, const float* g, float* m, float* v, float* p) {
    adam_w_row(n, step, g, m, v, p);
}
DYNKIN_CLONES void adam_w(std::size_t n, const AdamWStep& step, const double* g, double* m, double* v, double* p) {
    adam_w_row(n, step, g, m, v, p);
}
DYNKIN_CLONES void add_to(std::size_t n, const float* x, float* sum) {
    add_row(n, x, sum);
}
DYNKIN_CLONES void add_to(std::size_t n, const double* x, double* sum) {
    add_row(n, x, sum);
}

}  // namespace dynkin::lm
