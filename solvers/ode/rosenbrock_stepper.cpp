// The checked arithmetic of uBLAS would follow every LU solve by a test of its residual.
#define BOOST_UBLAS_NDEBUG 1
#include "solvers/ode/rosenbrock_stepper.hpp"

#include <algorithm>
#include <boost/numeric/odeint/stepper/rosenbrock4.hpp>
#include <functional>

namespace dynkin {
namespace {

// Boost has d4 = gamma_41 + gamma_42 + gamma_43 + gamma with the wrong sign, which leaves order 1 when the equation
// depends on time. This is the value of RODAS (Hairer & Wanner 1996, code RODAS).
struct RodasCoefficients : boost::numeric::odeint::default_rosenbrock_coefficients<double> {
    const double d4 = -0.3620000000000023e-01;
};

}  // namespace

struct RosenbrockStepper::Impl {
    using Stepper = boost::numeric::odeint::rosenbrock4<double, RodasCoefficients>;
    using Vector = Stepper::state_type;
    using Matrix = Stepper::matrix_type;

    explicit Impl(std::size_t n) : from(n), to(n), error(n) {}

    Stepper stepper;
    Vector from, to, error;
};

RosenbrockStepper::RosenbrockStepper(std::size_t n) : impl_(std::make_unique<Impl>(n)) {}
RosenbrockStepper::~RosenbrockStepper() = default;

void RosenbrockStepper::step(StiffSystem& system, const std::vector<double>& y, double t, double h,
                             std::vector<double>& out, std::vector<double>& error) {
    std::copy(y.begin(), y.end(), impl_->from.begin());
    auto derivative = [&](const Impl::Vector& at, Impl::Vector& f, double time) {
        system.derivative(&at[0], time, &f[0]);
    };
    auto jacobian = [&](const Impl::Vector& at, Impl::Matrix& J, double time, Impl::Vector& dfdt) {
        system.jacobian(&at[0], time, &J.data()[0], &dfdt[0]);
    };
    // By reference: Odeint copies a system it is handed by value.
    const auto both = std::make_pair(boost::ref(derivative), boost::ref(jacobian));
    impl_->stepper.do_step(both, impl_->from, t, impl_->to, h, impl_->error);
    std::copy(impl_->to.begin(), impl_->to.end(), out.begin());
    std::copy(impl_->error.begin(), impl_->error.end(), error.begin());
}

}  // namespace dynkin
