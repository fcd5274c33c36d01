// The verdict as JSON and as text. nlohmann/json stays in this file.
#include "solvers/check/verdict.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order in which they are written

Json to_json(const TestResult& test) {
    Json out;
    out["check"] = test.check;
    out["time"] = test.time;
    out["deterministic"] = test.deterministic;
    out["statistic"] = test.statistic;
    out["degrees_of_freedom"] = test.rank;
    out["p"] = test.p;
    out["adjusted_p"] = test.adjusted_p;
    out["worst"] = test.worst;
    out["left_out"] = test.left_out;
    return out;
}

Json to_json(const VerdictRow& row) {
    Json out;
    out["check"] = row.check;
    out["time"] = row.time;
    out["function"] = row.function;
    out["left"] = row.left;
    out["right"] = row.right;
    out["difference"] = row.difference;
    out["standard_error"] = row.standard_error;
    out["budget"] = {
        {"time_step", row.budget.time_step}, {"grid", row.budget.grid}, {"quadrature", row.budget.quadrature}};
    out["z"] = row.z;
    out["smallest_visible_bias"] = row.smallest_visible_bias;
    out["scale"] = row.scale;
    out["used"] = row.used;
    return out;
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
    char text[512];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

}  // namespace

std::string to_json(const Verdict& verdict) {
    Json out;
    out["verdict"] = name_of(verdict.outcome);
    out["line"] = verdict.line;
    out["false_alarm_rate"] = verdict.false_alarm_rate;
    out["resolution"] = verdict.resolution;
    out["statistics"] = Json::array();
    for (const TestResult& test : verdict.tests) out["statistics"].push_back(to_json(test));
    out["table"] = Json::array();
    for (const VerdictRow& row : verdict.table) out["table"].push_back(to_json(row));
    out["notes"] = verdict.notes;
    // Names may hold any text a config holds; bytes that are not UTF-8 are replaced rather than fatal.
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_text(const Verdict& verdict, TableRows rows) {
    std::string text = verdict.line + "\n\n";
    text += formatted("%-26s %10s %5s %12s %10s %10s  %s\n", "check", "t", "dof", "statistic", "p", "adjusted",
                      "stands out");
    for (const TestResult& t : verdict.tests) {
        std::string left_out;
        for (const std::string& name : t.left_out) left_out += (left_out.empty() ? "  left out: " : ", ") + name;
        text += formatted("%-26s %10.4g %5d %12.4g %10.3g %10.3g  ", t.check.c_str(), t.time, t.rank, t.statistic, t.p,
                          t.adjusted_p) +
                t.worst + left_out + "\n";
    }
    std::size_t hidden = 0, width = 8;
    for (const VerdictRow& r : verdict.table) width = std::max(width, std::min<std::size_t>(r.function.size(), 60));
    text += formatted("\n%-26s %10s ", "check", "t") + padded("function", width) +
            formatted(" %13s %13s %11s %10s %10s %10s %10s %7s %10s\n", "left", "right", "difference", "SE",
                      "time step", "grid", "quadrature", "z", "visible");
    for (const VerdictRow& r : verdict.table) {
        const bool ordinary = std::abs(r.z) <= 2.0 && r.used;
        if (rows == TableRows::suspicious && ordinary && r.time != verdict.table.back().time) {
            ++hidden;
            continue;
        }
        text += formatted("%-26s %10.4g ", r.check.c_str(), r.time) + padded(r.function, width) +
                formatted(" %13.6g %13.6g %11.3g %10.2g %10.2g %10.2g %10.2g %7.2f %10.2g%s\n", r.left, r.right,
                          r.difference, r.standard_error, r.budget.time_step, r.budget.grid, r.budget.quadrature, r.z,
                          r.smallest_visible_bias, r.used ? "" : "  left out");
    }
    if (hidden > 0) text += formatted("(%zu further rows with |z| <= 2)\n", hidden);
    for (const std::string& note : verdict.notes) text += "note: " + note + "\n";
    return text;
}

}  // namespace dynkin
