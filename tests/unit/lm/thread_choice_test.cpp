#include "models/lm/thread_choice.hpp"

#include <gtest/gtest.h>

namespace {

using dynkin::lm::ThreadChoice;

/// How often of n calls work is shared when that takes `together` and the other way `alone`.
int n_shared(ThreadChoice& choice, int n, double together, double alone) {
    int count = 0;
    for (int call = 0; call < n; ++call) {
        const bool shared = choice.shared();
        count += shared;
        choice.took(shared, shared ? together : alone);
    }
    return count;
}

TEST(ThreadChoice, TakesTheFasterWayAndNoticesAChange) {
    ThreadChoice choice;
    EXPECT_EQ(n_shared(choice, 640, 1.0, 2.0), 640 - 2 - 10);
    // Another program comes: it takes a few calls to notice, then 1 in 64 is a trial.
    n_shared(choice, 640, 4.0, 2.0);
    EXPECT_EQ(n_shared(choice, 640, 4.0, 2.0), 10);
    // It goes: the next trials bring the mean below the other one.
    n_shared(choice, 64 * 16, 1.0, 2.0);
    EXPECT_EQ(n_shared(choice, 640, 1.0, 2.0), 630);
    // A gain of a twentieth is not worth another core.
    ThreadChoice undecided;
    n_shared(undecided, 64, 1.9, 2.0);
    EXPECT_EQ(n_shared(undecided, 640, 1.9, 2.0), 10);
}

}  // namespace
