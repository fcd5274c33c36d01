#include "models/lm/train/trainer.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm_train/small_training.hpp"

namespace dynkin::lm {
namespace {

using test::small_options;
using test::small_source;
using test::small_spec;
using test::small_start;

std::vector<float> trained(const TrainingOptions& options, std::vector<double>* losses = nullptr) {
    Trainer trainer(small_spec(), options, small_source(), small_start());
    trainer.run([losses](const TrainingReport& report) {
        if (losses) losses->push_back(report.loss);
        return true;
    });
    return trainer.state().parameters;
}

TEST(Trainer, HasTheSameBitsForAnyNumberOfThreads) {
    TrainingOptions options = small_options();
    std::vector<double> losses, other_losses;

    const std::vector<float> one = trained(options, &losses);
    options.n_threads = 3;
    const std::vector<float> three = trained(options, &other_losses);

    EXPECT_EQ(one, three);
    EXPECT_EQ(losses, other_losses);
    // Mutant: other blocks, which is how sums end up when they follow the threads.
    options.rows_per_block = 5;
    EXPECT_NE(one, trained(options));
}

TEST(Trainer, LearnsTheText) {
    TrainingOptions options = small_options();
    options.n_steps = 200;
    std::vector<double> losses;
    trained(options, &losses);
    // 7 tokens: log 7 = 1.95 at the start; after 200 steps the tracks are known and only their changes are not, which
    // are 2 of 23 tokens, so that less than 0.6 nats remain.
    EXPECT_NEAR(losses.front(), std::log(7.0) + 0.5, 0.7);
    EXPECT_LT(losses.back(), 0.6);
    // Mutant: parameters that stay where they are.
    options.learning_rate.peak = 1e-12;
    losses.clear();
    trained(options, &losses);
    EXPECT_GT(losses.back(), 1.5);
}

class SavedTraining : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("lm_training_" + std::to_string(::getpid()) +
                                                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(SavedTraining, GoesOnBitForBit) {
    const TrainingOptions options = small_options();
    const std::string description = describe(small_spec(), options);
    const std::filesystem::path file = folder_ / "training.h5";
    Trainer first(small_spec(), options, small_source(), small_start());
    first.run([](const TrainingReport& report) { return report.step < 17; });
    save_training(file, first.state(), description);

    Trainer second(small_spec(), options, small_source(), load_training(file, description));
    second.run();

    const std::vector<float> whole = trained(options);
    EXPECT_EQ(second.state().parameters, whole);
    // Mutant: moments that begin anew.
    TrainingState forgetful = load_training(file, description);
    EXPECT_EQ(forgetful.step, 17);
    forgetful.second_moment.assign(forgetful.second_moment.size(), 0.0f);
    Trainer third(small_spec(), options, small_source(), forgetful);
    third.run();
    EXPECT_NE(third.state().parameters, whole);
}

TEST_F(SavedTraining, KeepsTheFileBefore) {
    const TrainingOptions options = small_options();
    const std::string description = describe(small_spec(), options);
    const std::filesystem::path file = folder_ / "training.h5";
    TrainingState state = small_start();
    save_training(file, state, description);
    state.step = 5;
    save_training(file, state, description);

    EXPECT_EQ(load_training(file, description).step, 5);
    EXPECT_EQ(load_training(file.string() + ".previous", description).step, 0);
}

TEST_F(SavedTraining, OfAnotherTrainingIsRefused) {
    TrainingOptions options = small_options();
    const std::filesystem::path file = folder_ / "training.h5";
    save_training(file, small_start(), describe(small_spec(), options));
    options.seed = 9;
    try {
        load_training(file, describe(small_spec(), options));
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find("seed = 1 there, seed = 9 here"), std::string::npos) << error.what();
    }
    EXPECT_THROW(load_training(folder_ / "absent.h5", ""), IoError);
    std::ofstream(folder_ / "text.h5") << "no checkpoint";
    EXPECT_THROW(load_training(folder_ / "text.h5", ""), IoError);
    TrainingState broken = small_start();
    broken.parameters[3] = std::numeric_limits<float>::quiet_NaN();
    save_training(file, broken, "x");
    EXPECT_THROW(load_training(file, "x"), IoError);
}

TEST(Trainer, StopsAtALossThatIsNotFinite) {
    TrainingState state = small_start();
    state.parameters[0] = std::numeric_limits<float>::infinity();
    Trainer trainer(small_spec(), small_options(), small_source(), state);
    EXPECT_THROW(trainer.step(), NumericsError);
    EXPECT_EQ(trainer.state().step, 0);
}

TEST(Trainer, RefusesWhatDoesNotFit) {
    TrainingOptions options = small_options();
    options.adam_w.beta2 = 1.0;
    EXPECT_THROW(Trainer(small_spec(), options, small_source(), small_start()), ConfigError);
    DecoderSpec spec = small_spec();
    spec.shape.context = 11;
    EXPECT_THROW(Trainer(spec, small_options(), small_source(), small_start()), ConfigError);
    spec = small_spec();
    spec.shape.hidden = 25;
    EXPECT_THROW(Trainer(spec, small_options(), small_source(), small_start()), ConfigError);
}

// The formulas of optimiser.hpp step by step in one number, with a decay that is not part of the gradient.
TEST(Optimiser, FollowsItsFormulas) {
    const double eta = 0.1, b1 = 0.9, b2 = 0.95, eps = 1e-8, decay = 0.3;
    double p = 2.0, m = 0.0, v = 0.0, q = 2.0, first = 0.0, second = 0.0, coupled = 2.0, m2 = 0.0, v2 = 0.0;
    for (int k = 1; k <= 5; ++k) {
        const double g = std::cos(k) * 0.5;  // half of it after scaling
        const double c1 = 1.0 / (1.0 - std::pow(b1, k)), c2 = 1.0 / (1.0 - std::pow(b2, k));
        const AdamWStep step{eta, decay, b1, b2, eps, c1, c2, 0.5};
        const double raw = 2.0 * g;
        adam_w(1, step, &raw, &first, &second, &q);

        const auto adam = [&](double gradient, double& mean, double& square) {
            mean = b1 * mean + (1.0 - b1) * gradient;
            square = b2 * square + (1.0 - b2) * gradient * gradient;
            return mean * c1 / (std::sqrt(square * c2) + eps);
        };
        p = p * (1.0 - eta * decay) - eta * adam(g, m, v);
        coupled -= eta * adam(g + decay * coupled, m2, v2);
    }
    EXPECT_NEAR(q, p, 1e-14);
    EXPECT_GT(std::abs(q - coupled), 1e-2);  // mutant: the decay inside the gradient

    const LearningRate rate{2e-3, 50, 0.1};
    EXPECT_NEAR(rate.at(0, 600), 2e-3 / 50, 1e-18);
    EXPECT_NEAR(rate.at(300, 600), 2e-3 * 0.55, 1e-15);
    EXPECT_NEAR(rate.at(600, 600), 2e-4, 1e-15);
}

TEST(Optimiser, ClipsTheWholeGradient) {
    TrainingOptions options = small_options();
    options.adam_w.clip_norm = 1e-3;
    options.adam_w.epsilon = 1.0;  // so that a step is proportional to the gradient
    options.adam_w.decay = 0.0;
    options.learning_rate = {1.0, 0, 1.0};
    Trainer trainer(small_spec(), options, small_source(), small_start());
    const std::vector<float> before = trainer.state().parameters;

    const TrainingReport report = trainer.step();

    double moved = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i)
        moved += std::pow(static_cast<double>(trainer.state().parameters[i]) - static_cast<double>(before[i]), 2);
    EXPECT_GT(report.gradient_norm, 0.1);
    // m^ = g, so |dp| <= |g| = 1e-3, less by sqrt(v^) <= 1e-3 in the denominator; parameters are rounded to 6e-8.
    EXPECT_NEAR(std::sqrt(moved), 1e-3, 2e-5);
}

}  // namespace
}  // namespace dynkin::lm
