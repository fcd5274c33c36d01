// fails: Model drift
#include "solvers/core/model.hpp"

struct Relaxation {
    static constexpr std::string_view name = "relaxation";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr dynkin::NoiseKind noise_kind = dynkin::NoiseKind::additive;

    template <class S>
    void sigma(std::span<const S>, S, dynkin::SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
};

const auto process = dynkin::make_process(Relaxation{});
