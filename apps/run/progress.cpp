#include "apps/run/progress.hpp"

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto redraw_terminal = std::chrono::milliseconds(100);
constexpr auto redraw_log = std::chrono::seconds(60);
constexpr int bar_width = 24;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string clock_text(double seconds) {
    if (!std::isfinite(seconds) || seconds > 3.6e6) return "?";
    const int s = static_cast<int>(seconds + 0.5);
    char text[32];
    if (s >= 3600)
        std::snprintf(text, sizeof text, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%d:%02d", s / 60, s % 60);
    return text;
}

std::string rate_text(double rate) {
    const char* const prefix[] = {"", " k", " M", " G"};
    int p = 0;
    for (; rate >= 1000.0 && p < 3; ++p) rate /= 1000.0;
    char text[32];
    std::snprintf(text, sizeof text, "%.3g%s", rate, prefix[p]);
    return text;
}

}  // namespace

Progress::Progress(Mode mode) : on_(mode != Mode::quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
    end();
}

void Progress::begin(const std::string& stage, double total, const std::string& unit) {
    end();
    const std::lock_guard<std::mutex> lock(mutex_);
    stage_ = stage;
    unit_ = unit;
    total_ = total;
    start_ = Clock::now();
    last_ = terminal_ ? Clock::time_point{} : start_;
}

void Progress::update(double done) {
    if (!on_) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto now = Clock::now();
    if (stage_.empty() || now - last_ < (terminal_ ? Clock::duration(redraw_terminal) : Clock::duration(redraw_log)))
        return;
    last_ = now;
    draw(done, false);
}

void Progress::end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (on_ && drawn_) draw(total_, true);
    stage_.clear();
    drawn_ = false;
}

void Progress::draw(double done, bool last) {
    drawn_ = true;
    const double share = total_ > 0.0 ? std::clamp(done / total_, 0.0, 1.0) : 0.0, elapsed = seconds_since(start_);
    const std::string rate = rate_text(elapsed > 0.0 ? done / elapsed : 0.0) + unit_ + "/s";
    const std::string left = last ? "in " + clock_text(elapsed)
                                  : clock_text(share > 0.0 ? elapsed * (1.0 - share) / share : INFINITY) + " left";
    if (!terminal_) {
        std::fprintf(stderr, "%s: %3.0f %%, %s, %s\n", stage_.c_str(), 100.0 * share, rate.c_str(), left.c_str());
        return;
    }
    const int full = static_cast<int>(share * bar_width + 0.5);
    std::fprintf(stderr, "\r\033[K%-12s [%s%s] %3.0f %%  %s  %s%s", stage_.c_str(),
                 std::string(static_cast<std::size_t>(full), '#').c_str(),
                 std::string(static_cast<std::size_t>(bar_width - full), ' ').c_str(), 100.0 * share, rate.c_str(),
                 left.c_str(), last ? "\r\033[K" : "");
    std::fflush(stderr);
}

}  // namespace dynkin
