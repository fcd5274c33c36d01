#include "solvers/sampling/sampler_audit.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/fused_test_functions.hpp"
#include "solvers/noise/normals.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/sampling/sampling_times.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr std::uint64_t block_size = 1024;
constexpr double step_safety = 1.5, share_of_largest = 0.3, coarser_tolerance = 32.0, highest_order = 2.0;

/// Sums over particles, one of each per function: phi, phi^2, phi^3, coarse - fine, its square.
struct Sums {
    std::vector<double> first, second, third, difference, square;

    explicit Sums(std::size_t K) : first(K), second(K), third(K), difference(K), square(K) {}
    void add(const Sums& other) {
        for (std::size_t k = 0; k < first.size(); ++k) {
            first[k] += other.first[k];
            second[k] += other.second[k];
            third[k] += other.third[k];
            difference[k] += other.difference[k];
            square[k] += other.square[k];
        }
    }
};

class Audit {
public:
    explicit Audit(const SamplerAuditSpec& spec)
        : spec_(spec), functions_(spec.functions), fine_(spec.problem), coarse_(spec.problem) {
        if (spec.problem.setup.times.size() < 3)
            throw ConfigError("sampler " + spec.problem.sampler +
                              ": the error of a single step cannot be judged; take two or more");
        fine_.outputs.clear();
        fine_.denoise_at_end = false;
        coarse_ = fine_;
        coarse_.setup.times = every_second(fine_.setup.times);
        if (spec.problem.sampler == "probability_flow") {
            coarse_.setup.times = fine_.setup.times;
            coarse_.setup.options.rtol *= coarser_tolerance;
            coarse_.setup.options.atol *= coarser_tolerance;
            return;
        }
        fine_sampler_ = make_sampler(fine_.sampler, fine_.setup);
        coarse_sampler_ = make_sampler(coarse_.sampler, coarse_.setup);
    }

    SamplerAudit run() const {
        const std::size_t K = spec_.functions.size();
        const auto n_blocks = static_cast<std::int64_t>((spec_.n_particles - 1) / block_size + 1);
        std::vector<Sums> parts(static_cast<std::size_t>(n_blocks), Sums(K));
        parallel_blocks(n_blocks, usable_threads(spec_.n_threads, n_blocks), [&](std::int64_t b, int) {
            parts[static_cast<std::size_t>(b)] = block(static_cast<std::uint64_t>(b));
        });
        Sums total(K);
        for (const Sums& part : parts) total.add(part);
        return result_of(total);
    }

private:
    Sums block(std::uint64_t number) const {
        BlockState fine = started(number), coarse = fine;
        if (fine_sampler_) {
            step_both(fine, coarse);
        } else {
            fine = make_sampling_propagator(fine_)->worker()->advance(fine, 0);
            coarse = make_sampling_propagator(coarse_)->worker()->advance(coarse, 0);
        }
        const auto K = static_cast<int>(spec_.functions.size());
        Block phi(K, fine.n), other(K, fine.n);
        functions_.values(fine.x.points(fine.n), phi.rows());
        functions_.values(coarse.x.points(fine.n), other.rows());
        Sums sums(spec_.functions.size());
        for (int k = 0; k < K; ++k) {
            const auto a = static_cast<std::size_t>(k);
            for (Index q = 0; q < fine.n; ++q) {
                const double f = phi.row(k)[q], d = other.row(k)[q] - f;
                sums.first[a] += f;
                sums.second[a] += f * f;
                sums.third[a] += f * f * f;
                sums.difference[a] += d;
                sums.square[a] += d * d;
            }
            if (!std::isfinite(sums.square[a]) || !std::isfinite(sums.third[a]))
                throw NumericsError("sampler " + fine_.sampler + ": " + spec_.functions[a]->name() +
                                    " is not finite for a particle of block " + std::to_string(fine.first_particle) +
                                    " ...; take more steps");
        }
        return sums;
    }

    BlockState started(std::uint64_t number) const {
        BlockState state;
        state.first_particle = number * block_size;
        state.n = static_cast<Index>(std::min(block_size, spec_.n_particles - state.first_particle));
        state.x.resize(spec_.initial.dim(), state.n);
        state.weight.resize(1, state.n);
        state.alive.resize(1, state.n);
        std::fill_n(state.weight.row(0), state.n, 1.0);
        std::fill_n(state.alive.row(0), state.n, 1.0);
        spec_.initial.sample(state.x.rows(), state.n, state.first_particle,
                             {.seed = fine_.seed, .stream = Stream::initial_law});
        return state;
    }

    void step_both(BlockState& fine, BlockState& coarse) const {
        const int n_steps = static_cast<int>(fine_.setup.times.size()) - 1, n_rows = fine_sampler_->normal_rows();
        SamplerMemory fine_memory, coarse_memory;
        Block normals(2 * n_rows, fine.n), joined(n_rows, fine.n);
        for (int i = 0; i < n_steps; i += 2) {
            const int m = std::min(2, n_steps - i);
            if (n_rows > 0)
                fill_normals(fine_.seed, Stream::brownian, fine.first_particle, fine.n,
                             static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(n_rows), m * n_rows,
                             normals.rows());
            for (int r = 0; r < n_rows; ++r)
                for (Index q = 0; q < fine.n; ++q)
                    joined.row(r)[q] =
                        m == 1 ? normals.row(r)[q] : M_SQRT1_2 * (normals.row(r)[q] + normals.row(n_rows + r)[q]);
            for (int half = 0; half < m; ++half)
                fine_sampler_->step(fine.x.rows(), fine.n, i + half, fine.first_particle,
                                    {normals.rows().data + half * n_rows * normals.stride(), normals.stride()},
                                    fine_memory);
            coarse_sampler_->step(coarse.x.rows(), coarse.n, i / 2, coarse.first_particle, joined.rows(),
                                  coarse_memory);
        }
    }

    SamplerAudit result_of(const Sums& total) const {
        const auto n = static_cast<double>(spec_.n_particles);
        const double order = std::min(highest_order, sampler_info(fine_.sampler).order);
        SamplerAudit audit;
        audit.n = n;
        audit.n_coarse_steps = static_cast<int>(coarse_.setup.times.size()) - 1;
        double largest = 0.0;
        for (std::size_t k = 0; k < total.first.size(); ++k) {
            const double mean = total.first[k] / n, variance = std::max(0.0, total.second[k] / n - mean * mean);
            const double third = total.third[k] / n - 3.0 * mean * total.second[k] / n + 2.0 * mean * mean * mean;
            const double D = total.difference[k] / n, spread = std::max(0.0, total.square[k] / n - D * D);
            audit.sd.push_back(std::sqrt(variance));
            audit.skewness.push_back(variance > 0.0 ? third / (variance * audit.sd.back()) : 0.0);
            audit.difference.push_back(D);
            audit.standard_error.push_back(std::sqrt(spread / n));
            audit.bound.push_back(step_safety * (std::abs(D) + 2.0 * audit.standard_error.back()) /
                                  (std::exp2(order) - 1.0));
            if (variance > 0.0) largest = std::max(largest, audit.bound.back() / audit.sd.back());
        }
        for (std::size_t k = 0; k < audit.bound.size(); ++k)
            audit.bound[k] = std::max(audit.bound[k], share_of_largest * largest * audit.sd[k]);
        return audit;
    }

    const SamplerAuditSpec& spec_;
    FusedTestFunctions functions_;
    SamplingProblem fine_, coarse_;
    std::unique_ptr<Sampler> fine_sampler_, coarse_sampler_;
};

}  // namespace

SamplerAudit audit_sampler(const SamplerAuditSpec& spec) {
    if (spec.n_particles < 2) throw ConfigError("the audit of a sampler needs two particles or more");
    return Audit(spec).run();
}

}  // namespace dynkin
