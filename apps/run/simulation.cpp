#include "apps/run/simulation.hpp"

#include "apps/run/views.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin {
namespace {

constexpr double negligible_mass = 1e-9, noticeable_mass = 1e-5;
constexpr int exact_degree = 4;

/// Mass in the first or last cells of an axis at the last output.
double mass_at_side(const Mesh& mesh, const std::vector<double>& masses, int axis, bool upper) {
    const int n[3] = {mesh.n_cells(0), mesh.dim() > 1 ? mesh.n_cells(1) : 1, mesh.dim() > 2 ? mesh.n_cells(2) : 1};
    double sum = 0.0;
    std::size_t cell = 0;
    for (int k = 0; k < n[2]; ++k)
        for (int j = 0; j < n[1]; ++j)
            for (int i = 0; i < n[0]; ++i, ++cell) {
                const int at[3] = {i, j, k};
                if (at[axis] == (upper ? n[axis] - 1 : 0)) sum += masses[cell];
            }
    return sum;
}

/// The mesh has to end somewhere; an open side that mass reaches is a wall nobody asked for.
void note_cut_off_mass(const Experiment& e, Views& views) {
    for (int j = 0; j < e.process->dim(); ++j)
        for (const bool upper : {false, true}) {
            const AxisDomain &axis = e.domain[static_cast<std::size_t>(j)],
                             &natural = e.process->natural_domain()[static_cast<std::size_t>(j)];
            const bool natural_end = upper ? axis.upper == natural.upper : axis.lower == natural.lower;
            if ((upper ? axis.at_upper : axis.at_lower) != Boundary::open || natural_end) continue;
            const double mass = mass_at_side(e.grid->mesh, views.grid->result.masses, j, upper);
            if (!(mass > noticeable_mass)) continue;
            char text[160];
            std::snprintf(text, sizeof text,
                          "the grid ends within the law: its last cells at the %s end of %s hold %.2g of the mass",
                          upper ? "upper" : "lower", e.process->variables()[static_cast<std::size_t>(j)].c_str(), mass);
            views.notes.push_back(std::string(text) + "; move that end outwards");
        }
}

/// Moment equations hold without walls. A wall that no mass reaches is none.
std::string wall_in_the_way(const Experiment& e, const Views& views) {
    for (int j = 0; j < e.process->dim(); ++j) {
        const AxisDomain& axis = e.domain[static_cast<std::size_t>(j)];
        for (const bool upper : {false, true}) {
            const Boundary side = upper ? axis.at_upper : axis.at_lower;
            if (side == Boundary::open) continue;
            if (side == Boundary::periodic)
                return "the axis " + e.process->variables()[static_cast<std::size_t>(j)] + " is periodic";
            if (!views.grid || mass_at_side(e.grid->mesh, views.grid->result.masses, j, upper) > negligible_mass)
                return "there is a wall at the " + std::string(upper ? "upper" : "lower") + " end of " +
                       e.process->variables()[static_cast<std::size_t>(j)];
        }
    }
    return {};
}

std::optional<MomentTable> moments_of(const RunContext& context, const Views& views, std::string& why) {
    const Experiment& e = context.experiment;
    why = wall_in_the_way(e, views);
    if (!why.empty()) return std::nullopt;
    std::vector<double> lower, upper;
    e.initial->support(1e-6, lower, upper);
    for (std::size_t j = 0; j < lower.size(); ++j) {
        if (!(upper[j] - lower[j] > 1e-3)) {
            const double middle = 0.5 * (lower[j] + upper[j]);
            lower[j] = middle - 0.5;
            upper[j] = middle + 0.5;
        }
        lower[j] = std::max(lower[j], e.process->natural_domain()[j].lower);
        upper[j] = std::min(upper[j], e.process->natural_domain()[j].upper);
    }
    int degree = 0;
    for (const auto& phi : e.functions)
        if (const auto d = monomial_degree(*phi)) {
            int total = 0;
            for (const int k : *d) total += k;
            degree = std::max(degree, total);
        }
    if (degree == 0) {
        why = "no monomial is among the test functions";
        return std::nullopt;
    }
    if (e.process->dim() > 6) {
        why = "more than six components";
        return std::nullopt;
    }
    return exact_moments(*e.process, *e.initial, e.time.start, e.time.outputs, lower, upper,
                         std::min(degree, exact_degree), &why);
}

void add_exact_moments(const RunContext& context, const Views& views, std::vector<Comparison>& all,
                       std::vector<std::string>& notes) {
    const Experiment& e = context.experiment;
    std::string why;
    const auto exact = moments_of(context, views, why);
    if (!exact) {
        notes.push_back("no exact moments: " + why);
        return;
    }
    for (std::size_t t = 0; t < e.time.outputs.size(); ++t) {
        std::vector<double> values;
        for (const auto& phi : e.functions) {
            const auto degree = monomial_degree(*phi);
            const auto moment = degree ? exact->at(t, *degree) : std::nullopt;
            values.push_back(moment ? *moment : std::numeric_limits<double>::quiet_NaN());
        }
        context.file.write_exact(static_cast<int>(t), values);
    }
    for (Comparison& c :
         exact_moment_comparisons(e.functions, *exact, views.audit ? &*views.particles : nullptr,
                                  views.audit ? &*views.audit : nullptr, views.grid ? &*views.grid : nullptr))
        all.push_back(std::move(c));
}

Verdict judge_views(const RunContext& context, Views& views) {
    const Experiment& e = context.experiment;
    std::vector<Comparison> all;
    const auto add = [&](std::vector<Comparison> some) {
        for (Comparison& c : some) all.push_back(std::move(c));
    };
    if (views.audit && views.grid) add(pairing_comparisons(e.functions, *views.particles, *views.audit, *views.grid));
    if (views.audit) add(dynkin_comparisons(*views.audit, e.functions, e.time.start));
    if (views.grid) add(weak_residual_comparisons(e.functions, *views.grid, e.time.start));
    add_exact_moments(context, views, all, views.notes);
    add(std::move(views.functionals));

    const std::vector<Comparison> judged = without_non_finite(std::move(all), views.notes);
    VerdictOptions options;
    options.false_alarm_rate = e.check.false_alarm_rate;
    options.resolution = e.check.resolution;
    if (e.particles) {
        options.dt = e.particles->dt;
        options.n_particles = static_cast<double>(e.particles->n);
    }
    if (e.grid) options.n_cells = static_cast<int>(e.grid->mesh.n_total());
    return judge(judged, options, views.notes);
}

}  // namespace

Verdict run_experiment(const Experiment& experiment, RunFile& file, const RunControl& control) {
    const RunContext context{experiment, file, control};
    Views views;
    if (experiment.grid) {
        run_grid(context, views);
        note_cut_off_mass(experiment, views);
    }
    if (experiment.particles) run_particles(context, views);
    run_functionals(context, views);
    const Verdict verdict = judge_views(context, views);
    file.write_verdict(verdict);
    context.log(verdict.line);
    return verdict;
}

}  // namespace dynkin
