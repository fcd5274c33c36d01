#include "models/parameter_values.hpp"

#include <cmath>

namespace dynkin {

ParameterValues& ParameterValues::put(const std::string& name, Value value) {
    values_[name] = std::move(value);
    return *this;
}

template <class T>
const T& ParameterValues::get(std::string_view name, const char* expected) const {
    const auto found = values_.find(name);
    if (found == values_.end()) fail(name, "has no value");
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    fail(name, std::string("must be ") + expected);
}

std::vector<std::string> ParameterValues::names() const {
    std::vector<std::string> list;
    for (const auto& [name, value] : values_) list.push_back(name);
    return list;
}

bool ParameterValues::has(std::string_view name) const {
    return values_.find(name) != values_.end();
}

int ParameterValues::rank(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return 0;
    if (std::holds_alternative<std::vector<double>>(found->second)) return 1;
    return std::holds_alternative<std::vector<std::vector<double>>>(found->second) ? 2 : 0;
}

double ParameterValues::real(std::string_view name) const {
    return get<double>(name, "a number");
}

std::int64_t ParameterValues::integer(std::string_view name) const {
    const double value = get<double>(name, "an integer");
    if (value != std::floor(value) || std::abs(value) > 0x1p53)
        fail(name, "must be an integer, not " + shortest(value));
    return static_cast<std::int64_t>(value);
}

std::vector<double> ParameterValues::reals(std::string_view name) const {
    return get<std::vector<double>>(name, "a list of numbers");
}

std::vector<std::vector<double>> ParameterValues::matrix(std::string_view name) const {
    return get<std::vector<std::vector<double>>>(name, "a list of lists of numbers");
}

std::string ParameterValues::text(std::string_view name) const {
    return get<std::string>(name, "a word");
}

void ParameterValues::fail(std::string_view name, const std::string& message) const {
    throw ConfigError(std::string(name) + ": " + message);
}

}  // namespace dynkin
