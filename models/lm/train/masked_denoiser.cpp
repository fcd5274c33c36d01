#include "models/lm/train/masked_denoiser.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

/// Those not in use; as many exist as there were calls at the same time.
struct MaskedDenoiser::Workspaces {
    std::mutex mutex;
    std::vector<DecoderWorkspace<float>> free;

    DecoderWorkspace<float> take() {
        const std::lock_guard<std::mutex> lock(mutex);
        if (free.empty()) return {};
        DecoderWorkspace<float> one = std::move(free.back());
        free.pop_back();
        return one;
    }
    void give(DecoderWorkspace<float> one) {
        const std::lock_guard<std::mutex> lock(mutex);
        free.push_back(std::move(one));
    }
};

MaskedDenoiser::MaskedDenoiser(const DecoderSpec& spec, std::vector<float> parameters, int n_positions)
    : decoder_(spec, Phase::inference),
      parameters_(std::move(parameters)),
      space_{static_cast<int>(spec.shape.vocabulary), n_positions},
      workspaces_(std::make_unique<Workspaces>()) {
    if (spec.attention != Attention::bidirectional)
        throw ConfigError("masked denoiser: the decoder must see all positions (bidirectional attention)");
    if (n_positions < 1 || n_positions > spec.shape.context)
        throw ConfigError("masked denoiser: " + std::to_string(n_positions) +
                          " positions, expected 1 to the context of " + std::to_string(spec.shape.context));
    if (spec.shape.vocabulary < 2) throw ConfigError("masked denoiser: no token but the mask");
    if (parameters_.size() != decoder_.parameter_list().size())
        throw ConfigError("masked denoiser: " + std::to_string(parameters_.size()) + " parameters, expected " +
                          std::to_string(decoder_.parameter_list().size()));
}

MaskedDenoiser::~MaskedDenoiser() = default;

void MaskedDenoiser::evaluate(std::span<const int> x, double, std::span<double> out) const {
    const auto V = static_cast<std::size_t>(space_.n_tokens);
    const int mask = space_.n_tokens - 1;
    if (x.size() != static_cast<std::size_t>(space_.n_positions) || out.size() != x.size() * V)
        throw ConfigError("masked denoiser: a sequence of " + std::to_string(x.size()) + " tokens, expected " +
                          std::to_string(space_.n_positions));
    std::fill(out.begin(), out.end(), 0.0);
    std::vector<std::int64_t> masked;
    for (std::size_t d = 0; d < x.size(); ++d) {
        if (x[d] == mask) {
            masked.push_back(static_cast<std::int64_t>(d));
        } else if (x[d] >= 0 && x[d] < mask) {
            out[d * V + static_cast<std::size_t>(x[d])] = 1.0;
        }
    }
    if (masked.empty()) return;
    std::vector<float> logits;
    DecoderWorkspace<float> workspace = workspaces_->take();
    decoder_.logits(parameters_, x, space_.n_positions, masked, workspace, logits);
    workspaces_->give(std::move(workspace));
    for (std::size_t k = 0; k < masked.size(); ++k) {
        const float* row = logits.data() + k * V;
        const double most = static_cast<double>(*std::max_element(row, row + V - 1));
        double* law = out.data() + static_cast<std::size_t>(masked[k]) * V;
        double sum = 0.0;
        for (std::size_t v = 0; v + 1 < V; ++v) sum += law[v] = std::exp(static_cast<double>(row[v]) - most);
        for (std::size_t v = 0; v + 1 < V; ++v) law[v] /= sum;
    }
}

}  // namespace dynkin::lm
