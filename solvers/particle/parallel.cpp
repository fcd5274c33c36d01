#include "solvers/particle/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dynkin {

int usable_threads(int n_threads, std::int64_t n_blocks) {
    if (n_threads <= 0) n_threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    return static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(n_threads, n_blocks)));
}

void parallel_blocks(std::int64_t n_blocks, int n_threads, const std::function<void(std::int64_t, int)>& body) {
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::int64_t failed_block = n_blocks;
    std::exception_ptr failure;

    const auto run = [&](int thread) {
        while (!failed) {
            const std::int64_t block = next.fetch_add(1);
            if (block >= n_blocks) return;
            try {
                body(block, thread);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(mutex);
                failed = true;
                if (block < failed_block) {
                    failed_block = block;
                    failure = std::current_exception();
                }
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        const int n = usable_threads(n_threads, n_blocks);
        for (int thread = 1; thread < n; ++thread) threads.emplace_back(run, thread);
        run(0);
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace dynkin
