// `dynkin info FILE`: what a run file holds.
#include "apps/commands/commands.hpp"
#include "solvers/store/run_reader.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <ostream>

namespace dynkin::commands {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const AttributeValue& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}

std::string text_of(const AttributeValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return json_of(value).dump();
}

std::string shape_of(const VariableInfo& v) {
    std::string text;
    for (std::size_t i = 0; i < v.dimensions.size(); ++i)
        text += (i > 0 ? ", " : "") + v.dimensions[i] + " " + std::to_string(v.shape[i]);
    return "(" + text + ")";
}

}  // namespace

int info(const std::string& given, bool json, std::ostream& out) {
    std::filesystem::path path = given;
    if (std::filesystem::is_directory(path)) path /= "run.h5";
    const RunReader run(path);
    if (json) {
        Json object{{"path", path.string()}};
        for (const char* group : {"/", "/provenance"}) {
            Json& attributes = object[group == std::string("/") ? "attributes" : "provenance"] = Json::object();
            for (const Attribute& a : run.attributes(group)) attributes[a.name] = json_of(a.value);
        }
        object["variables"] = Json::array();
        for (const VariableInfo& v : run.variables())
            object["variables"].push_back({{"name", v.name},
                                           {"dimensions", v.dimensions},
                                           {"shape", v.shape},
                                           {"units", v.units},
                                           {"long_name", v.long_name}});
        out << object.dump(2) << '\n';
        return ok;
    }
    out << path.string() << '\n';
    for (const Attribute& a : run.attributes("/")) out << "  " << a.name << ": " << text_of(a.value) << '\n';
    out << "provenance\n";
    for (const Attribute& a : run.attributes("/provenance"))
        if (a.name != "config") out << "  " << a.name << ": " << text_of(a.value) << '\n';
    out << "variables\n";
    for (const VariableInfo& v : run.variables())
        out << "  " << v.name << shape_of(v) << (v.is_text ? "" : " [" + v.units + "]")
            << (v.long_name.empty() ? "" : "  " + v.long_name) << '\n';
    return ok;
}

}  // namespace dynkin::commands
