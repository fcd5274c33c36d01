// 200 seeds of each right problem at the stated false alarm rate of 1 %.
#include "tests/verification/verdict/calibration.hpp"

#include <gtest/gtest.h>

namespace dynkin::test {
namespace {

class VerdictCalibration : public testing::TestWithParam<std::size_t> {};

// With 200 seeds at 1 % the number of alarms is Binomial(200, 0.01): at most 6 with probability 0.9957. Holm's method
// over dependent tests and the budgets make it smaller than 1 %, so there is no lower end.
TEST_P(VerdictCalibration, FalseAlarmsAreWithinTheStatedRate) {
    const Calibrated of = calibrated_problems()[GetParam()];

    const Alarms found = alarms(of, 200);
    print(of, found);

    EXPECT_LE(found.fired, 6) << found.first_line;
    // Budgets that swallow everything would pass the line above: some p-values are small by chance, as they should be.
    const std::vector<double>& p = found.p.at("pairing");
    EXPECT_GE(std::count_if(p.begin(), p.end(), [](double v) { return v < 0.5; }), static_cast<long>(p.size() / 20));
}

INSTANTIATE_TEST_SUITE_P(Problems, VerdictCalibration, testing::Range(std::size_t{0}, calibrated_problems().size()));

}  // namespace
}  // namespace dynkin::test
