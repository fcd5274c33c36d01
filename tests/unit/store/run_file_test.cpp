#include "scratch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_reader.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <numeric>

namespace dynkin {
namespace {

using testing::message_of;
using testing::Scratch;
using Values = std::vector<double>;

/// Equal as bits: NaN equals NaN.
void expect_same(const Values& got, const Values& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]));
        EXPECT_TRUE(same) << "at " << i << ": " << got[i] << ", expected " << expected[i];
    }
}

TEST(RunFile, ReadsBackEveryKindOfVariable) {
    const Scratch scratch;
    RunWriter run(scratch / "run.h5");
    const auto time = run.add_unlimited("time", {"1", "time"}, 3);
    run.add_dimension("y", Values{0.5, 1.5}, {"1", "y"}, "Y");
    run.add_dimension("x", Values{-1, 0, 1}, {"1", "cell centre"}, "X", Values{-1.5, -0.5, 0.5, 1.5});
    const auto density = run.add_variable("density", {"time", "y", "x"}, {"1", "density"});
    const auto stationary = run.add_variable("stationary", {"y", "x"}, {"1", ""});
    const auto rate = run.add_variable("spectrum/first/rate", {}, {"s-1", "relaxation rate"});
    for (Index k = 0; k < 3; ++k) {
        Values row(6);
        std::iota(row.begin(), row.end(), 10.0 * static_cast<double>(k));
        run.write_row(time, k, 0.25 * static_cast<double>(k));
        run.write_row(density, k, row);
    }
    run.write(stationary, Values{1, 2, 3, 4, 5, 6});
    run.write(rate, 0.75);

    run.close();

    const RunReader back(scratch / "run.h5");
    expect_same(back.read("time"), {0, 0.25, 0.5});
    expect_same(back.read_row("density", 1), {10, 11, 12, 13, 14, 15});
    expect_same(back.read("/stationary"), {1, 2, 3, 4, 5, 6});
    expect_same(back.read("spectrum/first/rate"), {0.75});
    expect_same(back.read("x_bounds"), {-1.5, -0.5, -0.5, 0.5, 0.5, 1.5});
    EXPECT_EQ(back.variable("density").dimensions, (std::vector<std::string>{"time", "y", "x"}));
    EXPECT_EQ(back.variable("density").shape, (std::vector<Index>{3, 2, 3}));
    EXPECT_EQ(back.variable("spectrum/first/rate").units, "s-1");
    EXPECT_EQ(back.groups(), (std::vector<std::string>{"spectrum", "spectrum/first"}));
    EXPECT_EQ(scratch.n_files(), 1u);
}

TEST(RunFile, ListsDimensionsAndVariablesInTheOrderTheyWereMade) {
    const Scratch scratch;
    RunWriter run(scratch / "run.h5");
    run.add_unlimited("time", {"1", "time"});
    run.add_dimension("particle", 1000);
    run.add_dimension("component", {"x", "v"}, "component of the state");
    run.add_variable("particles", {"time", "particle", "component"}, {"1", "states"});
    run.add_variable("alive", {"time", "particle"}, {"1", "alive"});
    run.close();

    const RunReader back(scratch / "run.h5");

    std::vector<std::string> dimensions, variables;
    for (const DimensionInfo& dimension : back.dimensions()) dimensions.push_back(dimension.name);
    for (const VariableInfo& variable : back.variables()) variables.push_back(variable.name);
    EXPECT_EQ(dimensions, (std::vector<std::string>{"time", "particle", "component"}));
    EXPECT_EQ(variables, (std::vector<std::string>{"time", "component", "particles", "alive"}));
    EXPECT_TRUE(back.dimensions()[0].grows);
    EXPECT_EQ(back.dimensions()[1].size, 1000);
    EXPECT_FALSE(back.dimensions()[1].has_coordinate);
    EXPECT_EQ(back.read_labels("component"), (std::vector<std::string>{"x", "v"}));
    EXPECT_TRUE(back.variable("component").is_text);
}

TEST(RunFile, AttributesKeepTypeOrderAndLength) {
    const Scratch scratch;
    const std::string config =
        "[model]\n# \xC3\xA9\n" + std::string(200000, 'x');  // beyond the 64 KB of an object header
    RunWriter run(scratch / "run.h5");
    run.attribute("/provenance", "version", "0.1.0");
    run.attribute("/provenance", "seed", std::uint64_t{18446744073709551615u});
    run.attribute("/provenance", "dirty", std::int64_t{-1});
    run.attribute("/provenance", "alpha", 0.01);
    run.attribute("/provenance", "box", Values{-3, 3});
    run.attribute("/provenance", "config", config);
    run.attribute("/provenance", "empty", "");
    run.attribute("provenance", "version", "0.2.0");
    run.attribute("", "title", "double well");
    run.close();

    const RunReader back(scratch / "run.h5");

    std::vector<std::string> names;
    for (const Attribute& attribute : back.attributes("/provenance")) names.push_back(attribute.name);
    EXPECT_EQ(names, (std::vector<std::string>{"seed", "dirty", "alpha", "box", "config", "empty", "version"}));
    EXPECT_EQ(back.attribute("provenance", "seed"), AttributeValue(std::uint64_t{18446744073709551615u}));
    EXPECT_EQ(back.attribute("provenance", "dirty"), AttributeValue(std::int64_t{-1}));
    EXPECT_EQ(back.attribute("provenance", "alpha"), AttributeValue(0.01));
    EXPECT_EQ(back.attribute("provenance", "box"), AttributeValue(Values{-3, 3}));
    EXPECT_EQ(back.attribute("provenance", "config"), AttributeValue(config));
    EXPECT_EQ(back.attribute("provenance", "empty"), AttributeValue(std::string()));
    EXPECT_EQ(back.attribute("provenance", "version"), AttributeValue("0.2.0"));
    EXPECT_EQ(back.attribute("/", "Conventions"), AttributeValue("CF-1.10"));
    EXPECT_EQ(back.attribute("/", "title"), AttributeValue("double well"));
}

TEST(RunFile, WhatWasNotWrittenIsNaN) {
    const Scratch scratch;
    RunWriter run(scratch / "run.h5");
    const auto time = run.add_unlimited("time", {"1", "time"});
    run.add_dimension("x", Values{0, 1}, {"1", "x"});
    const auto a = run.add_variable("a", {"time"}, {});
    run.add_variable("never", {"time", "x"}, {});
    run.add_variable("fixed", {"x"}, {});
    for (Index k = 0; k < 4; ++k) run.write_row(time, k, static_cast<double>(k));
    run.write_row(a, 2, 5.0);
    run.write_row(a, 0, 4.0);
    run.close();

    const RunReader back(scratch / "run.h5");

    expect_same(back.read("a"), {4, NAN, 5, NAN});
    expect_same(back.read("never"), Values(8, NAN));
    expect_same(back.read("fixed"), {NAN, NAN});
}

// Rows at and above the size of a chunk go to the file chunk by chunk: cut along any dimension, with a rest or without.
TEST(RunFile, LargeRowsOfAnyShapeComeBack) {
    const Scratch scratch;
    const std::vector<std::vector<Index>> shapes = {{65536},     {65537},    {100001},     {3, 40000},
                                                    {2, 100001}, {70000, 1}, {5, 3, 9000}, {2, 2, 65536}};
    RunWriter run(scratch / "run.h5");
    run.add_unlimited("time", {"1", "time"});
    std::vector<RunWriter::Variable> variables;
    std::vector<Values> rows;
    for (std::size_t s = 0; s < shapes.size(); ++s) {
        std::vector<std::string> over = {"time"};
        Index size = 1;
        for (const Index extent : shapes[s]) {
            over.push_back("d" + std::to_string(s) + "_" + std::to_string(over.size()));
            run.add_dimension(over.back(), extent);
            size *= extent;
        }
        variables.push_back(run.add_variable("v" + std::to_string(s), over, {}));
        rows.emplace_back();
        for (Index i = 0; i < size; ++i) rows.back().push_back(static_cast<double>(i) + 0.25 * static_cast<double>(s));
    }
    for (std::size_t s = 0; s < shapes.size(); ++s) {
        run.write_row(variables[s], 1, rows[s]);  // row 0 is never written
        run.write_row(variables[s], 2, rows[s]);
    }
    run.close();

    const RunReader back(scratch / "run.h5");

    for (std::size_t s = 0; s < shapes.size(); ++s) {
        const std::string name = "v" + std::to_string(s);
        expect_same(back.read_row(name, 1), rows[s]);
        expect_same(back.read_row(name, 2), rows[s]);
        expect_same(back.read_row(name, 0), Values(rows[s].size(), NAN));
    }
}

TEST(RunFile, ParticlesInBlocksEqualParticlesInOnePiece) {
    const Scratch scratch;
    const Index n = 100001;  // rows wider than a chunk, of a size that no chunk divides
    const auto state = [](Index k, Index i, Index c) { return static_cast<double>(k * 1000000 + i * 2 + c); };
    RunWriter run(scratch / "run.h5");
    const auto time = run.add_unlimited("time", {"1", "time"});
    run.add_dimension("particle", n);
    run.add_dimension("component", {"x", "v"}, "component");
    const auto blocks = run.add_variable("blocks", {"time", "particle", "component"}, {});
    const auto whole = run.add_variable("whole", {"time", "particle", "component"}, {});
    for (Index k = 0; k < 2; ++k) {
        run.write_row(time, k, static_cast<double>(k));
        Values row;
        for (Index i = 0; i < n; ++i) row.insert(row.end(), {state(k, i, 0), state(k, i, 1)});
        run.write_row(whole, k, row);
        for (Index first = 0; first < n; first += 4096) {
            const Index count = std::min<Index>(4096, n - first);
            run.write_slab(
                blocks, {k, first, 0}, {1, count, 2},
                std::span(row).subspan(static_cast<std::size_t>(2 * first), static_cast<std::size_t>(2 * count)));
        }
        run.flush();
    }
    run.close();

    const RunReader back(scratch / "run.h5");

    expect_same(back.read("blocks"), back.read("whole"));
    EXPECT_EQ(back.read_row("blocks", 1)[200001], state(1, 100000, 1));
}

TEST(RunFile, MisuseIsRefusedAndTheRunGoesOn) {
    const Scratch scratch;
    RunWriter run(scratch / "run.h5");
    const auto time = run.add_unlimited("time", {"1", "time"});
    run.add_dimension("x", Values{0, 1}, {"1", "x"});
    const auto density = run.add_variable("density", {"time", "x"}, {});
    const auto fault = [&](auto work) { return message_of<IoError>(work).substr(run.partial_name().string().size()); };

    EXPECT_EQ(fault([&] { run.write_row(density, 0, 1.0); }), ": row 0 of 'density' got 1 values; expected 2");
    EXPECT_EQ(fault([&] { run.add_variable("density", {}, {}); }), ": the name 'density' is empty or taken");
    EXPECT_EQ(fault([&] { run.add_variable("p", {"y"}, {}); }),
              ": variable 'p' needs the dimension 'y', which is absent");
    EXPECT_EQ(fault([&] {
                  run.add_variable("p", {"x", "time"}, {});
              }),
              ": variable 'p': the growing dimension comes first");
    EXPECT_EQ(fault([&] {
                  run.write(density, Values{1, 2});
              }),
              ": variable 'density' grows; use write_row or write_slab");
    EXPECT_EQ(fault([&] {
                  run.write_slab(density, {0, 1}, {1, 2}, Values{1, 2});
              }),
              ": a slab of 'density' lies outside of it");
    EXPECT_EQ(fault([&] {
                  run.add_dimension("y", Values{0, 1}, {}, "Y", Values{0, 1});
              }),
              ": dimension 'y' has 2 values and 2 edges; expected one edge more than values");

    run.write_row(time, 0, 0.0);
    run.close();
    EXPECT_EQ(fault([&] { run.flush(); }), ": the file is closed");
    EXPECT_EQ(RunReader(scratch / "run.h5").read("time").size(), 1u);
}

}  // namespace
}  // namespace dynkin
