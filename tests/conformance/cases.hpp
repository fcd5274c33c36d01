#pragma once
// What the conformance tests run over: every model of model_list() with its default parameters and in each calculus it
// can be read in, and a few settings that show a model in another shape. A new entry of the list needs nothing here.
#include "models/models.hpp"
#include "models/parameter_values.hpp"
#include "solvers/core/process.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace dynkin::conformance {

struct Case {
    std::string label;
    std::string model;
    ParameterValues values;

    std::shared_ptr<const Process> process() const { return make_model(model, values); }
};

inline void PrintTo(const Case& c, std::ostream* out) {
    *out << c.label;
}

/// "A, B, C" as a list.
inline std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(", ", begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = end + 2;
    }
    return words;
}

inline std::vector<Case> cases() {
    std::vector<Case> list;
    for (const ModelInfo& info : model_list()) {
        list.push_back({info.name, info.name, {}});
        for (const ParameterInfo& parameter : info.parameters)
            if (parameter.type == "word")
                for (const std::string& word : split(parameter.range))
                    list.push_back(
                        {info.name + "_" + word, info.name, ParameterValues().set_word(parameter.name, word)});
    }
    using List = std::vector<double>;
    using Rows = std::vector<std::vector<double>>;
    list.push_back({"ornstein_uhlenbeck_rotating", "ornstein_uhlenbeck",
                    ParameterValues().set("theta", Rows{{0.5, 2.0}, {-2.0, 1.0}}).set("sigma", 0.5)});
    list.push_back({"ornstein_uhlenbeck_correlated", "ornstein_uhlenbeck",
                    ParameterValues()
                        .set("theta", List{1.0, 0.3})
                        .set("mean", List{0.2, -0.4})
                        .set("sigma", Rows{{0.5, 0.2, -0.1}, {0.3, 0.4, 0.6}})});
    list.push_back({"ornstein_uhlenbeck_oscillator", "ornstein_uhlenbeck",
                    ParameterValues().set("theta", Rows{{0.0, -1.0}, {1.0, 0.5}}).set("sigma", Rows{{0.0}, {0.8}})});
    list.push_back({"drifted_brownian_3d", "drifted_brownian",
                    ParameterValues().set("mu", List{1.0, -0.5, 0.2}).set("sigma", 0.7)});
    list.push_back(
        {"wright_fisher_mutation", "wright_fisher", ParameterValues().set("s", 0.5).set("u", 0.3).set("v", 0.2)});
    return list;
}

inline auto in_every_case() {
    return ::testing::ValuesIn(cases());
}
inline std::string label_of(const ::testing::TestParamInfo<Case>& info) {
    return info.param.label;
}

/// A box well inside the natural domain: [-2, 2] where that is open, [0.2, 1.2] from a single end, the inner 60 %
/// between two.
struct Box {
    std::vector<double> lower, upper;
};

inline Box inner_box(const Process& process) {
    Box box;
    for (const AxisDomain& axis : process.natural_domain()) {
        const bool below = std::isfinite(axis.lower), above = std::isfinite(axis.upper);
        const double length = below && above ? axis.upper - axis.lower : 1.0;
        box.lower.push_back(below ? axis.lower + 0.2 * length : above ? axis.upper - 1.2 : -2.0);
        box.upper.push_back(above ? axis.upper - 0.2 * length : below ? axis.lower + 1.2 : 2.0);
    }
    return box;
}

/// n points of the box by the additive recurrence with the generalised golden ratio.
inline Block points_in(const Box& box, Index n) {
    const int d = static_cast<int>(box.lower.size());
    double phi = 2.0;
    for (int it = 0; it < 60; ++it) phi = std::pow(1.0 + phi, 1.0 / (d + 1.0));
    Block x(d, n);
    for (int j = 0; j < d; ++j) {
        const auto l = static_cast<std::size_t>(j);
        const double alpha = std::pow(1.0 / phi, j + 1.0);
        for (Index q = 0; q < n; ++q)
            x.row(j)[q] =
                box.lower[l] + (box.upper[l] - box.lower[l]) * std::fmod(0.5 + alpha * static_cast<double>(q + 1), 1.0);
    }
    return x;
}

}  // namespace dynkin::conformance
