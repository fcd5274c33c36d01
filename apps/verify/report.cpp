// Reports as text and as JSON. nlohmann/json stays in this file.
#include "apps/verify/cases.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_of(const VerifyReport& report) {
    Json out;
    out["id"] = report.id;
    out["title"] = report.title;
    out["pass"] = report.pass();
    out["seconds"] = number(report.seconds);
    out["rows"] = Json::array();
    for (const VerifyRow& row : report.rows) {
        Json line;
        line["quantity"] = row.quantity;
        line["expected"] = number(row.expected);
        line["obtained"] = number(row.obtained);
        line["error"] = number(row.error);
        line["allowed"] = number(row.allowed);
        line["stated_order"] = number(row.stated_order);
        line["observed_order"] = number(row.observed_order);
        line["order_standard_error"] = number(row.order_error);
        line["pass"] = row.pass;
        out["rows"].push_back(std::move(line));
    }
    out["notes"] = report.notes;
    return out;
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
    char text[512];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

}  // namespace

std::string to_json(const VerifyReport& report) {
    return json_of(report).dump(2);
}

std::string to_json(const std::vector<VerifyReport>& reports) {
    Json out;
    out["pass"] = std::all_of(reports.begin(), reports.end(), [](const VerifyReport& report) { return report.pass(); });
    out["cases"] = Json::array();
    for (const VerifyReport& report : reports) out["cases"].push_back(json_of(report));
    return out.dump(2);
}

std::string to_text(const VerifyReport& report) {
    std::size_t width = 8;
    for (const VerifyRow& row : report.rows) width = std::max(width, row.quantity.size());
    const int w = static_cast<int>(std::min<std::size_t>(width, 100));
    std::string text = formatted("%s  %s: %s (%.1f s)\n", report.id.c_str(), report.title.c_str(),
                                 report.pass() ? "pass" : "FAIL", report.seconds);
    text += formatted("  %-*s %18s %18s %10s %10s %14s\n", w, "quantity", "expected", "obtained", "error", "allowed",
                      "order");
    for (const VerifyRow& row : report.rows) {
        text += formatted("  %-*s %18.12g %18.12g %10.2e %10.2e ", w, row.quantity.c_str(), row.expected, row.obtained,
                          row.error, row.allowed);
        text += std::isnan(row.observed_order) ? formatted("%14s", "")
                                               : formatted("%6.3f +- %4.3f", row.observed_order, row.order_error);
        text += row.pass ? "  pass\n" : "  FAIL\n";
    }
    for (const std::string& note : report.notes) text += "  note: " + note + "\n";
    return text;
}

}  // namespace dynkin
