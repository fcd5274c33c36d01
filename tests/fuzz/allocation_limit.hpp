#pragma once
// For fuzz programs of file readers: no single allocation may be larger than the input justifies. Included by one file
// of a program, since it replaces operator new. libFuzzer, which brings its own, has -malloc_limit_mb instead.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>

namespace dynkin::fuzz {

inline std::size_t largest_allocation = std::numeric_limits<std::size_t>::max();

/// While it lives: 64 bytes for every byte of the input, and 1 MiB for tables of the program itself.
class AllocationLimit {
public:
    explicit AllocationLimit(std::size_t input_size) { largest_allocation = 64 * input_size + (std::size_t{1} << 20); }
    ~AllocationLimit() { largest_allocation = std::numeric_limits<std::size_t>::max(); }
    AllocationLimit(const AllocationLimit&) = delete;
    AllocationLimit& operator=(const AllocationLimit&) = delete;
};

}  // namespace dynkin::fuzz

#ifndef DYNKIN_LIBFUZZER
void* operator new(std::size_t size) {
    if (size > dynkin::fuzz::largest_allocation) {
        std::fprintf(stderr, "an allocation of %zu bytes, at most %zu expected\n", size,
                     dynkin::fuzz::largest_allocation);
        std::abort();
    }
    if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
#endif
