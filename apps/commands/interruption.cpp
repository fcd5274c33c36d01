#include "apps/commands/interruption.hpp"

#include "solvers/core/errors.hpp"

#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace dynkin::commands {
namespace {

std::atomic<bool> stop_requested{false};

void on_signal(int signal) {
    if (stop_requested.exchange(true)) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
}

}  // namespace

Interruption::Interruption(double max_wall) {
    stop_requested = false;
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    if (!(max_wall > 0.0)) return;
    timer_ = std::thread([this, max_wall] {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!done_.wait_for(lock, std::chrono::duration<double>(max_wall), [this] { return finished_; }))
            stop_requested = true;
    });
}

Interruption::~Interruption() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        finished_ = true;
    }
    done_.notify_all();
    if (timer_.joinable()) timer_.join();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& Interruption::requested() const {
    return stop_requested;
}

double duration_from(const std::string& text) {
    double total = 0.0;
    const char* at = text.c_str();
    const auto refuse = [&] {
        throw ConfigError("--max-wall: '" + text + "' is no duration; expected 90s, 15m or 1h30m");
    };
    if (text.empty()) refuse();
    while (*at != '\0') {
        if (std::isdigit(static_cast<unsigned char>(*at)) == 0 && *at != '.') refuse();
        char* end = nullptr;
        const double value = std::strtod(at, &end);
        if (end == at) refuse();
        at = end;
        switch (*at) {
            case 'h':
                total += 3600.0 * value;
                ++at;
                break;
            case 'm':
                total += 60.0 * value;
                ++at;
                break;
            case 's':
                total += value;
                ++at;
                break;
            case '\0': total += value; break;
            default: refuse();
        }
    }
    if (!(total > 0.0)) refuse();
    return total;
}

}  // namespace dynkin::commands
