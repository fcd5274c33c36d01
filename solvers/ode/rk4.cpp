#include "solvers/ode/block_algebra.hpp"
#include "solvers/ode/setup.hpp"

#include <boost/numeric/odeint/algebra/default_operations.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>

#include <functional>

namespace dynkin {
namespace {

namespace odeint = boost::numeric::odeint;

class Rk4 final : public FixedStepper {
public:
    explicit Rk4(const OdeProblem& problem) : flow_(problem) {}

    void step(Block& y, double t, double h) override {
        auto system = [this](const Block& at, Block& dydt, double time) {
            flow_.derivative(at.points(), time, dydt.rows());
        };
        // A model of fixed size has the same step with all stages in registers (solvers/core/model.hpp).
        if (flow_.n_rows() == flow_.dim() && flow_.process().runge_kutta4(y.rows(), y.size(), t, h)) return;
        // By reference: Odeint copies a system it is handed by value.
        stepper_.do_step(std::ref(system), y, t, h);
    }

private:
    // always_resizer: the last block of an ensemble is shorter.
    using Stepper = odeint::runge_kutta4<Block, double, Block, double, BlockAlgebra, odeint::default_operations,
                                         odeint::always_resizer>;
    Flow flow_;
    Stepper stepper_;
};

}  // namespace

std::unique_ptr<FixedStepper> make_rk4(const OdeProblem& problem) {
    return std::make_unique<Rk4>(problem);
}

}  // namespace dynkin
