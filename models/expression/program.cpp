#include "models/expression/program.hpp"

#include <algorithm>

namespace dynkin::expression {
namespace {

struct Scratch {
    std::vector<double> registers, numbers;
    std::vector<double*> table;
};

template <class T>
T* at_least(std::vector<T>& storage, std::size_t n) {
    if (storage.size() < n) storage.resize(n);
    return storage.data();
}

/// On a cache line, so that no load of a whole vector crosses one.
double* aligned_at_least(std::vector<double>& storage, std::size_t n) {
    const auto address = reinterpret_cast<std::uintptr_t>(at_least(storage, n + 8));
    return storage.data() + (64 - address % 64) % 64 / sizeof(double);
}

}  // namespace

void Program::evaluate(Points x, double t, Rows out) const {
    thread_local Scratch scratch;
    const auto n_numbers = static_cast<int>(numbers_.size());
    const int first_register = n_variables_ + n_outputs_, first_number = first_register + n_registers_;
    double** const table = at_least(scratch.table, static_cast<std::size_t>(first_number + n_numbers));
    double* const registers =
        aligned_at_least(scratch.registers, static_cast<std::size_t>(n_registers_ * register_stride));
    double* const numbers = at_least(scratch.numbers, numbers_.size());

    std::copy(numbers_.begin(), numbers_.end(), numbers);
    if (time_place_ >= 0) numbers[time_place_] = t;
    // Variables are only read.
    for (int j = 0; j < n_variables_; ++j) table[j] = const_cast<double*>(x.component(j));
    for (int i = 0; i < n_outputs_; ++i) table[n_variables_ + i] = out.row(i);
    for (int r = 0; r < n_registers_; ++r) table[first_register + r] = registers + r * register_stride;
    for (int s = 0; s < n_numbers; ++s) table[first_number + s] = numbers + s;

    for (const Instruction& i : once_) i.kernel(table[i.out], table[i.a], table[i.b], table[i.c], 1);
    for (Index first = 0; first < x.n; first += strip) {
        const Index n = std::min(strip, x.n - first);
        for (const Instruction& i : per_strip_) i.kernel(table[i.out], table[i.a], table[i.b], table[i.c], n);
        for (int place = 0; place < first_register; ++place) table[place] += n;
    }
}

}  // namespace dynkin::expression
