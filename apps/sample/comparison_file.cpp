// The table of a comparison as text, JSON and HDF5.
#include "apps/sample/comparison.hpp"

#include "apps/run/provenance.hpp"
#include "solvers/store/run_writer.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace dynkin {
namespace {

std::string cell(const char* format, double value) {
    char text[40];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string order_of(double order) {
    return std::isinf(order) ? "exact" : std::isnan(order) ? "" : cell("%.2f", order);
}

std::vector<double> over(const SamplerTable& table, const auto& of_row) {
    std::vector<double> all;
    for (const SamplerRow& row : table.rows)
        for (const auto& value : of_row(row)) all.push_back(static_cast<double>(value));
    return all;
}

}  // namespace

std::string to_text(const SamplerTable& table) {
    std::string text = table.setting + "\n" + table.measure + "\n\n";
    char line[64];
    std::snprintf(line, sizeof line, "%-28s", table.effort == Effort::steps ? "steps" : "model calls");
    text += line;
    for (const int column : table.columns) {
        std::snprintf(line, sizeof line, " %10d", column);
        text += line;
    }
    text += "   order  stated  floor\n";
    for (const SamplerRow& row : table.rows) {
        std::snprintf(line, sizeof line, "%-28s", row.name.c_str());
        text += line;
        for (const double error : row.error) {
            std::snprintf(line, sizeof line, " %10.2e", error);
            text += line;
        }
        std::snprintf(line, sizeof line, "  %6s  %6s", order_of(row.observed.back()).c_str(),
                      order_of(row.stated_order).c_str());
        text += line;
        text += (row.floor > 0.0 ? cell("  %.1e", row.floor) : "") + "\n";
    }
    return text;
}

std::string to_json(const SamplerTable& table) {
    using Json = nlohmann::ordered_json;
    Json out{{"measure", table.measure},
             {"setting", table.setting},
             {"effort", table.effort == Effort::steps ? "steps" : "model_calls"},
             {"columns", table.columns}};
    out["samplers"] = Json::array();
    for (const SamplerRow& row : table.rows)
        out["samplers"].push_back({{"name", row.name},
                                   {"stated_order", row.stated_order},
                                   {"steps", row.steps},
                                   {"model_calls", row.calls},
                                   {"error", row.error},
                                   {"observed_order", row.observed},
                                   {"floor", row.floor}});
    return out.dump();
}

void write_table(const std::filesystem::path& file, const SamplerTable& table, const std::string& title,
                 std::uint64_t seed, const RunIdentity& identity) {
    RunWriter writer(file);
    write_identity(writer, title, seed, identity);
    std::vector<std::string> names;
    for (const SamplerRow& row : table.rows) names.push_back(row.name);
    writer.add_dimension("sampler", names, "reverse sampler");
    const std::vector<double> columns(table.columns.begin(), table.columns.end());
    writer.add_dimension("effort", columns,
                         {"1", table.effort == Effort::steps ? "steps" : "calls of the model, at most"});
    const auto add = [&](const char* name, const std::string& long_name, const std::vector<double>& values) {
        writer.write(writer.add_variable(name, {"sampler", "effort"}, {"1", long_name}), values);
    };
    add("error", table.measure, over(table, [](const SamplerRow& row) { return row.error; }));
    add("steps", "steps taken", over(table, [](const SamplerRow& row) { return row.steps; }));
    add("model_calls", "calls of the model per sample", over(table, [](const SamplerRow& row) { return row.calls; }));
    add("observed_order", "order from the column before",
        over(table, [](const SamplerRow& row) { return row.observed; }));
    std::vector<double> stated, floor;
    for (const SamplerRow& row : table.rows) {
        stated.push_back(row.stated_order);
        floor.push_back(row.floor);
    }
    writer.write(writer.add_variable("stated_order", {"sampler"}, {"1", "order the sampler states"}), stated);
    writer.write(writer.add_variable("floor", {"sampler"}, {"1", "sampling noise of the error"}), floor);
    writer.attribute("/", "setting", table.setting);
    writer.attribute("/provenance", "end", utc_now());
    writer.close();
}

}  // namespace dynkin
