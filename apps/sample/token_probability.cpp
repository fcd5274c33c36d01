#include "apps/sample/token_probability.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <string>

namespace dynkin {
namespace {

class TokenProbability final : public TestFunction {
public:
    TokenProbability(std::shared_ptr<const TiedEmbedding> embedding, NoiseLevel level, int token)
        : TestFunction("p(" + std::to_string(token) + ")", embedding->dim(), false),
          embedding_(std::move(embedding)),
          level_(level),
          token_(token) {}

    void value(Points x, double* out) const override {
        Block p(embedding_->n_tokens(), x.n);
        embedding_->posterior(x, level_, p.rows());
        std::copy_n(p.row(token_), x.n, out);
    }
    void derivatives(Points, double*, Rows, Rows) const override {
        throw NumericsError("test function " + name() + " has no derivatives here");
    }

private:
    std::shared_ptr<const TiedEmbedding> embedding_;
    NoiseLevel level_;
    int token_;
};

}  // namespace

TestFunctions token_probabilities(const std::shared_ptr<const TiedEmbedding>& embedding, NoiseLevel level) {
    TestFunctions functions;
    for (int j = 0; j < embedding->n_tokens(); ++j)
        functions.push_back(std::make_shared<const TokenProbability>(embedding, level, j));
    return functions;
}

}  // namespace dynkin
