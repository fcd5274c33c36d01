#pragma once
// Cases have to pass and mutants have to fail, by the same code.
#include "apps/verify/cases.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dynkin::testing_cases {

/// Cases that take a second or more; they are run by slow_cases_test.
inline const std::vector<std::string>& slow_cases() {
    static const std::vector<std::string> ids = {"A5", "A6", "A9", "B1", "B10", "C7", "C9", "D8", "D10"};
    return ids;
}

inline void expect_case_passes(const std::string& id) {
    const VerifyReport report = run_verify_case(find_verify_case(id), {});
    EXPECT_TRUE(report.pass()) << to_text(report);
}

/// The rows of a report that fail, by quantity.
inline std::vector<std::string> failures(const VerifyReport& report) {
    std::vector<std::string> names;
    for (const VerifyRow& row : report.rows)
        if (!row.pass) names.push_back(row.quantity);
    return names;
}

/// A mutant: the report fails, and each of `must` is part of the name of a failing row.
inline void expect_caught(VerifyReport report, const std::vector<std::string>& must = {}) {
    report.id = "mutant";
    const std::vector<std::string> failed = failures(report);
    EXPECT_FALSE(failed.empty()) << to_text(report);
    for (const std::string& part : must) {
        bool found = false;
        for (const std::string& name : failed) found = found || name.find(part) != std::string::npos;
        EXPECT_TRUE(found) << part << "\n" << to_text(report);
    }
}
inline void expect_caught(const VerifyRow& row) {
    expect_caught(VerifyReport{.id = "", .title = "", .rows = {row}});
}
inline void expect_passes(const VerifyRow& row) {
    EXPECT_TRUE(row.pass) << to_text(VerifyReport{.id = "", .title = "", .rows = {row}});
}

}  // namespace dynkin::testing_cases
