#include "apps/sample/sampling_parts.hpp"
#include "solvers/check/law_comparison.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/parallel.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr std::uint64_t block_size = 256;
constexpr std::size_t most_groups = 64;  // of sequences, for the joint tests
constexpr double most_products = 4e9;    // of the propagation of laws
constexpr double step_safety = 1.5;

double total_variation(const std::vector<double>& p, const std::vector<double>& q) {
    double sum = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += 0.5 * std::abs(p[i] - q[i]);
    return sum;
}

class Tokens {
public:
    explicit Tokens(const SamplingContext& context)
        : context_(context),
          e_(context.experiment),
          t_(*e_.tokens),
          sampler_(make_token_sampler(t_.sampler, t_.options)),
          start_(t_.model.noise.push_law(t_.space, 0.0, t_.times.front(), t_.wanted)),
          exact_(t_.model.noise.push_law(t_.space, 0.0, t_.times.back(), t_.wanted)) {}

    Judgement run() {
        draw_all();
        Judgement judgement;
        std::vector<double> bound(exact_.size(), 0.0);
        if (const double products = static_cast<double>(exact_.size()) * static_cast<double>(exact_.size()) *
                                    static_cast<double>(t_.times.size());
            products <= most_products) {
            const int n_steps = static_cast<int>(t_.times.size()) - 1;
            law_ = propagated(n_steps);
            bound = step_bound(n_steps);
            judgement.comparisons.push_back(propagated_comparison(bound));
            // How well draws follow the sampler says nothing of how well the sampler follows the exact law: no scale.
            Comparison draws = drawn("draws", law_, {});
            draws.scale.assign(draws.functions.size(), 0.0);
            judgement.comparisons.push_back(std::move(draws));
            char text[120];
            std::snprintf(text, sizeof text, "total variation of the sampler's law from the exact one: %.3g",
                          total_variation(law_, exact_));
            judgement.notes.emplace_back(text);
        } else {
            judgement.notes.push_back("the law of the sampler is not propagated: " + std::to_string(exact_.size()) +
                                      " sequences are too many; the error of the steps is not known");
        }
        judgement.comparisons.push_back(drawn("exact_law", exact_, bound));
        write();
        return judgement;
    }

private:
    std::vector<double> propagated(int n_steps) const {
        return propagate_token_law(*sampler_, t_.model, token_times(t_.times.front(), t_.times.back(), n_steps),
                                   start_);
    }

    /// Order one: what the steps may cost, from half of them. Exact samplers owe nothing but rounding.
    std::vector<double> step_bound(int n_steps) const {
        std::vector<double> bound(exact_.size(), 0.0);
        if (std::isinf(sampler_->info().order) && t_.wanted == t_.clean) {
            std::fill(bound.begin(), bound.end(), 1e-9);  // uniformisation is solved to 1e-10
            return bound;
        }
        if (std::isinf(sampler_->info().order)) return bound;
        const std::vector<double> coarse = propagated(std::max(1, n_steps / 2));
        double largest = 0.0;
        for (std::size_t i = 0; i < bound.size(); ++i) {
            bound[i] = richardson_bound(law_[i], coarse[i], 1.0, step_safety);
            if (n_steps == 1) bound[i] = std::sqrt(exact_[i] * (1.0 - exact_[i]));  // a single step says nothing
            if (exact_[i] > 0.0) largest = std::max(largest, bound[i] / std::sqrt(exact_[i]));
        }
        // Errors of two steps may coincide by chance, as in the audit of particles.
        for (std::size_t i = 0; i < bound.size(); ++i)
            bound[i] = std::max(bound[i], 0.3 * largest * std::sqrt(exact_[i]));
        return bound;
    }

    Comparison propagated_comparison(const std::vector<double>& bound) const {
        Comparison c;
        c.check = "propagated_law";
        c.time = t_.times.back();
        for (std::size_t i = 0; i < exact_.size(); ++i) {
            if (exact_[i] == 0.0 && law_[i] == 0.0) continue;
            c.functions.push_back(name_of(i));
            c.left.push_back(law_[i]);
            c.right.push_back(exact_[i]);
            c.budgets.push_back({bound[i], 0.0, 1e-13});
            c.scale.push_back(std::sqrt(exact_[i] * (1.0 - exact_[i])));
        }
        return c;
    }

    /// Sequences that may occur, each a group of its own, or if there are too many, `most_groups` of neighbouring
    /// numbers.
    std::vector<std::vector<std::size_t>> groups(const std::vector<double>& law) const {
        std::vector<std::vector<std::size_t>> own, shared(most_groups);
        for (std::size_t i = 0; i < law.size(); ++i) {
            if (law[i] == 0.0 && counts_[i] == 0.0) continue;
            own.push_back({i});
            shared[i * most_groups / law.size()].push_back(i);
        }
        if (own.size() <= most_groups) return own;
        std::erase_if(shared, [](const auto& group) { return group.empty(); });
        return shared;
    }

    Comparison drawn(const std::string& check, const std::vector<double>& law, const std::vector<double>& bound) const {
        std::vector<double> counts, expected, allowed;
        std::vector<std::string> names;
        for (const auto& group : groups(law)) {
            names.push_back(group.size() == 1 ? name_of(group[0])
                                              : name_of(group[0]) + " ... " + name_of(group.back()));
            for (std::vector<double>* sums : {&counts, &expected, &allowed}) sums->push_back(0.0);
            for (const std::size_t i : group) {
                counts.back() += counts_[i];
                expected.back() += law[i];
                allowed.back() += bound.empty() ? 0.0 : bound[i];
            }
        }
        Comparison c = law_comparison(check, t_.times.back(), counts, expected, allowed);
        c.functions = names;
        return c;
    }

    /// "0 2 1", the mask as "_".
    std::string name_of(std::size_t state) const {
        std::vector<int> x(static_cast<std::size_t>(t_.space.n_positions));
        t_.space.sequence(static_cast<Index>(state), x);
        std::string name;
        for (const int token : x)
            name += (name.empty() ? "" : " ") + (token == t_.model.noise.mask() ? "_" : std::to_string(token));
        return name;
    }

    void draw_all() {
        const auto D = static_cast<std::size_t>(t_.space.n_positions);
        states_.resize(e_.n);
        const auto n_blocks = static_cast<std::int64_t>((e_.n - 1) / block_size + 1);
        context_.begin("sampling", static_cast<double>(e_.n), " sequences");
        parallel_blocks(n_blocks, usable_threads(e_.n_threads, n_blocks), [&](std::int64_t b, int) {
            if (context_.control.stop != nullptr && *context_.control.stop) throw Interrupted("stopped while sampling");
            std::vector<int> x(D);
            const std::uint64_t first = static_cast<std::uint64_t>(b) * block_size;
            for (std::uint64_t i = first; i < std::min(e_.n, first + block_size); ++i) {
                Draws draws({e_.seed, Stream::initial_law, 0}, i);
                t_.space.sequence(dynkin::draw_weights(start_, 1.0, draws.uniform()), x);
                sample_tokens(*sampler_, t_.model, t_.times, x, e_.seed, i);
                states_[i] = static_cast<double>(t_.space.number(x));
            }
            if (b % 16 == 0) context_.update(static_cast<double>(first));
        });
        context_.end();
        context_.log("sequences: " + std::to_string(e_.n) + " with " + t_.sampler + ", " +
                     std::to_string(t_.times.size() - 1) + " steps");
        counts_.assign(exact_.size(), 0.0);
        for (const double state : states_) counts_[static_cast<std::size_t>(state)] += 1.0;
    }

    void write() const {
        RunWriter& w = context_.writer;
        const auto D = static_cast<std::size_t>(t_.space.n_positions);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < exact_.size(); ++i) names.push_back(name_of(i));
        w.add_dimension("state", names, "sequence of tokens, _ the mask");
        const auto over_states = [&](const char* name, const char* long_name, const std::vector<double>& values) {
            w.write(w.add_variable(name, {"state"}, {"1", long_name}), values);
        };
        std::vector<double> frequency;
        for (const double count : counts_) frequency.push_back(count / static_cast<double>(e_.n));
        over_states("law_exact", "probability of the sequence at the last time", exact_);
        if (!law_.empty()) over_states("law_sampler", "probability under the sampler with these steps", law_);
        over_states("frequency", "share of the drawn sequences", frequency);
        if (!e_.store_particles) return;
        w.add_dimension("particle", static_cast<Index>(e_.n));
        w.add_dimension("position", static_cast<Index>(D));
        std::vector<double> rows;
        std::vector<int> x(D);
        for (const double state : states_) {
            t_.space.sequence(static_cast<Index>(state), x);
            rows.insert(rows.end(), x.begin(), x.end());
        }
        w.write(w.add_variable("tokens", {"particle", "position"}, {"1", "token at each position"}), rows);
    }

    const SamplingContext& context_;
    const SamplingExperiment& e_;
    const TokenExperiment& t_;
    std::unique_ptr<const TokenSampler> sampler_;
    std::vector<double> start_, exact_, law_, counts_, states_;
};

}  // namespace

Judgement run_tokens(const SamplingContext& context) {
    return Tokens(context).run();
}

}  // namespace dynkin
