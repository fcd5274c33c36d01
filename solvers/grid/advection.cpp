#include "solvers/grid/advection.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/flux_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace dynkin {

namespace {

// Cell that stands in for cell i of an axis of n: itself, or beyond an end its image.
int image(int i, int n, const AdvectiveAxis& axis) {
    if (i >= 0 && i < n) return i;
    const AdvectiveSide side = i < 0 ? axis.lower : axis.upper;
    if (side == AdvectiveSide::periodic) return (i % n + n) % n;
    if (side == AdvectiveSide::closed) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return std::clamp(i, 0, n - 1);
}

// Rows of a field as parallel tasks.
template <class Work>
void for_rows(const GridField& shape, WorkerTeam& team, Work work) {
    const int n_y = shape.n_cells(1);
    team.run(Index{n_y} * shape.n_cells(2), [&](Index from, Index to) {
        for (Index r = from; r < to; ++r) work(static_cast<int>(r % n_y), static_cast<int>(r / n_y));
    });
}

DYNKIN_CLONES void subtract_difference(Index n, double h, const double* above, const double* below, double* out) {
    for (Index i = 0; i < n; ++i) out[i] -= h * (above[i] - below[i]);
}
DYNKIN_CLONES void mix(Index n, double a, const double* x, double b, const double* y, double* out) {
    for (Index i = 0; i < n; ++i) out[i] = a * x[i] + b * y[i];
}
DYNKIN_CLONES void extra_transfer(Index n, double h, const double* low, double* high) {
    for (Index i = 0; i < n; ++i) high[i] = h * (high[i] - low[i]);
}
// Mass leaving a row of cells through its two faces of one axis.
DYNKIN_CLONES void add_outgoing(Index n, const double* below, const double* above, double* out) {
    for (Index i = 0; i < n; ++i) out[i] += std::max(above[i], 0.0) + std::max(-below[i], 0.0);
}
DYNKIN_CLONES void scale_by_giver(Index n, const double* below, const double* above, double* transfer) {
    for (Index i = 0; i < n; ++i) transfer[i] *= transfer[i] > 0.0 ? below[i] : above[i];
}
DYNKIN_CLONES void to_factors(Index n, const double* held, double* outgoing) {
    for (Index i = 0; i < n; ++i) outgoing[i] = giving_factor(held[i], outgoing[i]);
}
// Taken first, given after: the intermediate value is what the factors keep >= 0.
DYNKIN_CLONES void take(Index n, const double* below, const double* above, double* m) {
    for (Index i = 0; i < n; ++i) m[i] -= std::max(above[i], 0.0) + std::max(-below[i], 0.0);
}
DYNKIN_CLONES void give(Index n, const double* below, const double* above, double* m) {
    for (Index i = 0; i < n; ++i) m[i] += std::max(below[i], 0.0) + std::max(-above[i], 0.0);
}

// Faces below and above the cells of row (j, k) along axis a.
struct FacePair {
    const double *below, *above;
    FacePair(const GridField& faces, int a, int j, int k)
        : below(faces.row(j, k)),
          above(a == 0   ? below + 1
                : a == 1 ? faces.row(j + 1, k)
                         : faces.row(j, k + 1)) {}
};

GridField faces_of(const GridField& shape, int axis) {
    std::vector<int> n;
    for (int a = 0; a < shape.dim(); ++a) n.push_back(shape.n_cells(a) + (a == axis ? 1 : 0));
    return GridField(n);
}

}  // namespace

Advection::Advection(const GridField& shape, std::vector<AdvectiveAxis> axes, FaceVelocity velocity, AdvectiveFlux flux,
                     bool autonomous)
    : axes_(std::move(axes)),
      velocity_(std::move(velocity)),
      autonomous_(autonomous),
      stage_(shape),
      update_(shape),
      factor_(shape) {
    bool any_graded = false;
    for (const AdvectiveAxis& axis : axes_) {
        const auto [least, most] = std::minmax_element(axis.widths.begin(), axis.widths.end());
        if (axis.widths.size() != static_cast<std::size_t>(shape.n_cells(axis.axis)) || axis.widths.size() < 3)
            throw ConfigError("advection: axis " + std::to_string(axis.axis) + " needs at least 3 cells");
        uniform_.push_back(*most - *least <= 1e-9 * *most);
        any_graded = any_graded || !uniform_.back();
        flux_.push_back(flux == AdvectiveFlux::weno5 && !uniform_.back() ? AdvectiveFlux::muscl : flux);
        weights_.push_back(muscl_weights(uniform_.back() ? std::vector<double>(axis.widths.size(), 1.0) : axis.widths));
        low_.push_back(faces_of(shape, axis.axis));
        high_.push_back(low_.back());
    }
    if (any_graded) line_density_ = GridField(shape);
}

const Advection::Velocities& Advection::velocities_at(double t) {
    // The cache holds more times than one step uses, so a step's references survive until its end.
    ++clock_;
    for (Velocities& v : cache_)
        if (v.last_use > 0 && (autonomous_ || v.t == t)) {
            v.last_use = clock_;
            return v;
        }
    Velocities& v = *std::min_element(cache_.begin(), cache_.end(),
                                      [](const Velocities& x, const Velocities& y) { return x.last_use < y.last_use; });
    v.faces = low_;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const AdvectiveAxis& axis = axes_[a];
        GridField& face = v.faces[a];
        velocity_(axis.axis, t, face);
        const int n = face.n_cells(axis.axis) - 1;
        const double scale = uniform_[a] ? 1.0 / axis.widths[0] : 1.0;
        for (int k = 0; k < face.n_cells(2); ++k)
            for (int j = 0; j < face.n_cells(1); ++j)
                for (int i = 0; i < face.n_cells(0); ++i) {
                    double& u = face.row(j, k)[i];
                    const int f = axis.axis == 0 ? i : axis.axis == 1 ? j : k;
                    if (f == 0 && axis.lower == AdvectiveSide::closed) u = 0.0;
                    if (f == 0 && axis.lower == AdvectiveSide::outflow) u = std::min(u, 0.0);
                    if (f == n && axis.upper == AdvectiveSide::closed) u = 0.0;
                    if (f == n && axis.upper == AdvectiveSide::outflow) u = std::max(u, 0.0);
                    // The two ends of a periodic axis are one face, whatever round-off the velocity has there.
                    if (f == n && axis.upper == AdvectiveSide::periodic)
                        u = *(&u - n * face.stride(axis.axis));
                    else
                        u *= scale;
                }
    }
    v.t = t;
    v.last_use = clock_;
    measure_rate(v);
    return v;
}

void Advection::measure_rate(Velocities& v) const {
    v.largest_rate = 0.0;
    for (int k = 0; k < stage_.n_cells(2); ++k)
        for (int j = 0; j < stage_.n_cells(1); ++j)
            for (int i = 0; i < stage_.n_cells(0); ++i) {
                double rate = 0.0;
                for (std::size_t a = 0; a < axes_.size(); ++a) {
                    const int axis = axes_[a].axis;
                    const FacePair face(v.faces[a], axis, j, k);
                    const int cell = axis == 0 ? i : axis == 1 ? j : k;
                    const double width = uniform_[a] ? 1.0 : axes_[a].widths[static_cast<std::size_t>(cell)];
                    rate += std::max(std::abs(face.below[i]), std::abs(face.above[i])) / width;
                }
                v.largest_rate = std::max(v.largest_rate, rate);
            }
    if (!std::isfinite(v.largest_rate))
        throw NumericsError("advection: the drift is not finite on a face of the grid at t = " + std::to_string(v.t) +
                            "; move the sides of the grid away from the singularity");
}

double Advection::largest_rate(double t) {
    return velocities_at(t).largest_rate;
}

void Advection::line_fluxes(std::size_t a, const GridField& q, const Velocities& v, int j, int k,
                            std::vector<double>& buffer) {
    const AdvectiveAxis& axis = axes_[a];
    const int n = q.n_cells(axis.axis);
    FaceStencil stencil;
    Index n_faces = q.n_cells(0);
    const MusclWeights* weights = weights_[a].data();
    bool same_weights = true;
    if (axis.axis == 0) {
        buffer.resize(static_cast<std::size_t>(n) + 6);
        const double* row = q.row(j, k);
        std::copy_n(row, n, buffer.data() + 3);
        for (const int i : {-3, -2, -1, n, n + 1, n + 2})
            buffer[static_cast<std::size_t>(i + 3)] = row[image(i, n, axis)];
        for (int m = 0; m < 3; ++m) {
            stencil.below[m] = buffer.data() + 2 - m;
            stencil.above[m] = buffer.data() + 3 + m;
        }
        n_faces = n + 1;
        same_weights = uniform_[a];
    } else {
        const int f = axis.axis == 1 ? j : k;
        const auto row = [&](int i) {
            return axis.axis == 1 ? q.row(image(i, n, axis), k) : q.row(j, image(i, n, axis));
        };
        for (int m = 0; m < 3; ++m) {
            stencil.below[m] = row(f - 1 - m);
            stencil.above[m] = row(f + m);
        }
        weights += f;
    }
    const double* rate = v.faces[a].row(j, k);
    double *low = low_[a].row(j, k), *high = high_[a].row(j, k);
    switch (flux_[a]) {
        case AdvectiveFlux::weno5: return weno5_fluxes(n_faces, stencil, rate, low, high);
        case AdvectiveFlux::muscl: return muscl_fluxes(n_faces, stencil, rate, weights, same_weights, low, high);
        default: return upwind_fluxes(n_faces, stencil, rate, low, high);
    }
}

void Advection::fluxes(const GridField& masses, const Velocities& v, WorkerTeam& team) {
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const GridField* q = &masses;
        if (!uniform_[a]) {
            q = &line_density_;
            for_rows(masses, team, [&](int j, int k) {
                const double* m = masses.row(j, k);
                double* out = line_density_.row(j, k);
                for (int i = 0; i < masses.n_cells(0); ++i) {
                    const int cell = axes_[a].axis == 0 ? i : axes_[a].axis == 1 ? j : k;
                    out[i] = m[i] / axes_[a].widths[static_cast<std::size_t>(cell)];
                }
            });
        }
        const int n_y = low_[a].n_cells(1);
        team.run(Index{n_y} * low_[a].n_cells(2), [&](Index from, Index to) {
            std::vector<double> buffer;
            for (Index r = from; r < to; ++r)
                line_fluxes(a, *q, v, static_cast<int>(r % n_y), static_cast<int>(r / n_y), buffer);
        });
    }
}

void Advection::add_divergence(double h, const std::vector<GridField>& flux, WorkerTeam& team, GridField& out) const {
    for_rows(out, team, [&](int j, int k) {
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            const FacePair face(flux[a], axes_[a].axis, j, k);
            subtract_difference(out.n_cells(0), h, face.above, face.below, out.row(j, k));
        }
    });
}

// Flux-corrected transport: high_ becomes the extra transfers h (high - low), reduced; out = low update + transfers.
Index Advection::limit(double h, WorkerTeam& team, const GridField& masses, GridField& out) {
    const Index n_x = out.n_cells(0);
    out = masses;
    add_divergence(h, low_, team, out);
    for (std::size_t a = 0; a < axes_.size(); ++a)
        for_rows(low_[a], team,
                 [&](int j, int k) { extra_transfer(low_[a].n_cells(0), h, low_[a].row(j, k), high_[a].row(j, k)); });
    for_rows(out, team, [&](int j, int k) {
        double* factor = factor_.row(j, k);
        std::fill_n(factor, n_x, 0.0);
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            const FacePair face(high_[a], axes_[a].axis, j, k);
            add_outgoing(n_x, face.below, face.above, factor);
        }
        to_factors(n_x, out.row(j, k), factor);
    });
    Index n_limited = 0;
    for (int k = 0; k < out.n_cells(2); ++k)
        for (int j = 0; j < out.n_cells(1); ++j)
            n_limited += std::count_if(factor_.row(j, k), factor_.row(j, k) + n_x, [](double f) { return f < 1.0; });
    const std::vector<double> ones(static_cast<std::size_t>(n_x), 1.0);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const AdvectiveAxis& axis = axes_[a];
        const int n = out.n_cells(axis.axis);
        const bool periodic = axis.lower == AdvectiveSide::periodic;
        for_rows(low_[a], team, [&](int j, int k) {
            double* transfer = high_[a].row(j, k);
            if (axis.axis == 0) {
                const double* f = factor_.row(j, k);
                const double first = periodic ? f[n - 1] : 1.0, last = periodic ? f[0] : 1.0;
                scale_by_giver(1, &first, f, transfer);
                scale_by_giver(n - 1, f, f + 1, transfer + 1);
                scale_by_giver(1, f + n - 1, &last, transfer + n);
                return;
            }
            const int face = axis.axis == 1 ? j : k;
            const auto row = [&](int i) {
                if (!periodic && (i < 0 || i >= n)) return ones.data();
                const int cell = (i + n) % n;
                return static_cast<const double*>(axis.axis == 1 ? factor_.row(cell, k) : factor_.row(j, cell));
            };
            scale_by_giver(n_x, row(face - 1), row(face), transfer);
        });
    }
    for_rows(out, team, [&](int j, int k) {
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            const FacePair face(high_[a], axes_[a].axis, j, k);
            take(n_x, face.below, face.above, out.row(j, k));
        }
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            const FacePair face(high_[a], axes_[a].axis, j, k);
            give(n_x, face.below, face.above, out.row(j, k));
        }
    });
    return n_limited;
}

AdvectionOutcome Advection::euler(const GridField& masses, const Velocities& v, double h, WorkerTeam& team,
                                  GridField& out) {
    AdvectionOutcome outcome;
    fluxes(masses, v, team);
    out = masses;
    add_divergence(h, high_, team, out);
    const bool limited = !(out.smallest() >= 0.0);
    if (limited) outcome.n_limited = limit(h, team, masses, out);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const AdvectiveAxis& axis = axes_[a];
        const auto slot = static_cast<std::size_t>(axis.axis);
        const int n = out.n_cells(axis.axis);
        const auto through = [&](int face) {
            double sum = 0.0;
            for (int k = 0; k < low_[a].n_cells(2); ++k)
                for (int j = 0; j < low_[a].n_cells(1); ++j)
                    for (int i = 0; i < low_[a].n_cells(0); ++i)
                        if ((axis.axis == 0 ? i : axis.axis == 1 ? j : k) == face)
                            sum +=
                                limited ? h * low_[a].row(j, k)[i] + high_[a].row(j, k)[i] : h * high_[a].row(j, k)[i];
            return sum;
        };
        if (axis.lower == AdvectiveSide::outflow) outcome.absorbed_lower[slot] = -through(0);
        if (axis.upper == AdvectiveSide::outflow) outcome.absorbed_upper[slot] = through(n);
    }
    return outcome;
}

bool Advection::try_step(GridField& masses, double t, double h, WorkerTeam& team, AdvectionOutcome& outcome) {
    const Velocities &start = velocities_at(t), &end = velocities_at(t + h), &middle = velocities_at(t + 0.5 * h);
    if (h * std::max({start.largest_rate, middle.largest_rate, end.largest_rate}) > 0.99) return false;

    // u1 = E(u), u2 = 3/4 u + 1/4 E(u1), u3 = 1/3 u + 2/3 E(u2); the wall fluxes are combined alike.
    const Index n = static_cast<Index>(masses.storage().size());
    double* u = masses.storage().data();
    const AdvectionOutcome first = euler(masses, start, h, team, stage_);
    const AdvectionOutcome second = euler(stage_, end, h, team, update_);
    mix(n, 0.75, u, 0.25, update_.storage().data(), stage_.storage().data());
    const AdvectionOutcome third = euler(stage_, middle, h, team, update_);
    mix(n, 1.0 / 3.0, u, 2.0 / 3.0, update_.storage().data(), u);
    for (std::size_t a = 0; a < 3; ++a) {
        outcome.absorbed_lower[a] +=
            (first.absorbed_lower[a] + second.absorbed_lower[a] + 4.0 * third.absorbed_lower[a]) / 6.0;
        outcome.absorbed_upper[a] +=
            (first.absorbed_upper[a] + second.absorbed_upper[a] + 4.0 * third.absorbed_upper[a]) / 6.0;
    }
    outcome.n_limited += first.n_limited + second.n_limited + third.n_limited;
    return true;
}

AdvectionOutcome Advection::advance(GridField& masses, double t, double span, WorkerTeam& team) {
    double rate = velocities_at(t).largest_rate;
    if (!autonomous_)
        rate = std::max({rate, velocities_at(t + 0.5 * span).largest_rate, velocities_at(t + span).largest_rate});
    double n_steps = std::max(1.0, std::ceil(rate * span / courant));
    const GridField start = masses;
    for (int attempt = 0; attempt < 12; ++attempt, n_steps *= 2.0) {
        AdvectionOutcome outcome;
        const double h = span / n_steps;
        bool fits = true;
        for (double s = 0.0; s < n_steps && fits; s += 1.0) fits = try_step(masses, t + s * h, h, team, outcome);
        if (fits) return outcome;
        masses = start;
    }
    throw NumericsError("advection: no step from t = " + std::to_string(t) +
                        " satisfies the Courant condition; the "
                        "drift grows too fast inside one step, use a shorter one");
}

void Advection::add_generator(double t, const GridField& masses, GridField& out, WorkerTeam& team) {
    fluxes(masses, velocities_at(t), team);
    add_divergence(1.0, high_, team, out);
}

std::vector<Advection::Outflow> Advection::outflows(double t, const GridField& masses, WorkerTeam& team) {
    std::vector<Outflow> all;
    for (std::size_t a = 0; a < axes_.size(); ++a)
        for (const bool upper : {false, true}) {
            if ((upper ? axes_[a].upper : axes_[a].lower) != AdvectiveSide::outflow) continue;
            if (all.empty()) fluxes(masses, velocities_at(t), team);
            const int axis = axes_[a].axis;
            Outflow out{axis, upper, {}};
            std::array<int, 3> n{masses.n_cells(0), masses.n_cells(1), masses.n_cells(2)};
            const Index face = upper ? n[static_cast<std::size_t>(axis)] * high_[a].stride(axis) : 0;
            n[static_cast<std::size_t>(axis)] = 1;
            for (int k = 0; k < n[2]; ++k)
                for (int j = 0; j < n[1]; ++j)
                    for (int i = 0; i < n[0]; ++i)
                        out.flux.push_back((upper ? 1.0 : -1.0) * (high_[a].row(j, k) + i)[face]);
            all.push_back(std::move(out));
        }
    return all;
}

}  // namespace dynkin
