#include "solvers/check/audit.hpp"

#include "solvers/check/dynkin_residual.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/moments.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/particle/stepper.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

namespace dynkin {
namespace {

constexpr Index block_size = 256;
constexpr double step_safety = 1.5;
constexpr double share_of_largest = 0.3;

/// Count, mean and the second and third central sums. Merged as in Pebay (2008), Sandia report 2008-6212.
struct Sums {
    double n = 0.0, mean = 0.0, m2 = 0.0, m3 = 0.0;

    static Sums of(const double* y, Index n) {
        Sums s;
        s.n = static_cast<double>(n);
        s.mean = ordered_sum(y, n) / s.n;
        for (Index q = 0; q < n; ++q) {
            const double c = y[q] - s.mean;
            s.m2 += c * c;
            s.m3 += c * c * c;
        }
        return s;
    }
    void merge(const Sums& o) {
        const double total = n + o.n, delta = o.mean - mean;
        m3 += o.m3 + delta * delta * delta * n * o.n * (n - o.n) / (total * total) +
              3.0 * delta * (n * o.m2 - o.n * m2) / total;
        m2 += o.m2 + delta * delta * n * o.n / total;
        mean += delta * o.n / total;
        n = total;
    }
    double variance() const { return n > 1.0 ? m2 / (n - 1.0) : 0.0; }
    double standard_error() const { return n > 0.0 ? std::sqrt(variance() / n) : 0.0; }
    double skewness() const { return m2 > 0.0 ? m3 / n / std::pow(m2 / n, 1.5) : 0.0; }
};

struct OutputSums {
    Moments residual;  // (R)
    // coarse - fine, and the same on paths that met a wall, zero elsewhere:
    std::vector<Sums> residual_step, residual_at_wall;   // (R)
    std::vector<Sums> value, value_step, value_at_wall;  // (K)

    void merge(const OutputSums& o) {
        residual.merge(o.residual);
        const auto merge_all = [](std::vector<Sums>& to, const std::vector<Sums>& from) {
            for (std::size_t k = 0; k < to.size(); ++k) to[k].merge(from[k]);
        };
        merge_all(residual_step, o.residual_step);
        merge_all(residual_at_wall, o.residual_at_wall);
        merge_all(value, o.value);
        merge_all(value_step, o.value_step);
        merge_all(value_at_wall, o.value_at_wall);
    }
};

/// Feeds the coarse residual of a scheme without increments: its coarse path is its fine one, seen every second step,
/// so that only the quadrature is coarser.
class EverySecondStep {
public:
    explicit EverySecondStep(DynkinResidual& coarse) : coarse_(coarse) {}
    void start(double t0) {
        begin_ = t0;
        n_ = 0;
    }
    void add(FineStep step) {
        const double end = step.t + step.h;
        if (!step.side) coarse_.add_pushes(step);
        if (!step.side) step.push = Rows{};
        if (step.side || ++n_ % 2 == 0) {
            step.t = begin_;
            step.h = end - begin_;
            coarse_.add(step);
            if (!step.side) begin_ = end;
        }
    }
    /// An output in the middle of a pair: the first half as a side step.
    void reach(double time, const BlockState& state) {
        if (n_ % 2 == 0 || !(time > begin_)) return;
        FineStep step;
        step.t = begin_;
        step.h = time - begin_;
        step.side = true;
        step.n = state.n;
        step.after = state.x.points(state.n);
        step.weight_after = state.weight.row(0);
        step.alive_after = state.alive.row(0);
        coarse_.add(step);
    }

private:
    DynkinResidual& coarse_;
    double begin_ = 0.0;
    std::int64_t n_ = 0;
};

void weighted_values(const TestFunctions& functions, const BlockState& state, Block& out) {
    for (int k = 0; k < out.n_rows(); ++k) {
        double* y = out.row(k);
        functions[static_cast<std::size_t>(k)]->value(state.x.points(state.n), y);
        const double *w = state.weight.row(0), *alive = state.alive.row(0);
        for (Index q = 0; q < state.n; ++q) y[q] = alive[q] == 0.0 ? 0.0 : y[q] * w[q];
    }
}

/// The errors of two steps may coincide by chance: a bound is not below that of the same function earlier, nor below a
/// share of the largest among the functions, both in units of the sd.
void lift(std::vector<double>& bound, const std::vector<double>& sd, const std::vector<double>* earlier) {
    double largest = 0.0;
    for (std::size_t k = 0; k < bound.size(); ++k) {
        if (earlier != nullptr) bound[k] = std::max(bound[k], (*earlier)[k]);
        if (sd[k] > 0.0) largest = std::max(largest, bound[k] / sd[k]);
    }
    for (std::size_t k = 0; k < bound.size(); ++k)
        if (sd[k] > 0.0) bound[k] = std::max(bound[k], share_of_largest * largest * sd[k]);
}

class Audit {
public:
    Audit(const AuditSpec& spec, AuditResult& result)
        : spec_(spec),
          problem_(spec.paths.problem()),
          result_(result),
          process_(spec.judge != nullptr ? *spec.judge : *problem_.process),
          domain_(problem_.domain),
          group_(problem_.dependent_particles()) {
        check();
        choose_functions();
        choose_orders();
    }

    void run() {
        const auto n_blocks = static_cast<std::int64_t>((spec_.n_particles - 1) / block_size + 1);
        std::vector<std::vector<OutputSums>> sums(static_cast<std::size_t>(n_blocks));
        std::vector<std::unique_ptr<CoupledPaths::Worker>> workers(
            static_cast<std::size_t>(usable_threads(spec_.n_threads, n_blocks)));
        std::mutex mutex;
        std::uint64_t done = 0;
        parallel_blocks(n_blocks, static_cast<int>(workers.size()), [&](std::int64_t block, int thread) {
            if (spec_.stop != nullptr && *spec_.stop) throw Interrupted("stopped while auditing the particles");
            auto& worker = workers[static_cast<std::size_t>(thread)];
            if (worker == nullptr) worker = spec_.paths.worker();
            sums[static_cast<std::size_t>(block)] = run_block(*worker, static_cast<std::uint64_t>(block) * block_size);
            const std::lock_guard<std::mutex> lock(mutex);
            done = std::min<std::uint64_t>(spec_.n_particles, done + block_size);
            if (spec_.progress) spec_.progress(done);
        });
        for (std::size_t output = 0; output < problem_.grid.outputs.size(); ++output) {
            OutputSums total = std::move(sums[0][output]);
            for (std::size_t block = 1; block < sums.size(); ++block) total.merge(sums[block][output]);
            result_.rows.push_back(row_of(problem_.grid.outputs[output], total));
        }
        bound_first_step();
        lift_bounds();
    }

private:
    // Up to the end of the first step fine and coarse are the same: such outputs take the bounds of the next one.
    void bound_first_step() {
        if (drawless_) return;
        std::vector<double> residual(smooth_.size(), std::numeric_limits<double>::infinity()),
            value(spec_.functions.size(), std::numeric_limits<double>::infinity());
        for (std::size_t output = result_.rows.size(); output-- > 0;) {
            AuditRow& row = result_.rows[output];
            const OutputPosition at = position_of(problem_.grid, row.time);
            const double n_steps = static_cast<double>(at.step) + at.theta;
            if (n_steps > 0.0 && n_steps <= 1.0) {
                row.residual_bound = residual;
                row.step_bound = value;
            }
            residual = row.residual_bound;
            value = row.step_bound;
        }
    }

    void lift_bounds() {
        for (std::size_t output = 0; output < result_.rows.size(); ++output) {
            AuditRow& row = result_.rows[output];
            const AuditRow* earlier = output > 0 ? &result_.rows[output - 1] : nullptr;
            std::vector<double> sd;
            for (const int k : result_.residual_functions) sd.push_back(row.sd[static_cast<std::size_t>(k)]);
            lift(row.residual_bound, sd, earlier != nullptr ? &earlier->residual_bound : nullptr);
            lift(row.step_bound, row.sd, earlier != nullptr ? &earlier->step_bound : nullptr);
        }
    }

    void check() const {
        if (spec_.n_particles < 1) throw ConfigError("an audit needs at least one particle");
        if (problem_.antithetic && spec_.n_particles % 2 != 0)
            throw ConfigError("an audit of antithetic pairs needs an even number of particles, not " +
                              std::to_string(spec_.n_particles));
        if (process_.dim() != problem_.process->dim() || process_.noise_dim() != problem_.process->noise_dim())
            throw ConfigError("audit: the judging process has another dimension than the one that moves the particles");
        for (const auto& phi : spec_.functions)
            if (phi->dim() != process_.dim())
                throw ConfigError("audit: test function " + phi->name() + " has another dimension than the process");
    }

    void choose_functions() {
        std::string rough, torn;
        for (std::size_t k = 0; k < spec_.functions.size(); ++k) {
            const TestFunction& phi = *spec_.functions[k];
            if (!phi.smooth())
                rough += (rough.empty() ? "" : ", ") + phi.name();
            else if (!respects_periodicity(phi, domain_))
                torn += (torn.empty() ? "" : ", ") + phi.name();
            else {
                result_.residual_functions.push_back(static_cast<int>(k));
                smooth_.push_back(spec_.functions[k]);
            }
        }
        if (!rough.empty()) result_.notes.push_back("Dynkin's formula needs derivatives: not applied to " + rough);
        if (!torn.empty())
            result_.notes.push_back("Dynkin's formula needs periodic functions here: not applied to " + torn);
    }

    void choose_orders() {
        double order = 1.0;
        for (const SchemeInfo& info : scheme_list())
            if (info.name == problem_.scheme) {
                order = info.weak_order;
                follows_sigma_ = info.strong_order >= 1.0 || info.name == "stochastic_heun";
                result_.control_variate = info.normals_per_noise > 0 && process_.noise_dim() > 0;
                drawless_ = info.normals_per_noise == 0;
            }
        bool walls = false;
        for (const AxisDomain& axis : domain_)
            for (const Boundary side : {axis.at_lower, axis.at_upper})
                walls = walls || side == Boundary::reflecting || side == Boundary::absorbing;
        result_.wall_order = walls ? std::min(order, 1.0) : order;
        if (!result_.control_variate && process_.noise_dim() > 0)
            result_.notes.push_back("scheme " + problem_.scheme +
                                    " hands out no Brownian increments: Dynkin's formula without its control variate");
        if (drawless_ && (walls || process_.has_killing()))
            result_.notes.push_back(
                "scheme " + problem_.scheme +
                " with walls or killing: the error of its steps is not measured; prefer another scheme");
        result_.weak_order = order;
        result_.residual_order = std::min(order, 2.0);
    }

    std::vector<OutputSums> run_block(CoupledPaths::Worker& worker, std::uint64_t first) const {
        const Index n = static_cast<Index>(std::min<std::uint64_t>(block_size, spec_.n_particles - first));
        const int K = static_cast<int>(spec_.functions.size()), R = static_cast<int>(smooth_.size());
        BlockState initial;
        reset(initial, process_.dim(), n, first);
        spec_.initial.sample(initial.x.rows(), n, first, {problem_.seed, Stream::initial_law, 0});
        worker.start(initial);
        DynkinResidual fine(process_, smooth_, domain_, follows_sigma_),
            coarse(process_, smooth_, domain_, follows_sigma_);
        const double t0 = problem_.grid.t0;
        fine.start(worker.fine(), t0);
        coarse.start(worker.fine(), t0);
        EverySecondStep pairs(coarse);
        pairs.start(t0);
        const StepHook on_fine = [&](const FineStep& step) {
            fine.add(step);
            if (drawless_) pairs.add(step);
        };
        const StepHook on_coarse = [&](const FineStep& step) { coarse.add(step); };

        std::vector<OutputSums> sums;
        Block r(R, n), rc(R, n), y(K, n), yc(K, n);
        for (std::size_t output = 0; output < problem_.grid.outputs.size(); ++output) {
            worker.advance(static_cast<int>(output), on_fine, drawless_ ? StepHook{} : on_coarse);
            if (drawless_ && !fine.has_side()) pairs.reach(problem_.grid.outputs[output], worker.fine());
            fine.write(worker.fine(), r.rows());
            coarse.write(worker.coarse(), rc.rows());
            weighted_values(spec_.functions, worker.fine(), y);
            weighted_values(spec_.functions, worker.coarse(), yc);
            sums.push_back(reduce(r, rc, y, yc, met_wall(worker, fine, coarse).row(0), n));
        }
        return sums;
    }

    // 1 for paths of which the fine or the coarse version was pushed or absorbed, else 0.
    static Block met_wall(const CoupledPaths::Worker& worker, const DynkinResidual& fine,
                          const DynkinResidual& coarse) {
        const BlockState &a = worker.fine(), &b = worker.coarse();
        Block met(1, a.n);
        for (Index q = 0; q < a.n; ++q)
            met.row(0)[q] = static_cast<double>(fine.pushed()[q] != 0.0 || coarse.pushed()[q] != 0.0 ||
                                                a.alive.row(0)[q] == 0.0 || b.alive.row(0)[q] == 0.0);
        return met;
    }

    static void subtract(Block& from, const Block& what) {
        for (int k = 0; k < from.n_rows(); ++k)
            for (Index q = 0; q < from.size(); ++q) from.row(k)[q] -= what.row(k)[q];
    }

    OutputSums reduce(Block& r, Block& rc, Block& y, Block& yc, const double* at_wall, Index n) const {
        OutputSums sums;
        for (Index at = 0; at < n; at += leaf_size) {
            const Moments leaf =
                Moments::of_groups(group_, {r.row(0) + at, r.stride()}, r.n_rows(), std::min(leaf_size, n - at));
            if (at == 0)
                sums.residual = leaf;
            else
                sums.residual.merge(leaf);
        }
        subtract(rc, r);
        subtract(yc, y);
        const auto add = [&](Block& difference, std::vector<Sums>& all, std::vector<Sums>& touched) {
            for (int k = 0; k < difference.n_rows(); ++k) {
                all.push_back(of_independent(difference.row(k), n));
                for (Index q = 0; q < n; ++q) difference.row(k)[q] *= at_wall[q];
                touched.push_back(of_independent(difference.row(k), n));
            }
        };
        add(rc, sums.residual_step, sums.residual_at_wall);
        add(yc, sums.value_step, sums.value_at_wall);
        for (int k = 0; k < y.n_rows(); ++k) sums.value.push_back(Sums::of(y.row(k), n));
        return sums;
    }

    Sums of_independent(const double* y, Index n) const {
        if (group_ == 1) return Sums::of(y, n);
        double means[block_size / 2] = {};
        for (Index j = 0; j < n / 2; ++j) means[j] = 0.5 * (y[2 * j] + y[2 * j + 1]);
        return Sums::of(means, n / 2);
    }

    // A residual may vanish but for the rounding of its sums over steps, as that of x^2 for Brownian motion does.
    double round_off(double time, int k, const OutputSums& sums) const {
        const auto n_steps = static_cast<double>(position_of(problem_.grid, time).step + 1);
        const Sums& value =
            sums.value[static_cast<std::size_t>(result_.residual_functions[static_cast<std::size_t>(k)])];
        const double size = std::abs(value.mean) + std::sqrt(value.variance() + sums.residual.variance_of_particle(k));
        return 4.0 * std::numeric_limits<double>::epsilon() * n_steps * size;
    }

    AuditRow row_of(double time, const OutputSums& sums) const {
        // Errors that walls make shrink more slowly: their part of the difference is extrapolated at their order.
        const auto bound = [this](const Sums& step, const Sums& at_wall, double order) {
            const auto size = [](const Sums& s) { return std::abs(s.mean) + 2.0 * s.standard_error(); };
            const double of_scheme = 1.0 / (std::exp2(order) - 1.0),
                         of_wall = 1.0 / (std::exp2(std::min(order, result_.wall_order)) - 1.0);
            return step_safety * (of_scheme * size(step) + (of_wall - of_scheme) * size(at_wall));
        };
        AuditRow row;
        row.time = time;
        row.n = static_cast<double>(spec_.n_particles);
        row.n_independent = row.n / group_;
        const int R = static_cast<int>(smooth_.size());
        for (int k = 0; k < R; ++k) {
            row.residual.push_back(sums.residual.mean[static_cast<std::size_t>(k)]);
            for (int l = 0; l < R; ++l) row.residual_covariance.push_back(group_ * sums.residual.covariance(k, l));
            row.residual_bound.push_back(bound(sums.residual_step[static_cast<std::size_t>(k)],
                                               sums.residual_at_wall[static_cast<std::size_t>(k)],
                                               result_.residual_order) +
                                         round_off(time, k, sums));
        }
        for (std::size_t k = 0; k < spec_.functions.size(); ++k) {
            row.sd.push_back(std::sqrt(sums.value[k].variance()));
            row.skewness.push_back(sums.value[k].skewness());
            row.step_difference.push_back(-sums.value_step[k].mean);
            row.step_difference_se.push_back(sums.value_step[k].standard_error());
            row.step_bound.push_back(bound(sums.value_step[k], sums.value_at_wall[k], result_.weak_order));
        }
        return row;
    }

    const AuditSpec& spec_;
    const ParticleProblem& problem_;
    AuditResult& result_;
    const Process& process_;
    const Domain& domain_;
    const int group_;  // particles in a row that depend on each other
    TestFunctions smooth_;
    bool drawless_ = false, follows_sigma_ = false;
};

}  // namespace

AuditResult audit_particles(const AuditSpec& spec) {
    AuditResult result;
    Audit(spec, result).run();
    return result;
}

std::vector<Comparison> dynkin_comparisons(const AuditResult& audit, const TestFunctions& functions, double t0) {
    std::vector<Comparison> all;
    for (const AuditRow& row : audit.rows) {
        if (!(row.time > t0) || audit.residual_functions.empty()) continue;
        Comparison c;
        c.check = "dynkin_particles";
        c.time = row.time;
        c.left = row.residual;
        c.right.assign(row.residual.size(), 0.0);
        if (!row.residual_covariance.empty()) c.n_samples = row.n_independent;
        for (const double v : row.residual_covariance) c.covariance.push_back(v / row.n);
        for (std::size_t r = 0; r < audit.residual_functions.size(); ++r) {
            const auto k = static_cast<std::size_t>(audit.residual_functions[r]);
            c.functions.push_back(functions.at(k)->name());
            c.scale.push_back(row.sd[k]);
            c.budgets.push_back(
                {row.residual_bound[r], 0.0, row.residual_quadrature.empty() ? 0.0 : row.residual_quadrature[r]});
        }
        all.push_back(std::move(c));
    }
    return all;
}

}  // namespace dynkin
