// spdlog stays in this file.
#include "apps/run/run_log.hpp"

#include "solvers/core/errors.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace dynkin {

RunLog::RunLog(const std::filesystem::path& path) {
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string(), true);
        logger_ = std::make_shared<spdlog::logger>("run", std::move(sink));
    } catch (const spdlog::spdlog_ex& error) {
        throw IoError("cannot write '" + path.string() + "': " + error.what());
    }
    logger_->set_pattern("%Y-%m-%d %H:%M:%S.%e %v");
    logger_->flush_on(spdlog::level::info);
    // A full disk must not end the run by an exception of the log; the store notices it and says so.
    logger_->set_error_handler([](const std::string&) {});
}

void RunLog::write(const std::string& line) {
    logger_->info("{}", line);
}

}  // namespace dynkin
