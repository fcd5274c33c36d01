#include "apps/run/views.hpp"

#include <cstdio>

namespace dynkin {

void run_grid(const RunContext& context, Views& views) {
    const Experiment& e = context.experiment;
    DensitySpec spec{.problem = {e.process, e.grid->mesh, e.domain, e.grid->flux}, .initial = *e.initial};
    spec.t0 = e.time.start;
    spec.outputs = e.time.outputs;
    spec.method = e.grid->method;
    spec.steps = e.grid->steps;
    spec.functions = e.functions;
    spec.n_threads = e.particles ? e.particles->n_threads : 0;
    spec.stop = context.control.stop;
    spec.visit = [&](int output, const std::vector<double>& masses) { context.file.write_density(output, masses); };
    spec.progress = [&](double t) { context.update(t - e.time.start); };

    context.begin("grid", e.time.until - e.time.start, " time");
    views.grid = audit_density(spec);
    context.end();
    const DensityResult& fine = views.grid->result;
    for (std::size_t k = 0; k < fine.rows.size(); ++k) context.file.write_grid_row(static_cast<int>(k), fine.rows[k]);
    context.file.flush();
    char line[200];
    std::snprintf(line, sizeof line, "grid: %lld steps (%lld rejected), smallest %.3g, largest %.3g, time error %.2g",
                  static_cast<long long>(fine.counts.n_steps), static_cast<long long>(fine.counts.n_rejections),
                  fine.counts.smallest_step, fine.counts.largest_step, fine.counts.time_error);
    context.log(line);
}

}  // namespace dynkin
