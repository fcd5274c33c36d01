#include "solvers/core/test_functions.hpp"

#include "solvers/core/test_function_names.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dynkin {

using namespace test_function_names;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct FamilyBuilder {
    const Domain& box;
    VariableNames names;
    int d;
    TestFunctions family;

    bool periodic(int j) const { return box[static_cast<std::size_t>(j)].at_lower == Boundary::periodic; }
    double lower(int j) const { return box[static_cast<std::size_t>(j)].lower; }
    double upper(int j) const { return box[static_cast<std::size_t>(j)].upper; }
    bool finite(int j) const { return std::isfinite(lower(j)) && std::isfinite(upper(j)); }

    void add_monomials() {
        std::vector<int> degree(static_cast<std::size_t>(d), 0);
        for (int i = 0; i < d; ++i) {
            if (periodic(i)) continue;
            degree[static_cast<std::size_t>(i)] = 1;
            family.push_back(monomial(degree, names));
            degree[static_cast<std::size_t>(i)] = 0;
        }
        for (int i = 0; i < d; ++i)
            for (int j = i; j < d; ++j) {
                if (periodic(i) || periodic(j) || (d > 7 && i != j)) continue;
                ++degree[static_cast<std::size_t>(i)];
                ++degree[static_cast<std::size_t>(j)];
                family.push_back(monomial(degree, names));
                degree.assign(static_cast<std::size_t>(d), 0);
            }
    }

    void add_modes() {
        std::vector<double> low, period;
        for (int j = 0; j < d; ++j) {
            low.push_back(periodic(j) ? lower(j) : 0.0);
            period.push_back(periodic(j) ? upper(j) - lower(j) : 1.0);
        }
        for (int j = 0; j < d; ++j)
            for (int k = 1; periodic(j) && k <= 2; ++k)
                for (const FourierPhase phase : {FourierPhase::cosine, FourierPhase::sine}) {
                    std::vector<int> mode(static_cast<std::size_t>(d), 0);
                    mode[static_cast<std::size_t>(j)] = k;
                    family.push_back(fourier(mode, low, period, phase, names));
                }
    }

    // A bump with its centre at these fractions of the finite, aperiodic axes.
    void add_bump(const std::vector<double>& fraction, double width) {
        std::vector<double> centre(static_cast<std::size_t>(d), 0.0), widths(static_cast<std::size_t>(d), infinity);
        for (int j = 0; j < d; ++j) {
            if (periodic(j) || !finite(j)) continue;
            const auto c = static_cast<std::size_t>(j);
            centre[c] = lower(j) + fraction[c] * (upper(j) - lower(j));
            widths[c] = width * (upper(j) - lower(j));
        }
        if (std::none_of(widths.begin(), widths.end(), [](double w) { return std::isfinite(w); })) return;
        // Centres that differ along a left-out axis only give the same function.
        TestFunctionPtr bump = gaussian_bump(centre, widths, names);
        if (std::none_of(family.begin(), family.end(), [&](const auto& phi) { return phi->name() == bump->name(); }))
            family.push_back(std::move(bump));
    }

    void add_bumps() {
        if (d == 1)
            for (const double f : {0.3, 0.5, 0.7}) add_bump({f}, 0.1);
        if (d == 2)
            for (const auto& f : {std::vector{0.35, 0.35}, {0.65, 0.35}, {0.35, 0.65}, {0.65, 0.65}}) add_bump(f, 0.15);
        if (d == 3)  // alternate corners of a cube, and its middle
            for (const auto& f : {std::vector{0.35, 0.35, 0.35}, {0.65, 0.65, 0.35}, {0.65, 0.35, 0.65},
                                  {0.35, 0.65, 0.65}, {0.5, 0.5, 0.5}})
                add_bump(f, 0.18);
    }
};

}  // namespace

TestFunctions default_test_functions(const Domain& box, const VariableNames& variables, Mass mass) {
    require(!box.empty(), "default family", "the domain has no axis");
    FamilyBuilder build{box, names_for(box.size(), variables), static_cast<int>(box.size()), {}};
    const bool absorbing = std::any_of(box.begin(), box.end(), [](const AxisDomain& axis) {
        return axis.at_lower == Boundary::absorbing || axis.at_upper == Boundary::absorbing;
    });
    if (absorbing || mass == Mass::changing) build.family.push_back(monomial(std::vector<int>(box.size(), 0), build.names));
    build.add_monomials();
    build.add_modes();
    if (build.d <= 3) build.add_bumps();
    if (build.d == 1 && build.finite(0) && !build.periodic(0))
        for (const double f : {0.4, 0.6})
            build.family.push_back(half_line_indicator(1, 0, build.lower(0) + f * (build.upper(0) - build.lower(0)),
                                                       Side::below, build.names));
    return std::move(build.family);
}

}  // namespace dynkin
