#pragma once
// Means of many test functions as a user takes them: one callable each, one pass over the particles each.
#include <functional>
#include <vector>

namespace dynkin::benchmarks {

/// He_1 ... He_n, the probabilists' Hermite polynomials, each by its own three-term recurrence.
inline std::vector<std::function<double(double)>> hermite_functions(int n) {
    std::vector<std::function<double(double)>> functions;
    for (int degree = 1; degree <= n; ++degree)
        functions.push_back([degree](double x) {
            double before = 1.0, now = x;
            for (int k = 1; k < degree; ++k) {
                const double next = x * now - k * before;
                before = now;
                now = next;
            }
            return now;
        });
    return functions;
}

inline std::vector<double> means(const std::vector<std::function<double(double)>>& functions,
                                 const std::vector<double>& x) {
    std::vector<double> out;
    for (const auto& f : functions) {
        double sum = 0.0;
        for (const double xi : x) sum += f(xi);
        out.push_back(sum / static_cast<double>(x.size()));
    }
    return out;
}

}  // namespace dynkin::benchmarks
