#pragma once
// Parameters given in code, for programs that use the library without a config.
#include "models/parameters.hpp"

#include <map>
#include <variant>

namespace dynkin {

/// make_model("ornstein_uhlenbeck", ParameterValues().set("theta", 2.0)); without values: the defaults.
class ParameterValues final : public ParameterSource {
public:
    ParameterValues& set(const std::string& name, double value) { return put(name, value); }
    ParameterValues& set(const std::string& name, std::vector<double> list) { return put(name, std::move(list)); }
    ParameterValues& set(const std::string& name, std::vector<std::vector<double>> rows) {
        return put(name, std::move(rows));
    }
    ParameterValues& set_word(const std::string& name, std::string word) { return put(name, std::move(word)); }

    std::vector<std::string> names() const override;
    bool has(std::string_view name) const override;
    int rank(std::string_view name) const override;
    double real(std::string_view name) const override;
    std::int64_t integer(std::string_view name) const override;
    std::vector<double> reals(std::string_view name) const override;
    std::vector<std::vector<double>> matrix(std::string_view name) const override;
    std::string text(std::string_view name) const override;
    /// ConfigError "<name>: <message>".
    [[noreturn]] void fail(std::string_view name, const std::string& message) const override;

private:
    using Value = std::variant<double, std::vector<double>, std::vector<std::vector<double>>, std::string>;
    ParameterValues& put(const std::string& name, Value value);
    template <class T>
    const T& get(std::string_view name, const char* expected) const;

    std::map<std::string, Value, std::less<>> values_;
};

}  // namespace dynkin
