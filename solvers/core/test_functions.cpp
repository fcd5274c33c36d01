// Products of functions of one coordinate: monomials, Hermite polynomials, Gaussian bumps.
#include "solvers/core/test_functions.hpp"

#include "solvers/core/axis_kernels.hpp"
#include "solvers/core/test_function_names.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace dynkin {

using namespace test_function_names;

namespace {

// x^degree, with its first two derivatives when g1 is given.
struct Power {
    int degree;

    bool constant() const { return degree == 0; }
    AxisFactor description() const { return {AxisFactor::Kind::power, degree}; }
    void evaluate(const double* x, Index n, double* g, double* g1, double* g2) const {
        const auto fill = [&](int power, double factor, double* out) {
            std::fill_n(out, n, power < 0 ? 0.0 : factor);
            for (int k = 0; k < power; ++k)
                for (Index q = 0; q < n; ++q) out[q] *= x[q];
        };
        fill(degree, 1.0, g);
        if (!g1) return;
        fill(degree - 1, degree, g1);
        fill(degree - 2, static_cast<double>(degree) * (degree - 1), g2);
    }
};

// He_n(z), z = (x - centre) / scale: He_{k+1} = z He_k - k He_{k-1}, He_n' = n He_{n-1}.
struct HermitePolynomial {
    int degree;
    double centre, scale;

    bool constant() const { return degree == 0; }
    AxisFactor description() const { return {AxisFactor::Kind::hermite, degree, centre, scale}; }
    void evaluate(const double* x, Index n, double* g, double* g1, double* g2) const {
        std::fill_n(g, n, 1.0);
        const double slope = degree / scale, curvature = slope * (degree - 1) / scale;
        if (g1) std::fill_n(g1, n, degree == 1 ? slope : 0.0);
        if (g2) std::fill_n(g2, n, degree == 2 ? curvature : 0.0);
        if (degree == 0) return;
        std::vector<double*> rows(static_cast<std::size_t>(degree), nullptr);
        rows.back() = g;
        if (g1 && degree > 1) rows[rows.size() - 2] = g1;
        if (g2 && degree > 2) rows[rows.size() - 3] = g2;
        axis::ladder({true, centre, 1.0 / scale}, x, n, degree, rows.data());
        for (Index q = 0; g1 && degree > 1 && q < n; ++q) g1[q] *= slope;
        for (Index q = 0; g2 && degree > 2 && q < n; ++q) g2[q] *= curvature;
    }
};

struct Bump {
    double centre, width;

    bool constant() const { return std::isinf(width); }
    AxisFactor description() const { return {AxisFactor::Kind::bump, 0, centre, width}; }
    void evaluate(const double* x, Index n, double* g, double* g1, double* g2) const {
        const double s = constant() ? 0.0 : 1.0 / width;
        axis::bump(x, n, centre, s, g);
        if (!g1) return;
        for (Index q = 0; q < n; ++q) {
            const double z = (x[q] - centre) * s;
            g1[q] = -z * s * g[q];
            g2[q] = (z * z - 1.0) * s * s * g[q];
        }
    }
};

/// prod_j g_j(x_j).
template <class Factor>
class Product : public TestFunction {
public:
    Product(std::string name, std::vector<Factor> factors)
        : TestFunction(std::move(name), static_cast<int>(factors.size()), true), factors_(std::move(factors)) {}

    const std::vector<Factor>& factors() const { return factors_; }

    std::vector<AxisFactor> axis_factors() const override {
        std::vector<AxisFactor> out;
        for (const Factor& f : factors_) out.push_back(f.constant() ? AxisFactor{} : f.description());
        return out;
    }

    void value(Points x, double* out) const override {
        std::fill_n(out, x.n, 1.0);
        std::array<double, chunk> g;
        for (int j = 0; j < dim(); ++j) {
            if (factor(j).constant()) continue;
            for (Index first = 0; first < x.n; first += chunk) {
                const Index n = std::min(chunk, x.n - first);
                factor(j).evaluate(x.component(j) + first, n, g.data(), nullptr, nullptr);
                for (Index q = 0; q < n; ++q) out[first + q] *= g[static_cast<std::size_t>(q)];
            }
        }
    }

    void derivatives(Points x, double* value, Rows gradient, Rows hessian) const override {
        const int d = dim();
        Block g(d, x.n), g1(d, x.n), g2(d, x.n);
        for (int j = 0; j < d; ++j) factor(j).evaluate(x.component(j), x.n, g.row(j), g1.row(j), g2.row(j));
        // Component i enters as g_i, or as a derivative of it where the result differentiates along i.
        const auto product = [&](int first, int second, double* out) {
            std::fill_n(out, x.n, 1.0);
            for (int i = 0; i < d; ++i) {
                const int order = (i == first) + (i == second);
                const double* part = order == 0 ? g.row(i) : order == 1 ? g1.row(i) : g2.row(i);
                for (Index q = 0; q < x.n; ++q) out[q] *= part[q];
            }
        };
        product(-1, -1, value);
        for (int i = 0; i < d; ++i) {
            product(i, -1, gradient.row(i));
            for (int j = 0; j <= i; ++j) {
                product(i, j, hessian.row(i * d + j));
                if (j < i) std::copy_n(hessian.row(i * d + j), x.n, hessian.row(j * d + i));
            }
        }
    }

    // The mean of a product over a box is the product of means; five Gauss points are exact to degree 9.
    double cell_mean(const double* lower, const double* upper) const override {
        constexpr std::array<double, 5> node = {-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831,
                                                0.9061798459386640};
        constexpr std::array<double, 5> weight = {0.11846344252809454, 0.23931433524968324, 0.28444444444444444,
                                                  0.23931433524968324, 0.11846344252809454};
        double product = 1.0;
        for (int j = 0; j < dim(); ++j) {
            if (factor(j).constant()) continue;
            std::array<double, 5> x, g;
            for (std::size_t k = 0; k < 5; ++k)
                x[k] = 0.5 * (lower[j] + upper[j]) + 0.5 * (upper[j] - lower[j]) * node[k];
            factor(j).evaluate(x.data(), 5, g.data(), nullptr, nullptr);
            double mean = 0.0;
            for (std::size_t k = 0; k < 5; ++k) mean += weight[k] * g[k];
            product *= mean;
        }
        return product;
    }

private:
    static constexpr Index chunk = 256;
    const Factor& factor(int j) const { return factors_[static_cast<std::size_t>(j)]; }
    std::vector<Factor> factors_;
};

}  // namespace

TestFunctionPtr monomial(std::vector<int> degree, const VariableNames& variables) {
    require(!degree.empty(), "monomial", "degree needs one number per component");
    const VariableNames x = names_for(degree.size(), variables);
    std::vector<Power> factors;
    std::vector<std::string> parts;
    for (std::size_t j = 0; j < degree.size(); ++j) {
        require(degree[j] >= 0, "monomial", "degrees must not be negative");
        factors.push_back({degree[j]});
        if (degree[j] > 0) parts.push_back(degree[j] == 1 ? x[j] : x[j] + "^" + std::to_string(degree[j]));
    }
    return std::make_shared<Product<Power>>(joined(parts, "*", "1"), std::move(factors));
}

TestFunctionPtr hermite(std::vector<int> degree, std::vector<double> centre, std::vector<double> scale,
                        const VariableNames& variables) {
    require(!degree.empty(), "hermite", "degree needs one number per component");
    require(centre.size() == degree.size() && scale.size() == degree.size(), "hermite",
            "degree, centre and scale need one number per component");
    const VariableNames x = names_for(degree.size(), variables);
    std::vector<HermitePolynomial> factors;
    std::vector<std::string> parts;
    for (std::size_t j = 0; j < degree.size(); ++j) {
        require(degree[j] >= 0, "hermite", "degrees must not be negative");
        require(std::isfinite(centre[j]) && std::isfinite(scale[j]) && scale[j] > 0.0, "hermite",
                "centre must be finite and scale positive");
        factors.push_back({degree[j], centre[j], scale[j]});
        if (degree[j] > 0)
            parts.push_back("He" + std::to_string(degree[j]) + "(" + shifted(x[j], centre[j]) +
                            (scale[j] == 1.0 ? "" : "/" + number(scale[j])) + ")");
    }
    return std::make_shared<Product<HermitePolynomial>>(joined(parts, "*", "1"), std::move(factors));
}

TestFunctionPtr gaussian_bump(std::vector<double> centre, std::vector<double> width, const VariableNames& variables) {
    require(!centre.empty(), "gaussian_bump", "centre needs one number per component");
    require(width.size() == centre.size(), "gaussian_bump", "centre and width need one number per component");
    const VariableNames x = names_for(centre.size(), variables);
    std::vector<Bump> factors;
    std::vector<std::string> places, widths;
    for (std::size_t j = 0; j < centre.size(); ++j) {
        require(width[j] > 0.0, "gaussian_bump", "width must be positive");
        if (std::isinf(width[j])) {
            factors.push_back({0.0, width[j]});
            continue;
        }
        require(std::isfinite(centre[j]), "gaussian_bump", "centre must be finite");
        factors.push_back({centre[j], width[j]});
        places.push_back(x[j] + " = " + number(centre[j]));
        widths.push_back(number(width[j]));
    }
    std::string name = "bump(" + joined(places, ", ", "") + "; width " + joined(widths, ", ", "inf") + ")";
    return std::make_shared<Product<Bump>>(std::move(name), std::move(factors));
}

std::optional<std::vector<int>> monomial_degree(const TestFunction& phi) {
    const auto* product = dynamic_cast<const Product<Power>*>(&phi);
    if (!product) return std::nullopt;
    std::vector<int> degree;
    for (const Power& factor : product->factors()) degree.push_back(factor.degree);
    return degree;
}

}  // namespace dynkin
