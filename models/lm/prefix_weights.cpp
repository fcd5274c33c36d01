#include "models/lm/prefix_weights.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"
#include "solvers/sampling/weighted_particles.hpp"

namespace dynkin::lm {
namespace {

void check(const Decoder& decoder, const Request& request, const WeightedGenerationOptions& options) {
    const auto fail = [](const std::string& what) { throw ConfigError("generate_weighted: " + what); };
    if (decoder.attention() == Attention::bidirectional) fail("the decoder's attention is bidirectional");
    if (request.contexts.empty()) fail("no context");
    if (request.unconditional.empty()) fail("no unconditional prompt");
    if (options.n_particles < 1) fail("n_particles must be at least 1");
    if (options.n_tokens < 0) fail("n_tokens must be at least 0");
    if (!(options.threshold >= 0.0 && options.threshold <= 1.0)) fail("threshold must be in [0, 1]");
    if (options.composition.temperature != 1.0)
        fail("temperature is " + std::to_string(options.composition.temperature) +
             ", expected 1: other temperatures of tokens are no composition of sequences");
    std::size_t longest = request.unconditional.size();
    for (const auto& prompt : request.contexts) longest = std::max(longest, prompt.size());
    if (static_cast<std::int64_t>(longest) + options.n_tokens > decoder.max_length())
        fail("a prompt of " + std::to_string(longest) + " tokens leaves no room for " +
             std::to_string(options.n_tokens) + " more, at most " + std::to_string(decoder.max_length()));
}

struct Particle {
    std::vector<Sequence> sequences;       // conditionals, then the unconditional one
    std::vector<std::vector<float>> rows;  // their logits of the next token
    std::vector<int> tokens{};
    int context = -1;
    bool finished = false;
};

class Run {
public:
    Run(Decoder& decoder, const WeightedGenerationOptions& options)
        : decoder_(decoder), options_(options), vocabulary_(static_cast<std::size_t>(decoder.shape().vocabulary)) {}

    WeightedTexts operator()(const Request& request) {
        start(request);
        for (std::int64_t step = 0; step < options_.n_tokens; ++step) {
            for (std::size_t p = 0; p < particles_.size(); ++p)
                if (!particles_[p].finished) draw_token(p);
            if (step + 1 == options_.n_tokens) {
                out_.effective_sizes.push_back(share());
                break;
            }
            resample_if_spread(step);
            extend();
        }
        out_.log_mass += log_mean();
        out_.weights = relative_weights();
        double sum = 0.0;
        for (const double w : out_.weights) sum += w;
        for (double& w : out_.weights) w /= sum;
        for (Particle& particle : particles_) out_.tokens.push_back(std::move(particle.tokens));
        return std::move(out_);
    }

private:
    void start(const Request& request) {
        Particle first;
        std::vector<std::vector<int>> prompts = request.contexts;
        prompts.push_back(request.unconditional);
        first.sequences.assign(prompts.size(), decoder_.start());
        std::vector<Extension> extensions;
        for (std::size_t k = 0; k < prompts.size(); ++k) extensions.push_back({&first.sequences[k], prompts[k]});
        take_rows(first, decoder_.extend(extensions));
        particles_.assign(options_.n_particles, first);
        log_weights_.assign(options_.n_particles, 0.0);
    }

    void take_rows(Particle& particle, std::span<const float> logits) const {
        particle.rows.clear();
        for (std::size_t k = 0; k < particle.sequences.size(); ++k) {
            const auto row = logits.subspan(k * vocabulary_, vocabulary_);
            particle.rows.emplace_back(row.begin(), row.end());
        }
    }

    void draw_token(std::size_t p) {
        Particle& particle = particles_[p];
        std::vector<double> conditionals;
        for (std::size_t k = 0; k + 1 < particle.rows.size(); ++k)
            conditionals.insert(conditionals.end(), particle.rows[k].begin(), particle.rows[k].end());
        const std::vector<double> unconditional(particle.rows.back().begin(), particle.rows.back().end());
        const ComposedLaw composed = compose_laws(conditionals, unconditional, options_.composition, particle.context);
        log_weights_[p] += composed.log_normaliser;
        particle.context = composed.context;
        const int token = draw(composed.law, token_uniform(options_.seed, p, particle.tokens.size()));
        particle.tokens.push_back(token);
        const auto& stops = options_.stop_tokens;
        particle.finished = std::find(stops.begin(), stops.end(), token) != stops.end();
    }

    std::vector<double> relative_weights() const {
        const double largest = *std::max_element(log_weights_.begin(), log_weights_.end());
        std::vector<double> weights;
        for (const double w : log_weights_) weights.push_back(std::exp(w - largest));
        return weights;
    }
    double log_mean() const {
        double sum = 0.0;
        for (const double w : relative_weights()) sum += w;
        return *std::max_element(log_weights_.begin(), log_weights_.end()) +
               std::log(sum / static_cast<double>(log_weights_.size()));
    }
    double share() const {
        return effective_sample_size(relative_weights()) / static_cast<double>(log_weights_.size());
    }

    void resample_if_spread(std::int64_t step) {
        out_.effective_sizes.push_back(share());
        if (out_.effective_sizes.back() >= options_.threshold) return;
        out_.log_mass += log_mean();
        ++out_.n_resamplings;
        const double u = Draws({options_.seed, Stream::resampling, static_cast<std::uint64_t>(step)}, 0).uniform();
        std::vector<Particle> children;
        for (const std::size_t parent : systematic_resampling(relative_weights(), u))
            children.push_back(particles_[parent]);
        particles_ = std::move(children);
        log_weights_.assign(particles_.size(), 0.0);
    }

    void extend() {
        std::vector<Extension> extensions;
        for (Particle& particle : particles_)
            if (!particle.finished)
                for (Sequence& sequence : particle.sequences)
                    extensions.push_back({&sequence, std::span(particle.tokens).last(1)});
        if (extensions.empty()) return;
        std::span<const float> logits = decoder_.extend(extensions);
        for (Particle& particle : particles_) {
            if (particle.finished) continue;
            take_rows(particle, logits);
            logits = logits.subspan(particle.sequences.size() * vocabulary_);
        }
    }

    Decoder& decoder_;
    const WeightedGenerationOptions& options_;
    std::size_t vocabulary_;
    std::vector<Particle> particles_;
    std::vector<double> log_weights_;  // since the last resampling
    WeightedTexts out_;
};

}  // namespace

WeightedTexts generate_weighted(Decoder& decoder, const Request& request, const WeightedGenerationOptions& options) {
    check(decoder, request, options);
    return Run(decoder, options)(request);
}

}  // namespace dynkin::lm
