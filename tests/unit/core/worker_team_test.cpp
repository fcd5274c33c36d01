#include "solvers/core/worker_team.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "solvers/core/errors.hpp"

namespace {

using dynkin::WorkerTeam;

// Thousands of short calls of both kinds in turn: each task is done once, and nobody takes a task of a call that is
// over. The mutant of this test would be a `share` that does not wait for its workers: the counts of a finished call
// would change afterwards.
TEST(WorkerTeam, EveryTaskIsDoneOnceBeforeTheCallReturns) {
    for (int n_threads : {1, 2, 5}) {
        WorkerTeam team(n_threads);
        for (int call = 0; call < 2000; ++call) {
            const auto n = static_cast<std::ptrdiff_t>(call % 37);
            std::vector<int> done(static_cast<std::size_t>(n), 0), covered(static_cast<std::size_t>(n), 0);
            team.share(n, [&](std::ptrdiff_t task) { ++done[static_cast<std::size_t>(task)]; });
            ASSERT_EQ(done, std::vector<int>(static_cast<std::size_t>(n), 1)) << n_threads << " threads, call " << call;
            team.run(n, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
                for (auto i = first; i < last; ++i) ++covered[static_cast<std::size_t>(i)];
            });
            ASSERT_EQ(covered, done) << n_threads << " threads, call " << call;
        }
    }
    EXPECT_THROW(WorkerTeam(0), dynkin::ConfigError);
}

}  // namespace
