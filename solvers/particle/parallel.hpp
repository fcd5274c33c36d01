#pragma once
#include <cstdint>
#include <functional>

namespace dynkin {

/// n_threads, or the number the machine has when n_threads <= 0; never more than n_blocks, at least 1.
int usable_threads(int n_threads, std::int64_t n_blocks);

/// Calls body(block, thread) for block = 0 ... n_blocks - 1, handed out in order to `n_threads` threads (the caller is
/// one of them). When calls throw, no further blocks are handed out, the running ones finish, and the exception of
/// the lowest block is rethrown: the outcome does not depend on the number of threads.
void parallel_blocks(std::int64_t n_blocks, int n_threads, const std::function<void(std::int64_t, int)>& body);

}  // namespace dynkin
