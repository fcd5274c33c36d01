#include "solvers/grid/density_functionals.hpp"

#include "solvers/grid/quadrature.hpp"

#include <algorithm>
#include <array>

namespace dynkin {

namespace {

// Calls visit(x, weight, first_cell) for every row of cells and every tensor node of a rule with `n_nodes` points an
// axis.
template <std::size_t N, class Visit>
void for_nodes_of_rows(const Mesh& mesh, const std::array<double, N>& node, const std::array<double, N>& weight,
                       Visit visit) {
    const int d = mesh.dim();
    const Index n = mesh.n_cells(0);
    const int n_y = d > 1 ? mesh.n_cells(1) : 1, n_z = d > 2 ? mesh.n_cells(2) : 1;
    Block x(d, n);
    std::size_t n_tensor = 1;
    for (int a = 0; a < d; ++a) n_tensor *= N;
    for (int k = 0; k < n_z; ++k)
        for (int j = 0; j < n_y; ++j)
            for (std::size_t tensor = 0; tensor < n_tensor; ++tensor) {
                double w = 1.0;
                std::size_t digits = tensor;
                for (int a = 0; a < d; ++a, digits /= N) {
                    const std::size_t g = digits % N;
                    w *= weight[g];
                    const std::vector<double>& f = mesh.faces[static_cast<std::size_t>(a)];
                    for (Index q = 0; q < n; ++q) {
                        const auto c = static_cast<std::size_t>(a == 0 ? q : a == 1 ? j : k);
                        x.row(a)[q] = f[c] + (f[c + 1] - f[c]) * node[g];
                    }
                }
                visit(x.points(), w, n * (j + Index{n_y} * k));
            }
}

void means_of_indicator(const TestFunction& phi, const Mesh& mesh, double* out) {
    const int d = mesh.dim();
    const int n_y = d > 1 ? mesh.n_cells(1) : 1, n_z = d > 2 ? mesh.n_cells(2) : 1;
    for (int k = 0; k < n_z; ++k)
        for (int j = 0; j < n_y; ++j)
            for (int i = 0; i < mesh.n_cells(0); ++i) {
                const std::array<int, 3> index{i, j, k};
                std::array<double, 3> lower{}, upper{};
                for (std::size_t a = 0; a < mesh.faces.size(); ++a) {
                    lower[a] = mesh.faces[a][static_cast<std::size_t>(index[a])];
                    upper[a] = mesh.faces[a][static_cast<std::size_t>(index[a]) + 1];
                }
                *out++ = phi.cell_mean(lower.data(), upper.data());
            }
}

}  // namespace

double CellTable::pair(std::size_t k, const GridField& masses) const {
    const double* v = row(k);
    double total = 0.0;
    for (int z = 0; z < masses.n_cells(2); ++z)
        for (int y = 0; y < masses.n_cells(1); ++y) {
            const double* m = masses.row(y, z);
            double sum = 0.0;
            for (int x = 0; x < masses.n_cells(0); ++x) sum += v[x] * m[x];
            total += sum;
            v += masses.n_cells(0);
        }
    return total;
}

CellTable cell_means(const TestFunctions& functions, const Mesh& mesh) {
    CellTable table(functions.size(), static_cast<std::size_t>(mesh.n_total()));
    std::vector<double> value(static_cast<std::size_t>(mesh.n_cells(0)));
    for_nodes_of_rows(mesh, gauss3_node, gauss3_weight, [&](Points x, double weight, Index first) {
        for (std::size_t k = 0; k < functions.size(); ++k) {
            if (!functions[k]->smooth()) continue;
            functions[k]->value(x, value.data());
            double* out = table.row(k) + first;
            for (Index q = 0; q < x.n; ++q) out[q] += weight * value[static_cast<std::size_t>(q)];
        }
    });
    for (std::size_t k = 0; k < functions.size(); ++k)
        if (!functions[k]->smooth()) means_of_indicator(*functions[k], mesh, table.row(k));
    return table;
}

GeneratorTable::GeneratorTable(const FokkerPlanck& op, const Process& judge, TestFunctions functions, Outflows outflows)
    : op_(op), judge_(judge), functions_(std::move(functions)), outflows_(std::move(outflows)) {}

std::vector<double> GeneratorTable::rates(double t, const GridField& masses) {
    if (table_.empty() || !judge_.autonomous() || !op_.problem().process->autonomous()) build(t);
    std::vector<double> out(functions_.size());
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = table_.pair(k, masses);
    if (!outflows_) return out;
    for (const Advection::Outflow& side : outflows_(t, masses)) {
        std::vector<Index> cells;
        const Block x = wall_points(side.axis, side.upper, cells);
        std::vector<double> value(cells.size());
        for (std::size_t k = 0; k < out.size(); ++k) {
            functions_[k]->value(x.points(), value.data());
            for (std::size_t q = 0; q < value.size(); ++q) out[k] -= value[q] * side.flux[q];
        }
    }
    return out;
}

void GeneratorTable::build(double t) {
    table_ = CellTable(functions_.size(), static_cast<std::size_t>(op_.problem().mesh.n_total()));
    add_interior(t);
    for (int axis = 0; axis < op_.problem().mesh.dim(); ++axis)
        if (op_.problem().domain[static_cast<std::size_t>(axis)].at_lower != Boundary::periodic)
            for (const bool upper : {false, true}) add_side(axis, upper, t);
}

void GeneratorTable::add_interior(double t) {
    const Mesh& mesh = op_.problem().mesh;
    const int d = mesh.dim(), m = judge_.noise_dim();
    const Index n = mesh.n_cells(0);
    Block b(d, n), sigma(std::max(d * m, 1), n), a(d * d, n), rate(1, n);
    Block value(1, n), gradient(d, n), hessian(d * d, n), generated(1, n);
    const auto visit = [&](Points x, double weight, Index first) {
        judge_.ito_drift(x, t, b.rows());
        if (m > 0) judge_.sigma(x, t, sigma.rows());
        diffusion_matrix(d, m, n, sigma.rows(), a.rows());
        if (judge_.has_killing()) judge_.killing_rate(x, t, rate.rows());
        for (std::size_t k = 0; k < functions_.size(); ++k) {
            functions_[k]->derivatives(x, value.row(0), gradient.rows(), hessian.rows());
            apply_generator(d, n, b.rows(), a.rows(), gradient.rows(), hessian.rows(), generated.row(0));
            double* out = table_.row(k) + first;
            for (Index q = 0; q < n; ++q) out[q] += weight * (generated.row(0)[q] - rate.row(0)[q] * value.row(0)[q]);
        }
    };
    if (judge_.autonomous() || d == 1)
        for_nodes_of_rows(mesh, gauss2_node, std::array<double, 2>{0.5, 0.5}, visit);
    else
        for_nodes_of_rows(mesh, std::array<double, 1>{0.5}, std::array<double, 1>{1.0}, visit);
}

Block GeneratorTable::wall_points(int axis, bool upper, std::vector<Index>& cells) const {
    const Mesh& mesh = op_.problem().mesh;
    const int d = mesh.dim();
    std::array<int, 3> n{1, 1, 1};
    for (int a = 0; a < d; ++a) n[static_cast<std::size_t>(a)] = mesh.n_cells(a);
    std::array<int, 3> from{0, 0, 0}, to = n;
    const auto c = static_cast<std::size_t>(axis);
    from[c] = upper ? n[c] - 1 : 0;
    to[c] = from[c] + 1;
    std::vector<std::vector<double>> centres;
    for (int a = 0; a < d; ++a) centres.push_back(mesh.centres(a));
    std::vector<std::array<int, 3>> index;
    for (int k = from[2]; k < to[2]; ++k)
        for (int j = from[1]; j < to[1]; ++j)
            for (int i = from[0]; i < to[0]; ++i) index.push_back({i, j, k});
    Block x(d, static_cast<Index>(index.size()));
    for (std::size_t q = 0; q < index.size(); ++q) {
        cells.push_back(index[q][0] + Index{n[0]} * (index[q][1] + Index{n[1]} * index[q][2]));
        for (std::size_t a = 0; a < static_cast<std::size_t>(d); ++a)
            x.row(static_cast<int>(a))[q] = a == c ? (upper ? mesh.upper(axis) : mesh.lower(axis))
                                                   : centres[a][static_cast<std::size_t>(index[q][a])];
    }
    return x;
}

void GeneratorTable::add_side(int axis, bool upper, double t) {
    const GridProblem& problem = op_.problem();
    const Mesh& mesh = problem.mesh;
    const auto c = static_cast<std::size_t>(axis);
    const bool absorbing = (upper ? problem.domain[c].at_upper : problem.domain[c].at_lower) == Boundary::absorbing;
    if (!op_.diffusive(axis)) return;  // D = 0 at closed ends, outflows_ at others

    std::vector<Index> cells;
    const Block x = wall_points(axis, upper, cells);
    const int d = mesh.dim(), m = judge_.noise_dim();
    const Index n = x.size();
    Block sigma(std::max(d * m, 1), n), a(d * d, n), value(1, n), gradient(d, n), hessian(d * d, n);
    if (m > 0) judge_.sigma(x.points(), t, sigma.rows());
    diffusion_matrix(d, m, n, sigma.rows(), a.rows());
    std::vector<double> out_rate;
    if (absorbing) {
        const CellRates rates = op_.cell_rates(axis, t);
        out_rate.resize(static_cast<std::size_t>(mesh.n_total()));
        (upper ? rates.out_upper : rates.out_lower).store(out_rate.data());
    }

    // p at the wall = outer p_0 + inner p_1, and a cell's mass is p h times the area of its wall.
    const std::vector<double> h = mesh.widths(axis);
    const double h0 = upper ? h.back() : h.front(), h1 = upper ? h[h.size() - 2] : h[1];
    const double outer = 1.0 + h0 / (h0 + h1), inner = -h0 / (h0 + h1), outward = upper ? 1.0 : -1.0;
    Index stride = 1;
    for (int e = 0; e < axis; ++e) stride *= mesh.n_cells(e);
    if (upper) stride = -stride;
    for (std::size_t k = 0; k < functions_.size(); ++k) {
        functions_[k]->derivatives(x.points(), value.row(0), gradient.rows(), hessian.rows());
        double* out = table_.row(k);
        for (Index q = 0; q < n; ++q) {
            const Index cell = cells[static_cast<std::size_t>(q)];
            if (absorbing) {
                out[cell] -= value.row(0)[q] * out_rate[static_cast<std::size_t>(cell)];
                continue;
            }
            const double per_density = 0.5 * a.row(axis * d + axis)[q] * outward * gradient.row(axis)[q];
            out[cell] -= per_density * outer / h0;
            out[cell + stride] -= per_density * inner / h1;
        }
    }
}

}  // namespace dynkin
