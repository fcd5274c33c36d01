#include "models/expression/expression_process.hpp"

#include "models/expression/derivative.hpp"
#include "models/expression/program.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dynkin {
namespace {

using expression::Differentiator;
using expression::Graph;
using expression::NodeId;
using expression::Op;
using expression::Program;

std::size_t at(int i) {
    return static_cast<std::size_t>(i);
}

std::vector<std::string> texts_of(const std::vector<LocatedText>& located) {
    std::vector<std::string> texts;
    for (const LocatedText& text : located) texts.push_back(text.text);
    return texts;
}

[[noreturn]] void refuse_size(const std::vector<LocatedText>& where, const std::string& what, std::size_t expected,
                              std::size_t found) {
    const std::string place = where.empty() ? "" : to_string(where.front().where);
    throw ConfigError((place.empty() ? "" : place + ": ") + what + ": found " + std::to_string(found) + ", expected " +
                      std::to_string(expected));
}

/// The formulas of a model and those that follow from them.
struct Formulas {
    Graph graph;
    int dim = 0, noise_dim = 0;
    std::vector<NodeId> variables, drift, sigma;  // sigma_ik at i * noise_dim + k
    std::vector<Differentiator> along;            // d / d x_j
    NodeId killing = expression::no_node;

    NodeId sigma_at(int i, int k) const { return sigma[at(i * noise_dim + k)]; }

    /// L^k f = sum_j sigma_jk df / dx_j
    NodeId along_noise(int k, NodeId f) {
        NodeId sum = graph.constant(0.0);
        for (int j = 0; j < dim; ++j) {
            if (graph.is_zero(sigma_at(j, k))) continue;
            sum = graph.add(sum, graph.multiply(sigma_at(j, k), along[at(j)](f)));
        }
        return sum;
    }
    std::vector<NodeId> ito_drift(double alpha) {
        std::vector<NodeId> result = drift;
        if (alpha == 0.0) return result;
        for (int i = 0; i < dim; ++i)
            for (int k = 0; k < noise_dim; ++k)
                result[at(i)] = graph.add(result[at(i)], graph.scale(alpha, along_noise(k, sigma_at(i, k))));
        return result;
    }
    std::vector<NodeId> drift_jacobian() {
        std::vector<NodeId> result;
        for (const NodeId b : drift)
            for (Differentiator& derivative : along) result.push_back(derivative(b));
        return result;
    }
    std::vector<NodeId> drift_time_derivative() {
        Differentiator derivative(graph, graph.time());
        std::vector<NodeId> result;
        for (const NodeId b : drift) result.push_back(derivative(b));
        return result;
    }
    std::vector<NodeId> sigma_along_noise(bool diagonal) {
        std::vector<NodeId> result;
        for (int k = 0; k < noise_dim; ++k) {
            if (diagonal) {
                result.push_back(along_noise(k, sigma_at(k, k)));
                continue;
            }
            for (int l = 0; l < noise_dim; ++l)
                for (int i = 0; i < dim; ++i) result.push_back(along_noise(k, sigma_at(i, l)));
        }
        return result;
    }
    bool depends_on_time() {
        std::vector<NodeId> roots = drift;
        roots.insert(roots.end(), sigma.begin(), sigma.end());
        if (killing != expression::no_node) roots.push_back(killing);
        const std::vector<NodeId> below = graph.reachable(roots);
        return std::binary_search(below.begin(), below.end(), graph.time());
    }
};

void check_sizes(const ExpressionModel& model) {
    const std::size_t dim = model.variables.size();
    if (dim == 0) throw ConfigError("model '" + model.name + "': found no variables, expected one or more");
    if (model.drift.size() != dim)
        refuse_size(model.drift, "drift, one expression per variable", dim, model.drift.size());
    if (!model.sigma.empty() && model.sigma.size() != dim)
        refuse_size(model.sigma.front(), "sigma, one row per variable", dim, model.sigma.size());
    for (const auto& row : model.sigma)
        if (row.size() != model.sigma.front().size())
            refuse_size(row, "row of sigma, as long as the first", model.sigma.front().size(), row.size());
    if (!model.natural_domain.empty() && model.natural_domain.size() != dim)
        refuse_size(model.variables, "natural domain, one axis per variable", dim, model.natural_domain.size());
}

Formulas formulas_of(const ExpressionModel& model) {
    check_sizes(model);
    expression::check_names(model.variables, model.parameters, model.variables.front().where);
    const std::vector<std::string> variables = texts_of(model.variables);
    const expression::Scope scope{variables, model.parameters, true};
    Formulas formulas;
    formulas.dim = static_cast<int>(variables.size());
    for (int j = 0; j < formulas.dim; ++j) formulas.variables.push_back(formulas.graph.variable(j));
    for (const LocatedText& text : model.drift) formulas.drift.push_back(parse(formulas.graph, text, scope));
    for (const auto& row : model.sigma)
        for (const LocatedText& text : row) formulas.sigma.push_back(parse(formulas.graph, text, scope));
    const bool noisy = std::any_of(formulas.sigma.begin(), formulas.sigma.end(),
                                   [&](NodeId entry) { return !formulas.graph.is_zero(entry); });
    if (noisy)
        formulas.noise_dim = static_cast<int>(model.sigma.front().size());
    else
        formulas.sigma.clear();
    if (model.killing) formulas.killing = parse(formulas.graph, *model.killing, scope);
    return formulas;
}

/// What the formulas alone say; `general` when they do not tell.
NoiseKind kind_by_formulas(Formulas& f) {
    if (f.noise_dim == 0) return NoiseKind::none;
    bool additive = true, diagonal = f.dim == f.noise_dim;
    for (int i = 0; i < f.dim; ++i)
        for (int k = 0; k < f.noise_dim; ++k) {
            const NodeId entry = f.sigma_at(i, k);
            if (i != k && !f.graph.is_zero(entry)) diagonal = false;
            const std::vector<NodeId> below = f.graph.reachable({entry});
            for (int j = 0; j < f.dim; ++j) {
                if (!std::binary_search(below.begin(), below.end(), f.variables[at(j)])) continue;
                additive = false;
                if (j != i) diagonal = false;
            }
        }
    if (additive) return NoiseKind::additive;
    if (diagonal) return NoiseKind::diagonal;
    for (int k = 0; k < f.noise_dim; ++k)
        for (int l = 0; l < k; ++l)
            for (int i = 0; i < f.dim; ++i) {
                const NodeId kl = f.along_noise(k, f.sigma_at(i, l)), lk = f.along_noise(l, f.sigma_at(i, k));
                if (!f.graph.is_zero(f.graph.subtract(kl, lk))) return NoiseKind::general;
            }
    return NoiseKind::commutative;
}

class ExpressionProcess final : public Process {
public:
    ExpressionProcess(const ExpressionModel& model, Formulas f) {
        name_ = model.name;
        dim_ = f.dim;
        noise_dim_ = f.noise_dim;
        calculus_ = model.calculus;
        variables_ = texts_of(model.variables);
        natural_domain_ = model.natural_domain;
        if (natural_domain_.empty()) natural_domain_.assign(at(dim_), AxisDomain{});
        autonomous_ = !f.depends_on_time();
        has_killing_ = f.killing != expression::no_node && !f.graph.is_zero(f.killing);
        for (const NodeId variable : f.variables) f.along.emplace_back(f.graph, variable);
        noise_kind_ = kind_by_formulas(f);
        compile(f);
        if (noise_kind_ == NoiseKind::general && commutes_at_points()) noise_kind_ = NoiseKind::commutative;
    }

    void drift(Points x, double t, Rows out) const override { drift_.evaluate(x, t, out); }
    void sigma(Points x, double t, Rows out) const override { sigma_.evaluate(x, t, out); }
    void ito_drift(Points x, double t, Rows out) const override { ito_drift_.evaluate(x, t, out); }
    void drift_jacobian(Points x, double t, Rows out) const override { jacobian_.evaluate(x, t, out); }
    void drift_time_derivative(Points x, double t, Rows out) const override { time_derivative_.evaluate(x, t, out); }
    void sigma_derivative_along_noise(Points x, double t, Rows out) const override {
        sigma_along_noise_.evaluate(x, t, out);
    }
    void killing_rate(Points x, double t, Rows out) const override {
        if (!has_killing_) Process::killing_rate(x, t, out);
        killing_.evaluate(x, t, out);
    }

private:
    void compile(Formulas& f) {
        const auto program = [&](const std::vector<NodeId>& formulas) { return Program(f.graph, formulas, dim_); };
        drift_ = program(f.drift);
        sigma_ = program(f.sigma);
        ito_drift_ = program(f.ito_drift(correction_weight(calculus_)));
        jacobian_ = program(f.drift_jacobian());
        time_derivative_ = program(f.drift_time_derivative());
        sigma_along_noise_ = program(f.sigma_along_noise(noise_kind_ == NoiseKind::diagonal));
        if (has_killing_) killing_ = program({f.killing});
    }

    // Two boxes within the natural domain: around the origin and, where an axis is open, on its positive side.
    bool commutes_at_points() const {
        for (const double shift : {0.0, 1.5}) {
            std::vector<double> lower, upper;
            for (const AxisDomain& axis : natural_domain_) {
                const bool below = std::isfinite(axis.lower), above = std::isfinite(axis.upper);
                lower.push_back(below ? axis.lower : above ? axis.upper - 3.0 : -1.3 + shift);
                upper.push_back(above ? axis.upper : lower.back() + 3.0);
            }
            if (measured_noise_kind(*this, lower, upper, 0.0, 1.0) == NoiseKind::general) return false;
        }
        return true;
    }

    Program drift_, sigma_, ito_drift_, jacobian_, time_derivative_, sigma_along_noise_, killing_;
};

}  // namespace

std::shared_ptr<const Process> make_expression_process(const ExpressionModel& model) {
    return std::make_shared<const ExpressionProcess>(model, formulas_of(model));
}

}  // namespace dynkin
