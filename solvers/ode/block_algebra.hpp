#pragma once
// Blocks of particles as the states of an Odeint stepper. Included by the .cpp files of this folder only.
#include "solvers/core/dispatch.hpp"
#include "solvers/core/points.hpp"

#include <boost/numeric/odeint/util/is_resizeable.hpp>
#include <boost/numeric/odeint/util/resize.hpp>
#include <boost/numeric/odeint/util/same_size.hpp>

namespace dynkin {

/// Consecutive rows of a block, padding included.
struct RowSpan {
    double* data = nullptr;
    int n_rows = 0;
    Index n = 0, stride = 0;
};

inline RowSpan rows_of(Block& block, int first, int n_rows) {
    return {block.row(first), n_rows, block.size(), block.stride()};
}

namespace block_algebra {

inline double* flat(Block& block) {
    return block.row(0);
}
inline const double* flat(const Block& block) {
    return block.row(0);
}
inline double* flat(const RowSpan& rows) {
    return rows.data;
}
inline Index flat_size(const Block& block) {
    return block.n_rows() * block.stride();
}
inline Index flat_size(const RowSpan& rows) {
    return rows.n_rows * rows.stride;
}

// One body, compiled for every vector level; each element is independent of the others.
template <class Op, class... P>
DYNKIN_INLINE void each(Index n, const Op& op, double* out, const P*... in) {
    for (Index i = 0; i < n; ++i) op(out[i], in[i]...);
}
template <class Op, class... P>
DYNKIN_TARGET_V4 void each_v4(Index n, const Op& op, double* out, const P*... in) {
    each(n, op, out, in...);
}
template <class Op, class... P>
DYNKIN_TARGET_V3 void each_v3(Index n, const Op& op, double* out, const P*... in) {
    each(n, op, out, in...);
}

template <class Op, class Out, class... In>
void apply(const Op& op, Out& out, const In&... in) {
    const Index n = flat_size(out);
    double* to = flat(out);
    switch (vector_level()) {
        case VectorLevel::v4: return each_v4(n, op, to, static_cast<const double*>(flat(in))...);
        case VectorLevel::v3: return each_v3(n, op, to, static_cast<const double*>(flat(in))...);
        default: return each(n, op, to, static_cast<const double*>(flat(in))...);
    }
}

}  // namespace block_algebra

/// Odeint's algebra concept: the loops its fixed steps of four stages and its symplectic steps need.
struct BlockAlgebra {
    template <class S1, class S2, class S3, class Op>
    static void for_each3(S1& s1, const S2& s2, const S3& s3, Op op) {
        block_algebra::apply(op, s1, s2, s3);
    }
    template <class S1, class S2, class S3, class S4, class Op>
    static void for_each4(S1& s1, const S2& s2, const S3& s3, const S4& s4, Op op) {
        block_algebra::apply(op, s1, s2, s3, s4);
    }
    template <class S1, class S2, class S3, class S4, class S5, class Op>
    static void for_each5(S1& s1, const S2& s2, const S3& s3, const S4& s4, const S5& s5, Op op) {
        block_algebra::apply(op, s1, s2, s3, s4, s5);
    }
    template <class S1, class S2, class S3, class S4, class S5, class S6, class Op>
    static void for_each6(S1& s1, const S2& s2, const S3& s3, const S4& s4, const S5& s5, const S6& s6, Op op) {
        block_algebra::apply(op, s1, s2, s3, s4, s5, s6);
    }
};

}  // namespace dynkin

namespace boost::numeric::odeint {

template <>
struct is_resizeable<dynkin::Block> {
    using type = boost::true_type;
    static const bool value = type::value;
};
template <>
struct same_size_impl<dynkin::Block, dynkin::Block> {
    static bool same_size(const dynkin::Block& a, const dynkin::Block& b) {
        return a.n_rows() == b.n_rows() && a.size() == b.size();
    }
};
template <>
struct resize_impl<dynkin::Block, dynkin::Block> {
    static void resize(dynkin::Block& block, const dynkin::Block& like) { block.resize(like.n_rows(), like.size()); }
};
template <>
struct same_size_impl<dynkin::Block, dynkin::RowSpan> {
    static bool same_size(const dynkin::Block& a, const dynkin::RowSpan& b) {
        return a.n_rows() == b.n_rows && a.size() == b.n;
    }
};
template <>
struct resize_impl<dynkin::Block, dynkin::RowSpan> {
    static void resize(dynkin::Block& block, const dynkin::RowSpan& like) { block.resize(like.n_rows, like.n); }
};

}  // namespace boost::numeric::odeint
