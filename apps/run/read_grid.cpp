#include "apps/run/read_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/fokker_planck.hpp"

#include <cmath>

namespace dynkin::reading {
namespace {

// Time error allowed: small against what the cells of a usual grid owe. In several dimensions, and where some axes
// carry and others diffuse, splitting makes small steps cost much.
double usual_tolerance(std::size_t dim, bool mixed) {
    return mixed || dim == 3 ? 1e-4 : dim == 2 ? 1e-5 : 1e-6;
}

const std::vector<std::string> boundary_words = {"open", "reflecting", "absorbing", "periodic"};

Boundary boundary_of(const Section& section, const std::string& word) {
    const auto at = std::find(boundary_words.begin(), boundary_words.end(), word);
    if (at == boundary_words.end()) section.fail("boundary", unknown_name("boundary", word, boundary_words));
    constexpr Boundary kinds[] = {Boundary::open, Boundary::reflecting, Boundary::absorbing, Boundary::periodic};
    return kinds[at - boundary_words.begin()];
}

/// `boundary`: one [lower, upper] pair an axis; one pair for one axis may stand alone. Absent: the model's own sides.
void read_boundary(const Section& section, const Process& process, Domain& domain) {
    const std::size_t dim = domain.size();
    if (!section.has("boundary")) {
        for (std::size_t j = 0; j < dim; ++j) {
            const AxisDomain& natural = process.natural_domain()[j];
            if (natural.at_lower == Boundary::periodic) {
                domain[j].at_lower = domain[j].at_upper = Boundary::periodic;
                continue;
            }
            if (domain[j].lower == natural.lower) domain[j].at_lower = natural.at_lower;
            if (domain[j].upper == natural.upper) domain[j].at_upper = natural.at_upper;
        }
        return;
    }
    std::vector<std::vector<std::string>> words;
    if (dim == 1 && section.rank_of("boundary") == 1)
        words = {section.texts("boundary", 2)};
    else
        words = section.text_matrix("boundary", dim, 2);
    for (std::size_t j = 0; j < dim; ++j) {
        domain[j].at_lower = boundary_of(section, words[j][0]);
        domain[j].at_upper = boundary_of(section, words[j][1]);
        if ((domain[j].at_lower == Boundary::periodic) != (domain[j].at_upper == Boundary::periodic))
            section.fail("boundary", "an axis is periodic on both sides or on none");
    }
}

void require_inside_natural(const Section& section, const Process& process, const Domain& domain) {
    for (std::size_t j = 0; j < domain.size(); ++j) {
        const AxisDomain& natural = process.natural_domain()[j];
        const std::string& variable = process.variables()[j];
        const bool ring = natural.at_lower == Boundary::periodic;
        const double slack = 1e-12 * (domain[j].upper - domain[j].lower);
        if (ring && domain[j].at_lower == Boundary::periodic) {
            const double turns = (domain[j].upper - domain[j].lower) / (natural.upper - natural.lower);
            if (std::abs(turns - std::round(turns)) > 1e-9)
                section.fail("upper", "the axis " + variable + " of '" + process.name() + "' has the period " +
                                          std::to_string(natural.upper - natural.lower) +
                                          "; upper - lower must be a multiple of it");
            continue;
        }
        if (domain[j].lower < natural.lower - slack)
            section.fail("lower", "'" + process.name() + "' lives at " + variable +
                                      " >= " + std::to_string(natural.lower) + "; the domain starts at " +
                                      std::to_string(domain[j].lower));
        if (domain[j].upper > natural.upper + slack)
            section.fail("upper", "'" + process.name() + "' lives at " + variable +
                                      " <= " + std::to_string(natural.upper) + "; the domain ends at " +
                                      std::to_string(domain[j].upper));
    }
}

std::vector<double> axis_faces(const Section& grid, std::size_t axis, std::size_t dim, const AxisDomain& sides,
                               int cells) {
    const auto graded = grid.find_section("grading");
    if (!graded) return uniform_faces(sides.lower, sides.upper, cells);
    const std::vector<double> ratio = graded->reals("ratio", dim, RealRange::positive);
    std::vector<double> middle(dim, 0.5 * (sides.lower + sides.upper));
    const std::vector<double> centre = graded->has("centre") ? graded->reals("centre", dim) : middle;
    if (ratio[axis] < 1.0) graded->fail("ratio", "the widest cell over the narrowest is at least 1");
    if (ratio[axis] == 1.0) return uniform_faces(sides.lower, sides.upper, cells);
    return located(*graded, "centre",
                   [&] { return graded_faces(sides.lower, sides.upper, cells, centre[axis], ratio[axis]); });
}

}  // namespace

std::optional<GridSettings> read_grid(const Section& root, const std::shared_ptr<const Process>& shared_process,
                                      Domain& domain) {
    const Process& process = *shared_process;
    const auto grid = root.find_section("grid");
    if (!grid) return std::nullopt;
    const auto dim = static_cast<std::size_t>(process.dim());
    if (dim > 3)
        throw ConfigError(to_string(grid->location()) + ": grid: '" + process.name() + "' has " + std::to_string(dim) +
                          " components; grids reach to 3: leave the section out");
    const std::vector<double> lower = grid->reals("lower", dim), upper = grid->reals("upper", dim);
    const std::vector<std::int64_t> cells = grid->integers("cells", dim, 3, 100'000'000);
    domain.assign(dim, {});
    for (std::size_t j = 0; j < dim; ++j) {
        domain[j].lower = lower[j];
        domain[j].upper = upper[j];
        if (!(lower[j] < upper[j]))
            grid->fail("upper", "upper[" + std::to_string(j) + "] = " + std::to_string(upper[j]) +
                                    " must lie above lower[" + std::to_string(j) + "] = " + std::to_string(lower[j]));
    }
    read_boundary(*grid, process, domain);
    require_inside_natural(*grid, process, domain);
    double n_cells = 1.0;
    for (const std::int64_t n : cells) n_cells *= static_cast<double>(n);
    if (n_cells > 2e8) grid->fail("cells", "more than 200 million cells do not fit");

    GridSettings settings;
    for (std::size_t j = 0; j < dim; ++j)
        settings.mesh.faces.push_back(axis_faces(*grid, j, dim, domain[j], static_cast<int>(cells[j])));
    settings.flux =
        grid->one_of_or("flux", "weno5", {"weno5", "muscl"}) == "muscl" ? AdvectiveFlux::muscl : AdvectiveFlux::weno5;
    settings.method =
        grid_method(grid->one_of_or("method", "sdirk2", {"sdirk2", "backward_euler", "krylov", "uniformisation"}));
    const FokkerPlanck op = located(*grid, "cells", [&] {
        return FokkerPlanck({shared_process, settings.mesh, domain, settings.flux});
    });
    bool mixed = false;
    for (std::size_t j = 0; j < dim; ++j) mixed = mixed || !op.diffusive(static_cast<int>(j));
    settings.steps.tolerance = grid->real_or("tolerance", usual_tolerance(dim, mixed), RealRange::positive);
    if (grid->has("dt")) settings.steps.fixed_dt = grid->positive_real("dt");
    return settings;
}

Domain read_domain(const Section& root, const Process& process) {
    const auto dim = static_cast<std::size_t>(process.dim());
    const auto section = root.find_section("domain");
    if (!section) return process.natural_domain();
    if (root.has("grid")) section->fail("lower", "[grid] already says where the domain ends; leave [domain] out");
    Domain domain(dim);
    const std::vector<double> lower = section->reals("lower", dim, RealRange::with_infinity);
    const std::vector<double> upper = section->reals("upper", dim, RealRange::with_infinity);
    for (std::size_t j = 0; j < dim; ++j) {
        domain[j].lower = lower[j];
        domain[j].upper = upper[j];
        if (!(lower[j] < upper[j])) section->fail("upper", "every upper end must lie above its lower end");
    }
    read_boundary(*section, process, domain);
    require_inside_natural(*section, process, domain);
    return domain;
}

}  // namespace dynkin::reading
