#pragma once
// A few threads that stay alive between the many short sweeps of a time step.
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dynkin {

/// Splits [0, n) into one contiguous piece a thread. Results must not depend on the split: each task writes its own.
class WorkerTeam {
public:
    /// n_threads >= 1, the calling thread included.
    explicit WorkerTeam(int n_threads = 1);
    ~WorkerTeam();
    WorkerTeam(const WorkerTeam&) = delete;
    WorkerTeam& operator=(const WorkerTeam&) = delete;

    int n_threads() const { return static_cast<int>(threads_.size()) + 1; }

    /// Calls work(first, last) on every thread with its piece and returns when all are done. `work` must not throw.
    void run(std::ptrdiff_t n, const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>& work);

private:
    void serve(int worker);

    std::mutex mutex_;
    std::condition_variable start_, done_;
    const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>* work_ = nullptr;
    std::ptrdiff_t n_ = 0;
    unsigned long generation_ = 0;
    int n_running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace dynkin
