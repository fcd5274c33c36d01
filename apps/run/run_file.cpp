#include "apps/run/run_file.hpp"

#include "apps/run/provenance.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();

/// Names that the layout itself uses; a variable of the model that bears one gets "axis_" in front.
std::string axis_name(const std::string& variable) {
    static const std::vector<std::string> taken = {"time",          "particle", "particles",         "component",
                                                   "test_function", "density",  "moments_particles", "moments_grid",
                                                   "residual",      "zscore",   "stationary"};
    return std::find(taken.begin(), taken.end(), variable) == taken.end() ? variable : "axis_" + variable;
}

std::vector<double> cell_volumes(const Mesh& mesh) {
    std::vector<double> volumes = {1.0};
    for (int j = 0; j < mesh.dim(); ++j) {
        std::vector<double> next;
        for (const double width : mesh.widths(j))
            for (const double v : volumes) next.push_back(v * width);
        volumes = std::move(next);
    }
    return volumes;
}

}  // namespace

void write_identity(RunWriter& writer, const std::string& title, std::uint64_t seed, const RunIdentity& identity) {
    writer.attribute("/", "title", title);
    writer.attribute("/", "source", "Dynkin " + version());
    for (const Attribute& fact : build_provenance()) writer.attribute("/provenance", fact.name, fact.value);
    writer.attribute("/provenance", "seed", seed);
    writer.attribute("/provenance", "command_line", identity.command_line);
    writer.attribute("/provenance", "start", utc_now());
    writer.attribute("/provenance", "config", identity.config_text);
    writer.attribute("/provenance", "config_hash", identity.config_hash);
}

RunFile::RunFile(const std::filesystem::path& path, const Experiment& experiment, const RunIdentity& identity)
    : experiment_(experiment), writer_(path) {
    write_identity(writer_, experiment.name, experiment.particles ? experiment.particles->seed : 0, identity);
    add_axes();
    add_views();
    for (std::size_t k = 0; k < experiment.time.outputs.size(); ++k)
        writer_.write_row(time_, static_cast<Index>(k), experiment.time.outputs[k]);
    writer_.flush();
}

void RunFile::add_axes() {
    time_ = writer_.add_unlimited("time", {"1", "time"}, static_cast<Index>(experiment_.time.outputs.size()));
    const char* const letters[] = {"X", "Y", "Z"};
    if (experiment_.grid) {
        const Mesh& mesh = experiment_.grid->mesh;
        for (int j = 0; j < mesh.dim(); ++j)
            axis_names_.push_back(axis_name(experiment_.process->variables()[static_cast<std::size_t>(j)]));
        for (int j = mesh.dim(); j-- > 0;) {
            const auto a = static_cast<std::size_t>(j);
            writer_.add_dimension(axis_names_[a], mesh.centres(j), {"1", experiment_.process->variables()[a]},
                                  letters[j], mesh.faces[a]);
        }
        volumes_ = cell_volumes(mesh);
    }
    if (experiment_.particles && experiment_.output.particles) {
        writer_.add_dimension("particle", static_cast<Index>(experiment_.particles->n));
        writer_.add_dimension("component", experiment_.process->variables(), "component of the state");
    }
    std::vector<std::string> names;
    for (const auto& phi : experiment_.functions) names.push_back(phi->name());
    writer_.add_dimension("test_function", names, "test function phi");
    // A dimension of its own: readers of netCDF do not take one twice in a variable.
    if (experiment_.particles) writer_.add_dimension("other_test_function", names, "test function phi, second factor");
}

std::vector<std::string> RunFile::over_cells(bool with_time) const {
    std::vector<std::string> dimensions;
    if (with_time) dimensions.push_back("time");
    dimensions.insert(dimensions.end(), axis_names_.rbegin(), axis_names_.rend());
    return dimensions;
}

void RunFile::add_views() {
    const std::vector<std::string> of_time = {"time"}, of_functions = {"time", "test_function"};
    const auto moments = [&](const char* name, const char* long_name) {
        return writer_.add_variable(name, of_functions, {"1", long_name});
    };
    if (experiment_.grid) {
        if (experiment_.output.density) {
            density_ = writer_.add_variable("density", over_cells(true), {"1", "probability density, cell averages"});
            std::string methods;
            for (const std::string& axis : axis_names_) methods += axis + ": ";
            writer_.attribute("density", "cell_methods", methods + "mean");
        }
        moments_grid_ = moments("moments_grid", "expectation of phi under the density");
        residual_ =
            moments("residual", "weak residual of the density: change of <phi, p> less the integral of <L phi, p>");
        grid_mass_ = writer_.add_variable("mass_grid", of_time, {"1", "mass on the grid"});
        killed_ =
            writer_.add_variable("killed_grid", of_time, {"1", "mass removed by the killing rate since the start"});
        for (std::size_t j = 0; j < axis_names_.size(); ++j) {
            if (experiment_.domain[j].at_lower != Boundary::absorbing &&
                experiment_.domain[j].at_upper != Boundary::absorbing) {
                absorbed_lower_.push_back({});
                absorbed_upper_.push_back({});
                continue;
            }
            const std::string& axis = axis_names_[j];
            absorbed_lower_.push_back(writer_.add_variable("absorbed_" + axis + "_lower", of_time,
                                                           {"1", "mass absorbed at the lower side since the start"}));
            absorbed_upper_.push_back(writer_.add_variable("absorbed_" + axis + "_upper", of_time,
                                                           {"1", "mass absorbed at the upper side since the start"}));
        }
    }
    if (experiment_.particles) {
        moments_particles_ = moments("moments_particles", "mean of phi over the particles (absorbed ones count zero)");
        moments_stderr_ = moments("moments_particles_stderr", "standard error of moments_particles");
        covariance_ = writer_.add_variable(
            "covariance_particles", {"time", "test_function", "other_test_function"},
            {"1", "covariance of the test functions for one particle; divided by n, of the means"});
        particle_residual_ = moments("residual_particles", "mean of Dynkin's residual along the audited paths");
        particle_residual_stderr_ = moments("residual_particles_stderr", "standard error of residual_particles");
        mass_ =
            writer_.add_variable("mass_particles", of_time, {"1", "mean weight of the particles, absorbed ones zero"});
        mass_stderr_ =
            writer_.add_variable("mass_particles_stderr", of_time, {"1", "standard error of mass_particles"});
        survival_ =
            writer_.add_variable("survival_particles", of_time, {"1", "share of particles not absorbed at a wall"});
        if (experiment_.output.histogram)
            histogram_ = writer_.add_variable("density_particles", over_cells(true),
                                              {"1", "histogram of the particles as a density"});
        if (experiment_.output.particles) {
            particles_ =
                writer_.add_variable("particles", {"time", "particle", "component"}, {"1", "state of each particle"});
            if (experiment_.process->has_killing())
                weight_ =
                    writer_.add_variable("weight", {"time", "particle"}, {"1", "Feynman-Kac weight of each particle"});
            if (experiment_.output.log_density)
                log_density_ = writer_.add_variable("log_density", {"time", "particle"},
                                                    {"1", "log p along the path of each particle"});
        }
    }
    exact_ = moments("moments_exact", "exact expectation of phi, where the moments close");
    zscore_ = moments("zscore", "particles against grid: what exceeds the budget, in standard errors");
}

std::vector<double> RunFile::cell_averages(const std::vector<double>& masses) const {
    std::vector<double> averages(masses.size());
    for (std::size_t i = 0; i < masses.size(); ++i) averages[i] = masses[i] / volumes_[i];
    return averages;
}

void RunFile::write_density(int output, const std::vector<double>& masses) {
    if (!experiment_.output.density) return;
    writer_.write_row(density_, output, cell_averages(masses));
    writer_.flush();
}

void RunFile::write_grid_row(int output, const DensityRow& row) {
    writer_.write_row(moments_grid_, output, row.expectation);
    writer_.write_row(residual_, output, row.residual);
    writer_.write_row(grid_mass_, output, row.mass);
    writer_.write_row(killed_, output, row.killed);
    for (std::size_t j = 0; j < absorbed_lower_.size(); ++j) {
        if (absorbed_lower_[j].index < 0) continue;
        writer_.write_row(absorbed_lower_[j], output, row.absorbed_lower[j]);
        writer_.write_row(absorbed_upper_[j], output, row.absorbed_upper[j]);
    }
}

void RunFile::write_ensemble(const EnsembleResult& result) {
    for (std::size_t k = 0; k < result.rows.size(); ++k) {
        const EnsembleRow& row = result.rows[k];
        const auto output = static_cast<Index>(k);
        writer_.write_row(moments_particles_, output, row.mean);
        writer_.write_row(moments_stderr_, output, row.standard_error);
        writer_.write_row(covariance_, output, row.covariance);
        writer_.write_row(mass_, output, row.mass);
        writer_.write_row(mass_stderr_, output, row.mass_standard_error);
        writer_.write_row(survival_, output, row.survival);
        if (experiment_.output.histogram) {
            std::vector<double> histogram = cell_averages(row.histogram);
            for (double& h : histogram) h /= row.n;
            writer_.write_row(histogram_, output, histogram);
        }
    }
    writer_.flush();
}

void RunFile::write_particles(int output, const BlockState& state) {
    const int d = experiment_.process->dim();
    const auto first = static_cast<Index>(state.first_particle);
    std::vector<double> rows(static_cast<std::size_t>(state.n * d));
    for (Index q = 0; q < state.n; ++q)
        for (int j = 0; j < d; ++j) rows[static_cast<std::size_t>(q * d + j)] = state.x.row(j)[q];
    const std::lock_guard<std::mutex> lock(mutex_);
    writer_.write_slab(particles_, {output, first, 0}, {1, state.n, d}, rows);
    const auto write_row = [&](const RunWriter::Variable& variable, const double* values) {
        writer_.write_slab(variable, {output, first}, {1, state.n},
                           std::span(values, static_cast<std::size_t>(state.n)));
    };
    if (weight_.index >= 0) write_row(weight_, state.weight.row(0));
    if (log_density_.index >= 0 && state.log_density.n_rows() > 0) write_row(log_density_, state.log_density.row(0));
}

void RunFile::write_exact(int output, const std::vector<double>& values) {
    writer_.write_row(exact_, output, values);
}

void RunFile::write_particle_residual(int output, const std::vector<double>& residual,
                                      const std::vector<double>& standard_error) {
    writer_.write_row(particle_residual_, output, residual);
    writer_.write_row(particle_residual_stderr_, output, standard_error);
}

void RunFile::write_stationary(const std::vector<double>& masses, const std::vector<double>& moments_grid,
                               const std::vector<double>& moments_particles,
                               const std::vector<double>& standard_error) {
    const auto variable =
        writer_.add_variable("stationary", over_cells(false), {"1", "stationary probability density, cell averages"});
    writer_.write(variable, cell_averages(masses));
    const auto moments = [&](const char* name, const char* long_name, const std::vector<double>& values) {
        if (values.empty()) return;
        writer_.write(writer_.add_variable(name, {"test_function"}, {"1", long_name}), values);
    };
    moments("stationary_moments_grid", "expectation of phi under the stationary density", moments_grid);
    moments("stationary_moments_particles", "mean of phi over particles that started from the stationary density",
            moments_particles);
    moments("stationary_moments_particles_stderr", "standard error of stationary_moments_particles", standard_error);
}

void RunFile::write_first_passage(std::size_t number, const std::string& set, const std::vector<double>& mean,
                                  const std::vector<double>& survival, const FirstPassageResult* particles) {
    const std::string group = "first_passage_" + std::to_string(number);
    const auto over_time = [&](const char* name, const char* long_name, const std::vector<double>& values) {
        const auto variable = writer_.add_variable(group + "/" + name, {"time"}, {"1", long_name});
        for (std::size_t k = 0; k < values.size(); ++k) writer_.write_row(variable, static_cast<Index>(k), values[k]);
    };
    const auto scalar = [&](const char* name, const char* long_name, double value) {
        writer_.write(writer_.add_variable(group + "/" + name, {}, {"1", long_name}), value);
    };
    if (!mean.empty())
        writer_.write(
            writer_.add_variable(group + "/mean", over_cells(false), {"1", "mean first-passage time from each cell"}),
            mean);
    if (!survival.empty())
        over_time("survival", "probability not to have entered, initial law, from the grid", survival);
    if (particles != nullptr) {
        over_time("survival_particles", "probability not to have entered, from the particles", particles->survival);
        over_time("survival_particles_stderr", "standard error of survival_particles",
                  particles->survival_standard_error);
        scalar("mean_until_particles", "mean of min(passage time, end of the run) less the start", particles->mean);
        scalar("mean_until_particles_stderr", "standard error of mean_until_particles", particles->mean_standard_error);
    }
    writer_.attribute(group, "set", set);
}

void RunFile::write_verdict(const Verdict& verdict) {
    const std::size_t K = experiment_.functions.size();
    for (std::size_t output = 0; output < experiment_.time.outputs.size(); ++output) {
        std::vector<double> z(K, nan);
        for (const VerdictRow& row : verdict.table) {
            if (row.check != "pairing" || row.time != experiment_.time.outputs[output] || !row.used) continue;
            for (std::size_t k = 0; k < K; ++k)
                if (experiment_.functions[k]->name() == row.function) z[k] = row.z;
        }
        writer_.write_row(zscore_, static_cast<Index>(output), z);
    }
    writer_.attribute("/", "verdict", verdict.line);
}

void RunFile::close() {
    writer_.attribute("/provenance", "end", utc_now());
    writer_.close();
}

}  // namespace dynkin
