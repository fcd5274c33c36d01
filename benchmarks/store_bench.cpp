// Snapshots of particles appended to a run file.
#include "benchmarks/baselines/hdf5_append.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "solvers/store/run_writer.hpp"

#include <unistd.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace dynkin::benchmarks {
namespace {

namespace fs = std::filesystem;

// A file system in memory where there is one: the contest is about HDF5, not about the disk.
struct Folder {
    fs::path path = (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                    ("dynkin_benchmark_" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

}  // namespace

void add_store() {
    constexpr int n_rows = 16;
    constexpr Index n_particles = 1000000;
    const auto folder = std::make_shared<Folder>();
    const auto row = std::make_shared<std::vector<double>>(n_particles);
    for (Index q = 0; q < n_particles; ++q) (*row)[static_cast<std::size_t>(q)] = 1e-3 * static_cast<double>(q);
    const auto writer = std::make_shared<std::optional<RunWriter>>();  // closed after the clock has stopped

    Contest contest;
    contest.name = "store/append";
    contest.what = "append 16 snapshots of 1e6 particles";
    contest.against = "H5Dwrite into a contiguous dataset";
    contest.items = 8.0 * n_rows * static_cast<double>(n_particles);
    contest.unit = "bytes";
    contest.target = 0.8;
    contest.clock = Clock::cpu;  // nothing waits for a disk
    contest.before = [=] {
        writer->reset();
        for (const char* name : {"run.h5.partial", "contiguous.h5"}) fs::remove(folder->path / name);
    };
    contest.ours = [=] {
        RunWriter& file = writer->emplace(folder->path / "run.h5");
        file.add_unlimited("time", {});
        file.add_dimension("particle", n_particles);
        const RunWriter::Variable x = file.add_variable("x", {"time", "particle"}, {});
        for (int r = 0; r < n_rows; ++r) file.write_row(x, r, *row);
        file.flush();
    };
    contest.theirs = [=] { write_contiguous(folder->path / "contiguous.h5", *row, n_rows); };
    contest.bound_ratio = 1.0;
    contest.bound_source = "one copy into the page cache, as theirs";
    add(std::move(contest));
}

}  // namespace dynkin::benchmarks
