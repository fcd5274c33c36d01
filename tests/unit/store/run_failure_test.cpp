// What is left on the disk when a run does not come to its end, and what foreign files say.
#include "scratch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_reader.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace dynkin {
namespace {

using testing::message_of;
using testing::Scratch;
using Values = std::vector<double>;
namespace fs = std::filesystem;

/// n_rows windows of 8 KB rows, flushed one by one.
void write_windows(RunWriter& run, Index n_rows) {
    const auto time = run.add_unlimited("time", {"1", "time"});
    run.add_dimension("x", Values(1000, 0.0), {"1", "x"});
    const auto density = run.add_variable("density", {"time", "x"}, {});
    for (Index k = 0; k < n_rows; ++k) {
        run.write_row(time, k, static_cast<double>(k));
        run.write_row(density, k, Values(1000, static_cast<double>(k)));
        run.flush();
    }
}

/// Runs `work` in a child that leaves without clean-up; its status as waitpid reports it.
template <class Work>
int status_of_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

TEST(RunFailure, AnExceptionKeepsThePartialFileAndTheOldRun) {
    const Scratch scratch;
    scratch.file("run.h5", "the run of yesterday");

    EXPECT_THROW(
        {
            RunWriter run(scratch / "run.h5");
            write_windows(run, 3);
            throw NumericsError("non-finite particle");
        },
        NumericsError);

    EXPECT_EQ(read_text(scratch / "run.h5"), "the run of yesterday");
    EXPECT_EQ(RunReader(scratch / "run.h5.partial").read("time").size(), 3u);
}

TEST(RunFailure, AHeaderWithoutDataLeavesNothing) {
    const Scratch scratch;

    {
        RunWriter run(scratch / "run.h5");
        run.add_dimension("x", Values{0, 1}, {"1", "x"}, "X", Values{-0.5, 0.5, 1.5});
        run.attribute("/provenance", "seed", std::uint64_t{1});
    }

    EXPECT_EQ(scratch.n_files(), 0u);
}

TEST(RunFailure, AfterKillEveryFlushedRowOpens) {
    const Scratch scratch;

    const int status = status_of_child([&] {
        RunWriter run(scratch / "run.h5");
        write_windows(run, 7);
        return ::kill(::getpid(), SIGKILL);
    });

    ASSERT_TRUE(WIFSIGNALED(status));
    const RunReader back(scratch / "run.h5.partial");
    EXPECT_EQ(back.read("time"), (Values{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(back.read_row("density", 6), Values(1000, 6.0));
    EXPECT_FALSE(fs::exists(scratch / "run.h5"));
}

TEST(RunFailure, AFullDiskIsAnIoErrorAndEarlierRowsStay) {
    const Scratch scratch;

    const int status = status_of_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{800000, 800000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            RunWriter run(scratch / "run.h5");
            write_windows(run, 1000);
            run.close();
        } catch (const IoError& error) {
            ::unlink((scratch / "message").c_str());
            write_text_atomically(scratch / "message", error.what());
            std::exit(3);  // through the library's own clean-up at exit, as the program would
        }
        return 0;
    });

    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 3);
    const std::string message = read_text(scratch / "message");
    EXPECT_EQ(message.find((scratch / "run.h5.partial").string() + ": cannot "), 0u) << message;
    EXPECT_NE(message.find(": File too large"), std::string::npos) << message;
    EXPECT_FALSE(fs::exists(scratch / "run.h5"));
    const Values time = RunReader(scratch / "run.h5.partial").read("time");
    EXPECT_GT(time.size(), 20u);
    for (std::size_t k = 0; k < time.size(); ++k) EXPECT_EQ(time[k], static_cast<double>(k));
}

TEST(RunFailure, TwoWritersOfOneRunAreRefused) {
    const Scratch scratch;
    int ready[2], done[2];
    ASSERT_EQ(::pipe(ready), 0);
    ASSERT_EQ(::pipe(done), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char c = 0;
        RunWriter run(scratch / "run.h5");
        write_windows(run, 2);
        if (::write(ready[1], "r", 1) != 1 || ::read(done[0], &c, 1) != 1) ::_exit(1);
        run.close();
        ::_exit(0);
    }
    char c = 0;
    ASSERT_EQ(::read(ready[0], &c, 1), 1);

    const std::string message = message_of<IoError>([&] { RunWriter second(scratch / "run.h5"); });

    ASSERT_EQ(::write(done[1], "d", 1), 1);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(message, (scratch / "run.h5.partial").string() + ": another process is writing this file");
    EXPECT_EQ(RunReader(scratch / "run.h5").read("time").size(), 2u);
}

TEST(RunFailure, UnwritablePlacesAreNamed) {
    const Scratch scratch;
    fs::create_directory(scratch / "taken");

    const std::string absent = message_of<IoError>([&] { RunWriter run(scratch / "no/run.h5"); });
    const std::string directory = message_of<IoError>([&] { RunWriter run(scratch / "taken"); });
    const std::string device = message_of<IoError>([] { RunWriter run("/dev/full"); });
    const std::string system = message_of<IoError>([] { RunWriter run("/proc/run.h5"); });

    EXPECT_EQ(absent, (scratch / "no/run.h5.partial").string() + ": cannot create: No such file or directory");
    EXPECT_EQ(directory,
              (scratch / "taken").string() + ": cannot write a run there: it exists and is not a regular file");
    EXPECT_EQ(device, "/dev/full: cannot write a run there: it exists and is not a regular file");
    EXPECT_EQ(system.find("/proc/run.h5.partial: cannot create: "), 0u) << system;
}

TEST(RunFailure, ForeignAndTruncatedFilesSayWhatIsWrong) {
    const Scratch scratch;
    {
        RunWriter run(scratch / "run.h5");
        write_windows(run, 20);
        run.close();
    }
    const std::string whole = read_text(scratch / "run.h5");
    const auto fault = [&](const std::string& content) {
        const fs::path path = scratch.file("a.h5", content);
        return message_of<IoError>([&] { RunReader back(path); }).substr(path.string().size());
    };

    EXPECT_EQ(fault("not at all"), ": is not an HDF5 file");
    EXPECT_EQ(fault(""), ": is not an HDF5 file");
    EXPECT_EQ(fault(whole.substr(0, whole.size() / 2)).find(": is cut off: truncated file: eof = "), 0u);
    EXPECT_EQ(message_of<IoError>([&] { RunReader back(scratch / "none.h5"); }),
              (scratch / "none.h5").string() + ": cannot open: No such file or directory");
}

TEST(RunFailure, UnknownNamesSuggestTheNearest) {
    const Scratch scratch;
    {
        RunWriter run(scratch / "run.h5");
        write_windows(run, 2);
        run.close();
    }
    const RunReader back(scratch / "run.h5");

    const std::string variable = message_of<IoError>([&] { back.read("densty"); });
    const std::string row = message_of<IoError>([&] { back.read_row("density", 2); });

    EXPECT_NE(variable.find("unknown variable 'densty'; did you mean 'density'?"), std::string::npos) << variable;
    EXPECT_NE(row.find("'density' has no row 2; it has 2 rows"), std::string::npos) << row;
}

}  // namespace
}  // namespace dynkin
