#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Wright-Fisher: the share of a gene in a population, with selection and mutation. Without mutation into a gene its
/// share stays 0 once it is 0: that end absorbs.
struct WrightFisher {
    static constexpr std::string_view name = "wright_fisher", title = "Wright-Fisher diffusion";
    static constexpr std::string_view equation = "dX = (s X (1 - X) + u (1 - X) - v X) dt + sigma sqrt(X (1 - X)) dW";
    static constexpr std::string_view source = "Ewens (2004), Mathematical Population Genetics, chapters 4 and 5";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double selection = 0.0, mutation_to = 0.0, mutation_from = 0.0, drift_strength = 1.0;

    template <class V>
    void parameters(const V& visit) {
        visit("s", selection, Any{}, "selective advantage");
        visit("u", mutation_to, NonNegative{}, "rate of mutation into the gene; 0: the lower end absorbs");
        visit("v", mutation_from, NonNegative{}, "rate of mutation out of the gene; 0: the upper end absorbs");
        visit("sigma", drift_strength, Positive{}, "strength of random genetic drift");
    }
    Domain natural_domain() const {
        const auto end = [](double mutation) { return mutation > 0.0 ? Boundary::open : Boundary::absorbing; };
        return {AxisDomain{.lower = 0.0, .upper = 1.0, .at_lower = end(mutation_to), .at_upper = end(mutation_from)}};
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = selection * x[0] * (1.0 - x[0]) + mutation_to * (1.0 - x[0]) - mutation_from * x[0];
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = drift_strength * sqrt(max(x[0] * (1.0 - x[0]), S(0.0)));
    }
};

}  // namespace dynkin::models
