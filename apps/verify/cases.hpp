#pragma once
// The reference cases of `dynkin verify`: closed forms and high-precision numbers from the literature, each compared
// with what this library computes. A case never reads a file and never prints.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dynkin {

struct VerifyOptions {
    int n_threads = 0;       ///< 0: as many as the machine has
    std::uint64_t seed = 1;  ///< of every Monte Carlo estimate; numbers without sampling do not depend on it
};

/// One number against its reference.
struct VerifyRow {
    std::string quantity;
    double expected = 0.0, obtained = 0.0;
    double error = 0.0;    ///< |obtained - expected|
    double allowed = 0.0;  ///< rounding, 4 standard errors + stated bias, or the tolerance of an order
    double stated_order = std::numeric_limits<double>::quiet_NaN();    ///< rows on orders only
    double observed_order = std::numeric_limits<double>::quiet_NaN();  ///< slope of a least-squares fit
    double order_error = std::numeric_limits<double>::quiet_NaN();     ///< standard error of that slope
    bool pass = false;
};

struct VerifyReport {
    std::string id, title;
    std::vector<VerifyRow> rows{};
    std::vector<std::string> notes{};  ///< what was left out or changed, and why
    double seconds = 0.0;

    /// All rows pass and there is at least one.
    bool pass() const;
};

struct VerifyCase {
    std::string id, title;
    VerifyReport (*run)(const VerifyOptions&) = nullptr;
};

/// All cases by their letters: A pathwise, B weak, C transition laws, D stationary laws and rates, S certificates
/// without sampling.
const std::vector<VerifyCase>& verify_cases();

/// Throws ConfigError with the nearest id when there is no such case.
const VerifyCase& find_verify_case(const std::string& id);

/// Runs a case and times it. An Error thrown inside becomes a failing report that says so.
VerifyReport run_verify_case(const VerifyCase& which, const VerifyOptions& options);

/// A table for the terminal, and one JSON object; numbers that are not finite are null.
std::string to_text(const VerifyReport& report);
std::string to_json(const VerifyReport& report);
/// {"pass": ..., "cases": [...]}.
std::string to_json(const std::vector<VerifyReport>& reports);

}  // namespace dynkin
