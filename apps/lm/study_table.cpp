#include "apps/lm/study_table.hpp"

#include "apps/run/provenance.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin::language {
namespace {

std::string cell(double value, int digits) {
    if (std::isnan(value)) return "-";
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
    const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
    return right ? blanks + text : text + blanks;
}

}  // namespace

bool StudyTable::all_reached() const {
    return std::all_of(gates.begin(), gates.end(), [](const StudyGate& gate) { return gate.reached; });
}

std::string to_text(const StudyTable& table) {
    std::vector<std::string> lines;
    std::size_t first = table.row_name.size();
    for (const std::string& label : table.labels) first = std::max(first, label.size());
    lines.push_back(padded(table.row_name, first, false));
    for (const std::string& label : table.labels) lines.push_back(padded(label, first, false));
    for (const StudyColumn& column : table.columns) {
        std::size_t width = column.heading.size();
        for (const double value : column.values) width = std::max(width, cell(value, column.digits).size());
        lines[0] += "  " + padded(column.heading, width, true);
        for (std::size_t r = 0; r < column.values.size(); ++r)
            lines[r + 1] += "  " + padded(cell(column.values[r], column.digits), width, true);
    }
    std::string text = table.title + "\n\n";
    for (const std::string& line : lines) text += line + "\n";
    if (!table.gates.empty()) text += "\n";
    for (const StudyGate& gate : table.gates) text += (gate.reached ? "reached  " : "MISSED   ") + gate.text + "\n";
    for (const std::string& note : table.notes) text += note + "\n";
    return text;
}

nlohmann::ordered_json to_json(const StudyTable& table) {
    nlohmann::ordered_json out{
        {"study", table.name}, {"title", table.title}, {"rows", nlohmann::ordered_json::array()}};
    for (std::size_t r = 0; r < table.labels.size(); ++r) {
        nlohmann::ordered_json row{{table.row_name, table.labels[r]}};
        for (const StudyColumn& column : table.columns) row[column.name] = column.values[r];
        out["rows"].push_back(row);
    }
    if (table.gates.empty()) return out;
    out["gates"] = nlohmann::ordered_json::array();
    for (const StudyGate& gate : table.gates) out["gates"].push_back({{"gate", gate.text}, {"reached", gate.reached}});
    return out;
}

void write_table(const std::filesystem::path& directory, const StudyTable& table, const Settings& settings,
                 std::uint64_t seed, const std::string& command_line) {
    const RunIdentity identity = identity_of(settings, command_line);
    RunWriter file(directory / "run.h5");
    write_identity(file, table.name, seed, identity);
    file.attribute("/", "setting", table.title);
    std::string dimension = table.row_name;
    std::replace(dimension.begin(), dimension.end(), ' ', '_');
    file.add_dimension(dimension, table.labels, "rows of the table");
    for (const StudyColumn& column : table.columns)
        file.write(file.add_variable(column.name, {dimension}, {"1", column.long_name}), column.values);
    std::string gates;
    for (const StudyGate& gate : table.gates) gates += (gate.reached ? "reached  " : "MISSED   ") + gate.text + "\n";
    if (!gates.empty()) file.attribute("/", "gates", gates);
    file.attribute("/provenance", "end", utc_now());
    file.close();
    write_text_atomically(directory / "table.txt", to_text(table));
    write_text_atomically(directory / "config.toml", identity.config_text);
}

}  // namespace dynkin::language
