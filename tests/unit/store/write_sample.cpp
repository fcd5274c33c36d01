// store_sample FILE [kill]: a small run file with everything a run may hold, for readers in other languages.
// With "kill" the program ends itself by SIGKILL between two windows.
#include "solvers/store/run_writer.hpp"

#include <cmath>
#include <csignal>
#include <cstring>
#include <iostream>

int main(int argc, char** argv) try {
    using namespace dynkin;
    if (argc < 2) return 2;
    const bool killed = argc > 2 && std::strcmp(argv[2], "kill") == 0;
    RunWriter run(argv[1]);
    run.attribute("/", "title", "double well");
    const auto time = run.add_unlimited("time", {"1", "time"}, 5);
    run.add_dimension("y", std::vector<double>{-0.5, 0.5}, {"1", "y"}, "Y", std::vector<double>{-1, 0, 1});
    run.add_dimension("x", std::vector<double>{-1, 0, 1}, {"1", "x"}, "X", std::vector<double>{-1.5, -0.5, 0.5, 1.5});
    run.add_dimension("particle", 4);
    run.add_dimension("component", {"x", "y"}, "component of the state");
    run.add_dimension("test_function", {"x^2", "x*y", "1[x >= 0]", "\xCF\x86"}, "test function");
    const auto density = run.add_variable("density", {"time", "y", "x"}, {"1", "probability density"});
    run.attribute("density", "cell_methods", "x: y: mean");
    const auto particles =
        run.add_variable("particles", {"time", "particle", "component"}, {"1", "states of the particles"});
    const auto moments =
        run.add_variable("moments_particles", {"time", "test_function"}, {"1", "mean over the particles"});
    const auto mean = run.add_variable("first_passage_0/mean", {"y", "x"}, {"1", "mean first-passage time"});
    const auto survival = run.add_variable("first_passage_0/survival", {"time"}, {"1", "survival probability"});
    run.attribute("first_passage_0", "set", "x >= 0");
    run.attribute("/provenance", "version", "0.1.0");
    run.attribute("/provenance", "seed", std::uint64_t{18446744073709551615u});
    run.attribute("/provenance", "config", "[model]\nname = \"double_well\"  # \xCF\x83\n");
    run.attribute("/provenance", "alpha", 0.01);
    for (Index k = 0; k < 5; ++k) {
        const auto t = 0.5 * static_cast<double>(k);
        run.write_row(time, k, t);
        run.write_row(density, k, std::vector<double>{t, t + 1, t + 2, t + 3, t + 4, t + 5});
        run.write_row(particles, k, std::vector<double>(8, t));
        if (k != 2) run.write_row(moments, k, std::vector<double>{t, 2 * t, 3 * t, 4 * t});
        run.write_row(survival, k, std::exp(-t));
        run.flush();
        if (killed && k == 3) std::raise(SIGKILL);
    }
    run.write(mean, std::vector<double>{1, 2, 3, 4, 5, 6});
    run.close();
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 5;
}
