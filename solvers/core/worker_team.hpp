#pragma once
// A few threads that stay alive between the many short stretches of work of a time step or of a token.
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dynkin {

/// Threads that sleep on a condition variable while there is nothing to do: none spins, so a busy machine loses nothing
/// by them. Results must not depend on which thread does what: each task writes its own. One caller at a time.
class WorkerTeam {
public:
    /// n_threads >= 1, the calling thread included.
    explicit WorkerTeam(int n_threads = 1);
    ~WorkerTeam();
    WorkerTeam(const WorkerTeam&) = delete;
    WorkerTeam& operator=(const WorkerTeam&) = delete;

    int n_threads() const { return static_cast<int>(threads_.size()) + 1; }

    /// Splits [0, n) into one contiguous piece a thread, calls work(first, last) on every thread with its piece and
    /// returns when all are done. `work` must not throw.
    void run(std::ptrdiff_t n, const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>& work);

    /// Calls work(task) for task = 0 ... n - 1, handed out in order to whoever is free, and returns when all are done.
    /// The caller waits for a thread that has taken a task, not for one that has not woken up yet: when the other
    /// cores are busy it does everything itself. `work` must not throw.
    void share(std::ptrdiff_t n, const std::function<void(std::ptrdiff_t)>& work);

private:
    void serve(int worker);

    std::mutex mutex_;
    std::condition_variable start_, done_;
    const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>* work_ = nullptr;  // of run; null otherwise
    const std::function<void(std::ptrdiff_t)>* tasks_ = nullptr;                 // of share; null when closed
    std::ptrdiff_t n_ = 0;
    std::atomic<std::ptrdiff_t> next_{0};
    unsigned long generation_ = 0;
    int n_running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace dynkin
