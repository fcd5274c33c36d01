#pragma once
// One function a file of contests; main.cpp calls them in the order of the table.

namespace dynkin::benchmarks {

void add_noise();
void add_ensembles();
void add_rk4();
void add_grids();
void add_statistics();
void add_sampling();
void add_store();
void add_language_models();

}  // namespace dynkin::benchmarks
