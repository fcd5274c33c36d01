#pragma once
// What a person sees while a run goes on: a bar on a terminal, a line a minute elsewhere.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace dynkin {

/// Thread-safe. Writes to standard error, nothing when quiet.
class Progress {
public:
    enum class Mode { quiet, automatic };
    explicit Progress(Mode mode);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// A new stage of `total` units: "particles 42 % ... 12.3 M/s, 0:05 left".
    void begin(const std::string& stage, double total, const std::string& unit);
    void update(double done);
    void end();

private:
    void draw(double done, bool last);

    bool on_ = false, terminal_ = false, drawn_ = false;
    std::mutex mutex_;
    std::string stage_, unit_;
    double total_ = 0.0;
    std::chrono::steady_clock::time_point start_{}, last_{};
};

}  // namespace dynkin
