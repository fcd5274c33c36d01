#pragma once
// What a decoder does to rows besides products: norms, gates, softmax, cross-entropy, forward and backward.
//
// Vectorised for several levels with the same bits at each: sums run in sixteen lanes that are added as a tree, and
// nothing is contracted. Matrices are row-major and dense. Functions with a d... argument are the backward pass: they
// take the derivative of the loss by the result and give that by the arguments.
#include <cstddef>
#include <cstdint>

namespace dynkin::lm {

using RowIndex = std::ptrdiff_t;

/// y = x / rms(x) * gain for each of n rows, rms = sqrt(mean x^2 + epsilon). x, y (n, d), gain (d); inverse_rms (n) is
/// kept for the backward pass.
void rms_norm(RowIndex n, RowIndex d, const float* x, const float* gain, float epsilon, float* y, float* inverse_rms);
void rms_norm(RowIndex n, RowIndex d, const double* x, const double* gain, double epsilon, double* y,
              double* inverse_rms);
/// dx (n, d) += and dgain (d) +=, for dy (n, d).
void rms_norm_backward(RowIndex n, RowIndex d, const float* x, const float* gain, const float* inverse_rms,
                       const float* dy, float* dx, float* dgain);
void rms_norm_backward(RowIndex n, RowIndex d, const double* x, const double* gain, const double* inverse_rms,
                       const double* dy, double* dx, double* dgain);

/// z = g sigmoid(g) u for rows (g, u) of gate_up (n, 2 h); z (n, h). Shazeer (2020).
void swiglu(RowIndex n, RowIndex h, const float* gate_up, float* z);
void swiglu(RowIndex n, RowIndex h, const double* gate_up, double* z);
/// d_gate_up (n, 2 h) =.
void swiglu_backward(RowIndex n, RowIndex h, const float* gate_up, const float* dz, float* d_gate_up);
void swiglu_backward(RowIndex n, RowIndex h, const double* gate_up, const double* dz, double* d_gate_up);

/// In place: entries [first, last) of a row of `size` scores become their softmax, all others 0. first < last.
void softmax(float* row, RowIndex first, RowIndex last, RowIndex size);
void softmax(double* row, RowIndex first, RowIndex last, RowIndex size);
/// In place: the derivative by the probabilities p becomes that by the scores, p (dp - sum p dp); 0 outside.
void softmax_backward(const float* p, float* dp, RowIndex first, RowIndex last, RowIndex size);
void softmax_backward(const double* p, double* dp, RowIndex first, RowIndex last, RowIndex size);

/// -log softmax(logits)[target]. In place the n logits become the gradient of weight times that.
double cross_entropy(float* logits, RowIndex n, RowIndex target, float weight);
double cross_entropy(double* logits, RowIndex n, RowIndex target, double weight);

/// sum x^2 over blocks of 4096 in the order of the blocks: the same for every split of work.
double sum_of_squares(const float* x, std::size_t n);
double sum_of_squares(const double* x, std::size_t n);

/// One step of AdamW on n numbers (see adam_w.hpp): m, v and p are updated with gradient `scale` g.
struct AdamWStep {
    double learning_rate = 0, decay = 0, beta1 = 0, beta2 = 0, epsilon = 0, correction1 = 0, correction2 = 0, scale = 1;
};
void adam_w(std::size_t n, const AdamWStep& step, const float* g, float* m, float* v, float* p);
void adam_w(std::size_t n, const AdamWStep& step, const double* g, double* m, double* v, double* p);

/// sum += x, n numbers.
void add_to(std::size_t n, const float* x, float* sum);
void add_to(std::size_t n, const double* x, double* sum);

}  // namespace dynkin::lm
