#pragma once
// A table with what it was expected to show: as text, JSON and store.
#include "apps/lm/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin::language {

struct StudyColumn {
    std::string name, heading, long_name;  ///< of the store, of the printed table, for people
    int digits = 2;                        ///< behind the point, printed
    std::vector<double> values;            ///< (rows); NaN prints as "-"
};

/// A published trend, with the numbers that it was judged by.
struct StudyGate {
    std::string text;
    bool reached = false;
};

struct StudyTable {
    std::string name, title;
    std::string row_name;             ///< of the first column, and of the dimension
    std::vector<std::string> labels;  ///< (rows)
    std::vector<StudyColumn> columns;
    std::vector<StudyGate> gates{};
    std::vector<std::string> notes{};

    bool all_reached() const;
};

/// Aligned, then a line a gate, then notes.
std::string to_text(const StudyTable& table);
/// {"study", "title", "rows": [{row_name, column...}], "gates": [{"gate", "reached"}]}
nlohmann::ordered_json to_json(const StudyTable& table);
/// run.h5 with a variable a column over row_name, config.toml, table.txt. IoError.
void write_table(const std::filesystem::path& directory, const StudyTable& table, const Settings& settings,
                 std::uint64_t seed, const std::string& command_line);

}  // namespace dynkin::language
