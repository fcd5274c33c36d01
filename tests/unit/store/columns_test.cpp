#include "solvers/store/columns.hpp"
#include "scratch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_writer.hpp"

#include <gtest/gtest.h>
#include <cmath>

namespace dynkin {
namespace {

using testing::message_of;
using testing::Scratch;
using Values = std::vector<double>;

TEST(Columns, ReadsCommasWithHeaderCommentsAndDosLines) {
    const Scratch scratch;
    const auto path = scratch.file(
        "a.csv",
        "\xEF\xBB\xBF# by hand\r\n\r\nDate, \"x, first\" ,y\r\n1/2/62, 1.5,-2e3\r\n; note\r\n1/3/62,+2,\" 3\"\r\n");

    const Table table = read_columns(path, {"y", "x, first"});

    EXPECT_EQ(table.names, (std::vector<std::string>{"y", "x, first"}));
    EXPECT_EQ(table.columns[1], (Values{1.5, 2.0}));
    EXPECT_EQ(table.columns[0][0], -2000.0);
}

TEST(Columns, ReadsBlanksTabsAndSemicolonsWithoutHeader) {
    const Scratch scratch;

    const Table by_blanks = read_columns(scratch.file("a.txt", "  1   2 3\n 4 5 6  \n"), {"2", "0"});
    const Table by_tabs = read_columns(scratch.file("b.txt", "1\t2\n3\t4\n"));
    const Table by_semicolons = read_columns(scratch.file("c.txt", "1;2\n3;4"), {"1"});

    EXPECT_EQ(by_blanks.columns, (std::vector<Values>{{3, 6}, {1, 4}}));
    EXPECT_EQ(by_tabs.columns, (std::vector<Values>{{1, 3}, {2, 4}}));
    EXPECT_EQ(by_semicolons.columns, (std::vector<Values>{{2, 4}}));
}

TEST(Columns, MissingValuesAreRefusedWithTheirLineOrSkipped) {
    const Scratch scratch;
    const auto path = scratch.file("a.csv", "t,x\n1,\n2,5\n3,NA\n4,nan\n5,6\n");

    const std::string message = message_of<IoError>([&] { read_columns(path, {"x"}); });
    const Table skipped = read_columns(path, {"t", "x"}, MissingValues::skip_row);
    const Table other_column = read_columns(path, {"t"});

    EXPECT_EQ(message, path.string() +
                           ":2: no value in column 'x', expected a finite number (rows with missing values "
                           "can be skipped on request)");
    EXPECT_EQ(skipped.columns, (std::vector<Values>{{2, 5}, {5, 6}}));
    EXPECT_EQ(other_column.n_rows(), 5);
}

TEST(Columns, EveryFaultNamesItsLine) {
    const Scratch scratch;
    const auto fault = [&](const std::string& text, std::vector<std::string> columns) {
        const auto path = scratch.file("a.csv", text);
        return message_of<IoError>([&] { read_columns(path, columns); }).substr(path.string().size());
    };

    EXPECT_EQ(fault("t,x\n1,2\n3,four\n", {}), ":3: found 'four' in column 'x', expected a number");
    EXPECT_EQ(fault("t,x\n1,2\n3\n", {}), ":3: found 1 fields, expected 2 as in the first line");
    EXPECT_EQ(fault("time,x\n1,2\n", {"tine"}), ": unknown column 'tine'; did you mean 'time'? known: time, x");
    EXPECT_EQ(fault("1,2\n", {"x"}), ": has no column 'x'; it has 2 columns without names: give indices from 0");
    EXPECT_EQ(fault("1,2\n", {"2"}), ": has no column '2'; it has 2 columns without names: give indices from 0");
    EXPECT_EQ(fault("# only\n\n", {}), ": has no data");
    EXPECT_EQ(fault("t,x\n", {}), ": has no row of numbers in the wanted columns");
    EXPECT_EQ(fault("t,x\n1,\"2\n", {}), ":2: a quote is opened and never closed");
    EXPECT_EQ(fault("1;2,5\n", {}), ":1: found '2,5' in column '1', expected a number");
}

class SharedSeries : public ::testing::Test {
protected:
    static constexpr const char* folder = DYNKIN_SHARED_DIR "/data/timeseries";
    void SetUp() override {
        if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no real series here: " << folder << " is absent";
    }
    static std::filesystem::path series(const std::string& name) { return std::filesystem::path(folder) / name; }
};

TEST_F(SharedSeries, QuotedHeaderAndBlanks) {
    const Table amoc = read_columns(series("amoc.txt"), {"time", "AMOC2"});

    EXPECT_EQ(amoc.n_rows(), 1812);
    EXPECT_EQ(amoc.columns[1].front(), 0.34747531);
    EXPECT_EQ(amoc.columns[0].back(), 2021.0);
}

TEST_F(SharedSeries, OneNumberALine) {
    const Table nino = read_columns(series("nino3.txt"), {"0"});

    EXPECT_EQ(nino.n_rows(), 504);
    EXPECT_EQ(nino.columns[0].front(), -0.15);
}

TEST_F(SharedSeries, DatesBesideNumbers) {
    const Table rates = read_columns(series("treasury_10y.csv"), {"Rate"});

    EXPECT_EQ(rates.n_rows(), 14802);
    EXPECT_EQ(rates.columns[0].back(), 1.64);
    EXPECT_THROW(read_columns(series("treasury_10y.csv"), {"Date"}), IoError);
}

TEST_F(SharedSeries, CommentHeaderAndGaps) {
    const Table ice = read_columns(series("ngrip_10yr.csv"), {"Age_BP", "d18O"}, MissingValues::skip_row);

    EXPECT_EQ(ice.columns[0].front(), 10155.0);
    EXPECT_EQ(ice.columns[1].front(), -36.07);
    EXPECT_GT(ice.n_rows(), 4900);
    EXPECT_THROW(read_columns(series("ngrip_10yr.csv"), {"Na"}), IoError);
}

TEST(Hdf5Columns, ReadsVectorsAndMatrices) {
    const Scratch scratch;
    {
        RunWriter run(scratch / "a.h5");
        run.add_dimension("particle", 3);
        run.add_dimension("component", {"x", "v"}, "component");
        run.write(run.add_variable("speeds", {"particle"}, {}), Values{1, 2, 3});
        run.write(run.add_variable("start/state", {"particle", "component"}, {}), Values{1, 4, 2, 5, 3, NAN});
        run.close();
    }

    const Table vector = read_hdf5_columns(scratch / "a.h5", "speeds");
    const Table matrix = read_hdf5_columns(scratch / "a.h5", "/start/state", {"1"}, MissingValues::skip_row);

    EXPECT_EQ(vector.columns, (std::vector<Values>{{1, 2, 3}}));
    EXPECT_EQ(matrix.columns, (std::vector<Values>{{4, 5}}));
}

TEST(Hdf5Columns, EveryFaultNamesThePath) {
    const Scratch scratch;
    const std::string path = (scratch / "a.h5").string();
    {
        RunWriter run(scratch / "a.h5");
        run.add_dimension("component", {"x", "v"}, "component");
        run.write(run.add_variable("one", {}, {}), 1.0);
        run.write(run.add_variable("gap", {"component"}, {}), Values{1, NAN});
        run.close();
    }
    const auto fault = [&](const std::string& dataset, std::vector<std::string> columns = {}) {
        return message_of<IoError>([&] { read_hdf5_columns(path, dataset, columns); }).substr(path.size());
    };

    EXPECT_EQ(fault("no/where"), ": has no dataset 'no/where'");
    EXPECT_EQ(fault("one"), ": dataset 'one' has 0 dimensions, expected (n) or (n, c)");
    EXPECT_EQ(fault("component"), ": dataset 'component' holds no numbers");
    EXPECT_EQ(fault("gap"), ": dataset 'gap' has a value in row 1 that is not finite");
    EXPECT_EQ(fault("gap", {"1"}),
              ": dataset 'gap': has no column '1'; it has 1 columns without names: give indices from 0");
}

}  // namespace
}  // namespace dynkin
