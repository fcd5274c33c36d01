#pragma once
// A directory of its own for one test, removed with everything in it.
#include <gtest/gtest.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace dynkin::testing {

class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "dynkin_test_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return directory_ / name; }
    std::filesystem::path file(const std::string& name, const std::string& content) const {
        std::ofstream(directory_ / name, std::ios::binary) << content;
        return directory_ / name;
    }
    std::size_t n_files() const {
        const std::filesystem::directory_iterator entries(directory_);
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }

private:
    std::filesystem::path directory_;
};

/// The message of the Exception that `work` throws; a test failure when it throws none.
template <class Exception, class Work>
std::string message_of(Work work) {
    try {
        work();
    } catch (const Exception& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

}  // namespace dynkin::testing
