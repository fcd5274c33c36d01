// A short version of calibration_slow_test.cpp: 20 seeds.
#include "tests/verification/verdict/calibration.hpp"

#include <gtest/gtest.h>

namespace dynkin::test {
namespace {

// Binomial(20, 0.01) is at most 2 with probability 0.9990.
constexpr int n_seeds = 20, most_alarms = 2;

TEST(VerdictCalibrationShort, FewFalseAlarmsOnRightRuns) {
    for (const Calibrated& of : calibrated_problems()) {
        const Alarms found = alarms(of, n_seeds);

        EXPECT_LE(found.fired, most_alarms) << of.name << ": " << found.first_line;
    }
}

// A step of 0.1 costs more than the noise of 3000 particles: without budgets right runs are called wrong.
TEST(VerdictCalibrationShort, WithoutBudgetsRightRunsFire) {
    Calibrated of = calibrated_problems()[1];
    of.problem.dt = 0.1;

    const Alarms with = alarms(of, n_seeds);
    of.with_budgets = false;
    const Alarms without = alarms(of, n_seeds);

    EXPECT_LE(with.fired, most_alarms) << with.first_line;
    EXPECT_GT(without.fired, most_alarms);
}

}  // namespace
}  // namespace dynkin::test
