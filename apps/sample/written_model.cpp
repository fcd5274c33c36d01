#include "apps/sample/written_model.hpp"

#include "models/expression/expression_functions.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

using FunctionOfTime = std::function<TimeDerivatives(double)>;

class ExpressionSchedule final : public Schedule {
public:
    ExpressionSchedule(FunctionOfTime alpha, FunctionOfTime sigma, double t_min, double t_max)
        : alpha_(std::move(alpha)), sigma_(std::move(sigma)) {
        name_ = "expression";
        t_min_ = t_min;
        t_max_ = t_max;
        check(*this);
    }

    using Schedule::scale_rate;
    using Schedule::squared_noise_rate;
    double alpha(double t) const override { return alpha_(t).value; }
    double sigma(double t) const override { return sigma_(t).value; }
    double alpha_derivative(double t) const override { return alpha_(t).first; }
    double sigma_derivative(double t) const override { return sigma_(t).first; }
    Dual scale_rate(Dual t) const override {
        const auto a = alpha_(t.a);
        const double f = a.first / a.value;
        return {f, (a.second / a.value - f * f) * t.d};
    }
    Dual squared_noise_rate(Dual t) const override {
        const auto s = sigma_(t.a);
        const Dual f = scale_rate(Dual(t.a, 1.0));
        const double g2 = 2.0 * s.value * s.first - 2.0 * f.a * s.value * s.value;
        const double slope = 2.0 * s.first * s.first + 2.0 * s.value * s.second - 2.0 * f.d * s.value * s.value -
                             4.0 * f.a * s.value * s.first;
        return {g2, slope * t.d};
    }
    double time_of_ratio(double wanted) const override {
        double lower = t_min_, upper = t_max_;
        for (int i = 0; i < 200 && upper - lower > 0.0; ++i) {
            const double middle = 0.5 * (lower + upper);
            if (middle <= lower || middle >= upper) break;
            (ratio(middle) < wanted ? lower : upper) = middle;
        }
        return std::abs(ratio(lower) - wanted) < std::abs(ratio(upper) - wanted) ? lower : upper;
    }

private:
    FunctionOfTime alpha_, sigma_;
};

}  // namespace

SchedulePtr expression_schedule(const LocatedText& alpha, const LocatedText& sigma, double t_min, double t_max,
                                const Constants& constants) {
    return std::make_shared<const ExpressionSchedule>(expression_function_of_time(alpha, constants),
                                                      expression_function_of_time(sigma, constants), t_min, t_max);
}

DenoiserPtr expression_denoiser(const std::vector<LocatedText>& values, Prediction predicts,
                                const std::vector<std::string>& variables, const DenoiserPtr& base,
                                const Constants& constants) {
    std::vector<std::string> names = variables;
    names.insert(names.end(), {"alpha", "sigma"});
    for (const std::string& variable : variables) names.push_back("score_" + variable);
    std::vector<std::function<void(Points, double*)>> functions;
    for (const LocatedText& text : values) functions.push_back(expression_function(text, names, constants));
    const int dim = static_cast<int>(variables.size());
    return user_denoiser("expression", dim, predicts, [=](Points x, NoiseLevel level, Rows out) {
        Block known(2 * dim + 2, x.n);
        for (int j = 0; j < dim; ++j) std::copy_n(x.component(j), x.n, known.row(j));
        std::fill_n(known.row(dim), x.n, level.alpha);
        std::fill_n(known.row(dim + 1), x.n, level.sigma);
        base->score(x, level, {known.row(dim + 2), known.stride()});
        for (int j = 0; j < dim; ++j) functions[static_cast<std::size_t>(j)](known.points(), out.row(j));
    });
}

}  // namespace dynkin
