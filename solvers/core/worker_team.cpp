#include "solvers/core/worker_team.hpp"

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
    work_ = nullptr;
}

void WorkerTeam::share(std::ptrdiff_t n, const std::function<void(std::ptrdiff_t)>& work) {
    if (threads_.empty() || n <= 1) {
        for (std::ptrdiff_t task = 0; task < n; ++task) work(task);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        tasks_ = &work;
        n_ = n;
        next_ = 0;
        ++generation_;
    }
    start_.notify_all();
    for (std::ptrdiff_t task = next_.fetch_add(1); task < n; task = next_.fetch_add(1)) work(task);
    std::unique_lock lock(mutex_);
    tasks_ = nullptr;  // who wakes up from here on finds nothing
    done_.wait(lock, [this] { return n_running_ == 0; });
}

void WorkerTeam::serve(int worker) {
    unsigned long seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        start_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
        const std::ptrdiff_t n = n_;
        if (const auto* work = work_) {
            const auto n_all = static_cast<std::ptrdiff_t>(threads_.size()) + 1;
            lock.unlock();
            (*work)(n * worker / n_all, n * (worker + 1) / n_all);
            lock.lock();
            if (--n_running_ == 0) done_.notify_one();
        } else if (const auto* tasks = tasks_) {
            ++n_running_;
            lock.unlock();
            for (std::ptrdiff_t task = next_.fetch_add(1); task < n; task = next_.fetch_add(1)) (*tasks)(task);
            lock.lock();
            if (--n_running_ == 0) done_.notify_one();
        }
    }
}

}  // namespace dynkin
