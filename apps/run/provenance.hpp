#pragma once
// Where a run comes from: what built it, on what it runs, what it was asked.
#include "solvers/store/attribute.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dynkin {

/// "0.1.0".
std::string version();

/// Version, commit and dirty flag of the sources, compiler, flags, vector level, rounding rules, random generator: what
/// is the same for every run of this binary on this machine.
std::vector<Attribute> build_provenance();

/// UTC, "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace dynkin
