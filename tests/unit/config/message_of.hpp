#pragma once
#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>
#include <string>

namespace dynkin::testing {

/// The message of the ConfigError that `work` throws; a test failure when it throws none.
template <class Work>
std::string message_of(Work work) {
    try {
        work();
    } catch (const ConfigError& error) {
        return error.what();
    }
    ADD_FAILURE() << "no ConfigError was thrown";
    return {};
}

}  // namespace dynkin::testing
