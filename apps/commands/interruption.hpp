#pragma once
// Ctrl-C, SIGTERM and --max-wall ask a run to stop; it finishes what it is at and leaves a readable file.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace dynkin::commands {

/// While it lives, SIGINT and SIGTERM set requested(); a second one ends the process at once.
class Interruption {
public:
    /// max_wall [s]: 0 means no limit.
    explicit Interruption(double max_wall);
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    const std::atomic<bool>& requested() const;

private:
    std::thread timer_;
    std::mutex mutex_;
    std::condition_variable done_;
    bool finished_ = false;
};

/// "90", "90s", "15m", "1h30m" in seconds. Throws ConfigError.
double duration_from(const std::string& text);

}  // namespace dynkin::commands
