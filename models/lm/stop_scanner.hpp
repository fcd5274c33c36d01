#pragma once
// Text that comes in pieces, up to the first stop string.
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

class StopScanner {
public:
    /// ConfigError: an empty stop string.
    explicit StopScanner(std::vector<std::string> stop_strings);

    /// What of the text so far can be shown: all but what may be the beginning of a stop string. After a stop string
    /// has come, nothing any more; the text ends before it.
    std::string push(std::string_view piece);
    /// What was held back, when no more text comes.
    std::string finish();
    bool stopped() const { return stopped_; }

private:
    std::vector<std::string> stop_strings_;
    std::string held_;
    bool stopped_ = false;
};

}  // namespace dynkin::lm
