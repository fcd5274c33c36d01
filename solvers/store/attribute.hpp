#pragma once
// A named value attached to a run file, to a group of it or to a variable.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dynkin {

using AttributeValue = std::variant<std::string, double, std::int64_t, std::uint64_t, std::vector<double>>;

struct Attribute {
    std::string name;
    AttributeValue value;
};

}  // namespace dynkin
