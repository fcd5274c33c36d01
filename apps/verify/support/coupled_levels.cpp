#include "apps/verify/support/coupled_levels.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/noise/increments.hpp"
#include "solvers/particle/parallel.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::verify {
namespace {

/// The state of one batch at one step size.
struct Level {
    int number = 0;  // steps T 2^-number
    const Stepper* stepper = nullptr;
    Block x;
};

/// Increments of one step size: those of the step that has just ended, and whether a first half waits for its second.
struct Joined {
    Block dW;
    bool waiting = false;
};

class Batch {
public:
    Batch(const LevelStudy& study, std::uint64_t seed, std::uint64_t first_particle)
        : study_(study),
          seed_(seed),
          first_particle_(first_particle),
          shape_{study.process->noise_dim(), 2},
          n_(study.paths_per_batch) {
        for (int level = study.first; level <= study.last; ++level) add_level(level, study.stepper);
        if (study.reference) add_level(study.reference_level, study.reference);
        finest_ = study.reference ? std::max(study.reference_level, study.last) : study.last;
        joined_.resize(static_cast<std::size_t>(finest_) + 1);
        for (Joined& joined : joined_) joined.dW.resize(shape_.rows(), n_);
        W_.resize(shape_.noise_dim, n_);
    }

    void run() {
        const double h = study_.T / std::ldexp(1.0, finest_);
        Block fresh(shape_.rows(), n_);
        for (std::int64_t step = 0; step < std::int64_t{1} << finest_; ++step) {
            fill_increments(shape_, seed_, first_particle_, n_, step, h, fresh.rows());
            for (int k = 0; k < shape_.noise_dim; ++k)
                for (Index q = 0; q < n_; ++q) W_.row(k)[q] += fresh.row(k)[q];
            pass_up(finest_, step, fresh);
        }
    }

    /// Mean error per level of the study.
    std::vector<double> errors() const {
        const int d = study_.process->dim(), m = shape_.noise_dim;
        std::vector<double> sums(static_cast<std::size_t>(study_.last - study_.first + 1), 0.0);
        std::vector<double> W(static_cast<std::size_t>(std::max(m, 1))), target(static_cast<std::size_t>(d)), x(target);
        for (Index q = 0; q < n_; ++q) {
            for (int k = 0; k < m; ++k) W[static_cast<std::size_t>(k)] = W_.row(k)[q];
            if (study_.exact)
                study_.exact(W.data(), study_.T, target.data());
            else
                for (int j = 0; j < d; ++j) target[static_cast<std::size_t>(j)] = levels_.back().x.row(j)[q];
            for (std::size_t l = 0; l < sums.size(); ++l) {
                for (int j = 0; j < d; ++j) x[static_cast<std::size_t>(j)] = levels_[l].x.row(j)[q];
                sums[l] += study_.error(x.data(), target.data());
            }
        }
        for (double& sum : sums) sum /= static_cast<double>(n_);
        return sums;
    }

private:
    void add_level(int number, const Stepper& stepper) {
        Level level{number, &stepper, Block(study_.process->dim(), n_)};
        for (int j = 0; j < study_.process->dim(); ++j)
            std::fill_n(level.x.row(j), n_, study_.x0[static_cast<std::size_t>(j)]);
        levels_.push_back(std::move(level));
    }

    // Step `step` of size T 2^-number has these increments: take it, and hand every second pair to the next longer
    // size.
    void pass_up(int number, std::int64_t step, Block& dW) {
        const double h = study_.T / std::ldexp(1.0, number);
        for (Level& level : levels_)
            if (level.number == number)
                (*level.stepper)(level.x.rows(), n_,
                                 Step{static_cast<double>(step) * h, h, step, first_particle_, seed_}, dW.rows(),
                                 scratch_);
        if (number <= study_.first) return;
        Joined& joined = joined_[static_cast<std::size_t>(number)];
        joined.waiting = !joined.waiting;
        if (joined.waiting) {
            std::swap(joined.dW, dW);
            return;
        }
        join_increments(shape_, n_, joined.dW.rows(), dW.rows(), h, joined.dW.rows());
        pass_up(number - 1, step / 2, joined.dW);
    }

    const LevelStudy& study_;
    std::uint64_t seed_, first_particle_;
    NoiseShape shape_;
    Index n_;
    int finest_ = 0;
    std::vector<Level> levels_;
    std::vector<Joined> joined_;
    Block W_;
    Scratch scratch_;
};

}  // namespace

Stepper stepper_of(const std::shared_ptr<const Process>& process, const std::string& scheme_name) {
    const std::shared_ptr<const Scheme> scheme = make_scheme(scheme_name, *process);
    return [process, scheme](Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) {
        scheme->step(x, n, step, dW, scratch);
    };
}

bool takes_increments(const SchemeInfo& info, const Process& process) {
    if (info.normals_per_noise == 0) return false;
    try {
        make_scheme(info.name, process);
    } catch (const ConfigError&) {
        return false;
    }
    return true;
}

double distance_1d(const double* x, const double* target) {
    return std::abs(x[0] - target[0]);
}

ErrorTable measure(const LevelStudy& study, const VerifyOptions& options) {
    ErrorTable table;
    for (int level = study.first; level <= study.last; ++level) table.h.push_back(study.T / std::ldexp(1.0, level));
    table.batch.resize(static_cast<std::size_t>(study.n_batches));
    parallel_blocks(study.n_batches, usable_threads(options.n_threads, study.n_batches), [&](std::int64_t b, int) {
        Batch batch(study, options.seed, static_cast<std::uint64_t>(b * study.paths_per_batch));
        batch.run();
        table.batch[static_cast<std::size_t>(b)] = batch.errors();
    });
    return table;
}

}  // namespace dynkin::verify
