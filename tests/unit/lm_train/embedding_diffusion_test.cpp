#include "models/lm/study/embedding_diffusion.hpp"

#include <gtest/gtest.h>

#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"

namespace dynkin::lm {
namespace {

/// 16 tokens in 8 dimensions, of law 1 / rank.
std::vector<std::vector<double>> drawn_embeddings() {
    std::vector<std::vector<double>> rows(16, std::vector<double>(8));
    for (std::size_t k = 0; k < rows.size(); ++k) {
        Draws draws({2, Stream::initial_law, 0}, k);
        for (double& x : rows[k]) x = draws.normal();
    }
    return rows;
}

std::vector<double> zipf(std::size_t n) {
    std::vector<double> prior;
    for (std::size_t k = 0; k < n; ++k) prior.push_back(1.0 / static_cast<double>(k + 1));
    return prior;
}

TEST(EmbeddingDiffusion, RecoversTheLawOfTheTokens) {
    EmbeddingDiffusionOptions options;
    options.n_steps = {8, 32};
    const std::vector<EmbeddingDiffusionRow> rows = embedding_diffusion(drawn_embeddings(), zipf(16), options);
    ASSERT_EQ(rows.size(), 6u);
    for (const EmbeddingDiffusionRow& row : rows) {
        // The floor is a mean of 16 absolute values of counts, with a deviation of about 1/5 of it: four of these.
        if (row.sampler == "heun") {
            EXPECT_LT(row.total_variation, 1.8 * row.floor) << row.n_steps;
        }
        EXPECT_NEAR(row.floor, 0.007, 0.001);
    }
    const auto of = [&](const std::string& sampler, int n) {
        for (const EmbeddingDiffusionRow& row : rows)
            if (row.sampler == sampler && row.n_steps == n) return row;
        throw ConfigError("no row");
    };
    EXPECT_EQ(of("heun", 8).model_calls, 16.0);
    // First order: halved by twice the steps, so four times as many leave less than half.
    EXPECT_LT(of("ddim", 32).total_variation, 0.5 * of("ddim", 8).total_variation);
    EXPECT_GT(of("ddim", 8).total_variation, 3.0 * of("heun", 8).total_variation);
    // Mutant: a score that does not know the prior, read against it.
    EmbeddingDiffusionOptions one = options;
    one.samplers = {"heun"};
    one.n_steps = {8};
    const auto wrong = embedding_diffusion(drawn_embeddings(), std::vector<double>(16, 1.0), one);
    double distance = 0.0, sum = 0.0;
    for (double w : zipf(16)) sum += w;
    for (double w : zipf(16)) distance += std::abs(w / sum - 1.0 / 16) / 2.0;
    EXPECT_LT(wrong[0].total_variation, 1.8 * wrong[0].floor);
    EXPECT_GT(distance - wrong[0].total_variation, 0.1);
}

TEST(EmbeddingDiffusion, RunsOnTheEmbeddingOfADecoder) {
    DecoderSpec spec;
    spec.shape.vocabulary = 12;
    spec.shape.width = 16;
    spec.shape.n_layers = spec.shape.n_heads = spec.shape.n_kv_heads = 1;
    spec.shape.head_width = 8;
    spec.shape.hidden = 8;
    spec.shape.context = 4;
    spec.head = OutputHead::tied;
    const auto parameters = initial_parameters<float>(spec.shape, spec.head, 3);  // sigma = log(12) / 16
    const std::vector<std::vector<double>> rows = embedding_rows(spec, parameters);
    ASSERT_EQ(rows.size(), 12u);
    EXPECT_EQ(rows[2][5], static_cast<double>(parameters[2 * 16 + 5]));

    EmbeddingDiffusionOptions options;
    options.samplers = {"heun"};
    options.n_steps = {16};
    options.n_samples = 10000;
    const EmbeddingDiffusionRow row = embedding_diffusion(rows, zipf(12), options)[0];

    EXPECT_LT(row.total_variation, 1.8 * row.floor);
    EXPECT_THROW(embedding_rows(spec, std::vector<float>(3)), ConfigError);
}

TEST(EmbeddingDiffusion, HasTheSameBitsForAnyNumberOfThreads) {
    EmbeddingDiffusionOptions options;
    options.n_samples = 2000;
    options.n_steps = {8};
    options.samplers = {"euler_maruyama"};
    const double one = embedding_diffusion(drawn_embeddings(), zipf(16), options)[0].total_variation;
    options.n_threads = 3;
    EXPECT_EQ(embedding_diffusion(drawn_embeddings(), zipf(16), options)[0].total_variation, one);
    options.n_samples = 0;
    EXPECT_THROW(embedding_diffusion(drawn_embeddings(), zipf(16), options), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
