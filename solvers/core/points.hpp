#pragma once
// Views of blocks of points, structure of arrays. Every hot loop of the library runs over one of these.
#include <cstddef>
#include <new>
#include <vector>

namespace dynkin {

using Index = std::ptrdiff_t;

/// n points of R^dim: component j of point i is data[j * stride + i].
struct Points {
    const double* data = nullptr;
    int dim = 0;
    Index n = 0;
    Index stride = 0;

    const double* component(int j) const { return data + j * stride; }
    Points slice(Index first, Index count) const { return {data + first, dim, count, stride}; }
};

/// Rows of results beside a block of points: entry i of row r is data[r * stride + i].
struct Rows {
    double* data = nullptr;
    Index stride = 0;

    double* row(int r) const { return data + r * stride; }
};

/// For std::vector: storage that starts at a cache line, so that no vector of eight doubles straddles two.
template <class T>
struct CacheLineAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    CacheLineAllocator() = default;
    template <class U>
    CacheLineAllocator(const CacheLineAllocator<U>&) {}
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
    void deallocate(T* data, std::size_t) { ::operator delete(data, alignment); }
    template <class U>
    bool operator==(const CacheLineAllocator<U>&) const {
        return true;
    }
};

/// Owned rows (n_rows, n). Rows start 64-byte aligned: the stride is n rounded up to 8 and never a multiple of 512, so
/// that equal positions in different rows do not share a cache set.
class Block {
public:
    Block() = default;
    Block(int n_rows, Index n) { resize(n_rows, n); }

    void resize(int n_rows, Index n) {
        n_rows_ = n_rows;
        n_ = n;
        stride_ = (n + 7) / 8 * 8;
        if (stride_ % 512 == 0) stride_ += 8;
        storage_.assign(static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(stride_), 0.0);
    }
    int n_rows() const { return n_rows_; }
    Index size() const { return n_; }
    Index stride() const { return stride_; }
    double* row(int r) { return storage_.data() + r * stride_; }
    const double* row(int r) const { return storage_.data() + r * stride_; }
    Rows rows() { return {storage_.data(), stride_}; }
    Points points() const { return {storage_.data(), n_rows_, n_, stride_}; }
    Points points(Index n) const { return {storage_.data(), n_rows_, n, stride_}; }

private:
    int n_rows_ = 0;
    Index n_ = 0, stride_ = 0;
    std::vector<double, CacheLineAllocator<double>> storage_;
};

}  // namespace dynkin
