#include "tests/verification/judging.hpp"

namespace dynkin {
namespace {

class SlowCase : public testing::TestWithParam<std::string> {};

TEST_P(SlowCase, Passes) {
    testing_cases::expect_case_passes(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Verify, SlowCase, testing::ValuesIn(testing_cases::slow_cases()),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace dynkin
