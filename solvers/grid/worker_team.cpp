#include "solvers/grid/worker_team.hpp"

#include "solvers/core/errors.hpp"

#include <string>

namespace dynkin {

WorkerTeam::WorkerTeam(int n_threads) {
    if (n_threads < 1) throw ConfigError("n_threads: at least one thread is needed, not " + std::to_string(n_threads));
    for (int w = 1; w < n_threads; ++w) threads_.emplace_back([this, w] { serve(w); });
}

WorkerTeam::~WorkerTeam() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    start_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void WorkerTeam::run(std::ptrdiff_t n, const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>& work) {
    const auto n_all = static_cast<std::ptrdiff_t>(threads_.size()) + 1;
    if (n_all == 1 || n <= 1) {
        work(0, n);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        work_ = &work;
        n_ = n;
        n_running_ = static_cast<int>(threads_.size());
        ++generation_;
    }
    start_.notify_all();
    work(0, n / n_all);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return n_running_ == 0; });
}

void WorkerTeam::serve(int worker) {
    unsigned long seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        start_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
        const auto n_all = static_cast<std::ptrdiff_t>(threads_.size()) + 1;
        const auto first = n_ * worker / n_all, last = n_ * (worker + 1) / n_all;
        const auto* work = work_;
        lock.unlock();
        (*work)(first, last);
        lock.lock();
        if (--n_running_ == 0) done_.notify_one();
    }
}

}  // namespace dynkin
