#include "apps/run/read_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace dynkin::reading {
namespace {

std::vector<int> small_integers(const Section& section, const std::string& key, std::size_t dim, int lowest) {
    std::vector<int> values;
    for (const std::int64_t v : section.integers(key, dim, lowest, 64)) values.push_back(static_cast<int>(v));
    return values;
}

int axis_of(const Section& section, const std::vector<std::string>& variables) {
    if (variables.size() == 1 && !section.has("variable")) return 0;
    const std::string name = section.one_of("variable", variables);
    return static_cast<int>(std::find(variables.begin(), variables.end(), name) - variables.begin());
}

TestFunctionPtr read_fourier(const Section& section, const std::vector<std::string>& variables, const Domain& domain) {
    const std::size_t dim = variables.size();
    std::vector<double> lower(dim, 0.0), period(dim, 1.0);
    for (std::size_t j = 0; j < dim; ++j)
        if (std::isfinite(domain[j].lower) && std::isfinite(domain[j].upper)) {
            lower[j] = domain[j].lower;
            period[j] = domain[j].upper - domain[j].lower;
        }
    const FourierPhase phase =
        section.one_of("phase", {"cosine", "sine"}) == "sine" ? FourierPhase::sine : FourierPhase::cosine;
    return fourier(small_integers(section, "mode", dim, -64), section.reals_or("lower", lower, dim),
                   section.reals_or("period", period, dim, RealRange::positive), phase, variables);
}

TestFunctionPtr read_one(const Section& section, const std::vector<std::string>& variables, const Constants& constants,
                         const Domain& domain) {
    const std::size_t dim = variables.size();
    const std::string kind =
        section.one_of("kind", {"monomial", "hermite", "gaussian_bump", "fourier", "half_line", "box", "expression"});
    if (kind == "monomial") return monomial(small_integers(section, "degree", dim, 0), variables);
    if (kind == "hermite")
        return hermite(small_integers(section, "degree", dim, 0),
                       section.reals_or("centre", std::vector<double>(dim, 0.0), dim),
                       section.reals_or("scale", std::vector<double>(dim, 1.0), dim, RealRange::positive), variables);
    if (kind == "gaussian_bump")
        return gaussian_bump(section.reals("centre", dim), section.reals("width", dim, RealRange::with_infinity),
                             variables);
    if (kind == "fourier") return read_fourier(section, variables, domain);
    if (kind == "half_line") {
        const int axis = axis_of(section, variables);
        const Side side = section.one_of_or("side", "above", {"above", "below"}) == "below" ? Side::below : Side::above;
        return half_line_indicator(static_cast<int>(dim), axis, section.real("threshold"), side, variables);
    }
    if (kind == "box")
        return box_indicator(section.reals("lower", dim, RealRange::with_infinity),
                             section.reals("upper", dim, RealRange::with_infinity), variables);
    return expression_test_function(section.located_text("expression"), variables, constants);
}

}  // namespace

TestFunctions read_test_functions(const Section& root, const std::vector<std::string>& variables,
                                  const Constants& constants, const Domain& domain, Mass mass) {
    TestFunctions functions;
    std::set<std::string> names;
    for (const Section& section : root.sections("test_functions")) {
        TestFunctionPtr phi = located(section, "kind", [&] { return read_one(section, variables, constants, domain); });
        if (!names.insert(phi->name()).second)
            section.fail("kind", "the test function " + phi->name() + " is given twice");
        functions.push_back(std::move(phi));
    }
    if (!functions.empty()) return functions;
    return default_test_functions(domain, variables, mass);
}

TestFunctions read_test_functions(const Section& root, const ReadModel& model, const Domain& domain) {
    return read_test_functions(root, model.process->variables(), model.constants, domain,
                               model.process->has_killing() ? Mass::changing : Mass::conserved);
}

}  // namespace dynkin::reading
