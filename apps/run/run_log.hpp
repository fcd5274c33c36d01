#pragma once
// log.txt of a run: what happened when.
#include <filesystem>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace dynkin {

/// Every line is flushed, so that the log tells how far a killed run came. Throws IoError when the file cannot be made.
class RunLog {
public:
    explicit RunLog(const std::filesystem::path& path);
    void write(const std::string& line);

private:
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace dynkin
