#include "models/lm/stop_scanner.hpp"

#include <algorithm>
#include <utility>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

StopScanner::StopScanner(std::vector<std::string> stop_strings) : stop_strings_(std::move(stop_strings)) {
    for (const std::string& stop : stop_strings_)
        if (stop.empty()) throw ConfigError("stop strings: one is empty");
}

std::string StopScanner::push(std::string_view piece) {
    if (stopped_) return "";
    held_ += piece;
    // Of several stop strings the one that begins first.
    std::size_t end = std::string::npos;
    for (const std::string& stop : stop_strings_) end = std::min(end, held_.find(stop));
    if (end != std::string::npos) {
        stopped_ = true;
        return std::exchange(held_, "").substr(0, end);
    }
    std::size_t n_held = 0;
    for (const std::string& stop : stop_strings_)
        for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > n_held; --n)
            if (std::string_view(held_).ends_with(std::string_view(stop).substr(0, n))) n_held = n;
    const std::string shown = held_.substr(0, held_.size() - n_held);
    held_.erase(0, shown.size());
    return shown;
}

std::string StopScanner::finish() {
    return stopped_ ? "" : std::exchange(held_, "");
}

}  // namespace dynkin::lm
