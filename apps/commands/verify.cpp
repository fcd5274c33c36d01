// `dynkin verify [CASE|all]`: the reference cases.
#include "apps/commands/commands.hpp"
#include "apps/verify/cases.hpp"

#include <cstdio>
#include <ostream>

namespace dynkin::commands {

int verify(const std::string& which, bool list, bool json, int n_threads, std::ostream& out) {
    if (list) {
        for (const VerifyCase& known : verify_cases()) out << known.id << "  " << known.title << '\n';
        return ok;
    }
    std::vector<VerifyCase> chosen;
    if (which == "all") chosen = verify_cases();
    else chosen = {find_verify_case(which)};
    VerifyOptions options;
    options.n_threads = n_threads;
    std::vector<VerifyReport> reports;
    std::size_t n_failed = 0;
    double seconds = 0.0;
    for (const VerifyCase& one : chosen) {
        reports.push_back(run_verify_case(one, options));
        const VerifyReport& report = reports.back();
        if (!report.pass()) ++n_failed;
        seconds += report.seconds;
        if (!json) out << to_text(report) << std::flush;
    }
    if (json) {
        out << (which == "all" ? to_json(reports) : to_json(reports.front())) << '\n';
    } else {
        char line[100];
        std::snprintf(line, sizeof line, "%zu of %zu cases pass (%.3g s)\n", reports.size() - n_failed, reports.size(), seconds);
        out << line;
    }
    return n_failed == 0 ? ok : mismatch;
}

}  // namespace dynkin::commands
