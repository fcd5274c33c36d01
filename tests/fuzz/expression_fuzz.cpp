// Whatever bytes come in as an expression: a model, test functions, sets and constants are made of it and evaluated, or
// a ConfigError tells the place. Values do not depend on how the points are split.
#include "models/expression/expression_functions.hpp"
#include "models/expression/expression_process.hpp"
#include "solvers/core/errors.hpp"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace {

using namespace dynkin;

constexpr Index n = 5;
constexpr double points[2 * n] = {0.0, 1.0, -1.5, 2.5, 1e3, 0.0, -2.0, 0.5, 2.5, -1e3};
const Points x{points, 2, n, n};

[[noreturn]] void abort_with(const std::string& what, const std::string& text) {
    std::cerr << what << ": " << text << '\n';
    std::abort();
}

template <class Read>
void attempt(Read read) {
    try {
        read();
    } catch (const ConfigError& error) {
        const std::string message = error.what();
        if (message.find("fuzz.toml:") == std::string::npos) abort_with("no location in", message);
    }
}

void evaluate(const Process& process) {
    double out[8 * n];
    for (const double t : {0.0, 0.7}) {
        process.drift(x, t, {out, n});
        process.sigma(x, t, {out, n});
        process.ito_drift(x, t, {out, n});
        process.drift_jacobian(x, t, {out, n});
        process.drift_time_derivative(x, t, {out, n});
        process.sigma_derivative_along_noise(x, t, {out, n});
        if (process.has_killing()) process.killing_rate(x, t, {out, n});
    }
}

void make_models(const LocatedText& text) {
    ExpressionModel model;
    model.variables = {{"x", text.where}, {"y", text.where}};
    model.drift = {text, {"-y + t*x", text.where}};
    model.sigma = {{{"1", text.where}, {"y", text.where}}, {{"0", text.where}, text}};
    model.parameters = {{"D", 0.1}, {"a", 2.0}};
    model.calculus = Calculus::stratonovich;
    model.killing = text;
    attempt([&] { evaluate(*make_expression_process(model)); });
}

void make_functions(const LocatedText& text) {
    const std::vector<std::string> variables = {"x", "y"};
    const Constants constants = {{"D", 0.1}, {"a", 2.0}};
    attempt([&] {
        const auto function = expression_function(text, variables, constants);
        double whole[n], single;
        function(x, whole);
        for (Index q = 0; q < n; ++q) {
            function(x.slice(q, 1), &single);
            if (single == single && std::bit_cast<std::uint64_t>(single) != std::bit_cast<std::uint64_t>(whole[q]))
                abort_with("another value alone", text.text);
        }
    });
    attempt([&] {
        const auto phi = expression_test_function(text, variables, constants);
        double value[n], gradient[2 * n], hessian[4 * n];
        if (phi->smooth()) phi->derivatives(x, value, {gradient, n}, {hessian, n});
        const double lower[2] = {0.0, 0.0}, upper[2] = {1.0, 1.0};
        phi->cell_mean(lower, upper);
    });
    attempt([&] {
        const auto set = expression_level_set(text, variables, constants);
        double level[n], gradient[2 * n];
        set->level(x, level);
        set->gradient(x, {gradient, n});
    });
    attempt([&] { evaluate_constant(text, constants); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const LocatedText text{std::string(reinterpret_cast<const char*>(data), size), {"fuzz.toml", 3, 10}};
    make_models(text);
    make_functions(text);
    return 0;
}
