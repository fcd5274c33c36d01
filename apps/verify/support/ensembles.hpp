#pragma once
// Means over ensembles through the library's own driver.
#include "apps/verify/support/rows.hpp"
#include "solvers/core/domain.hpp"
#include "solvers/core/process.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace dynkin::verify {

using Observable = std::function<double(const double* x)>;  ///< of one state (dim)

struct EnsembleMeans {
    std::shared_ptr<const Process> process;
    std::string scheme = "euler_maruyama";
    std::vector<double> x0;
    double T = 1.0;
    std::int64_t n_steps = 1;
    Domain domain{};
    std::uint64_t n_particles = 1 << 19;
    std::vector<Observable> observables{};
};

/// E[phi(X_T); alive] for each observable.
std::vector<Estimate> ensemble_means(const EnsembleMeans& what, const VerifyOptions& options);

}  // namespace dynkin::verify
