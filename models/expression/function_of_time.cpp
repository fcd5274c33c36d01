#include "models/expression/derivative.hpp"
#include "models/expression/expression_functions.hpp"
#include "models/expression/lexer.hpp"
#include "models/expression/program.hpp"
#include "solvers/core/errors.hpp"

#include <memory>

namespace dynkin {

std::function<TimeDerivatives(double)> expression_function_of_time(const LocatedText& text,
                                                                   const Constants& constants) {
    using namespace expression;
    check_names({}, constants, text.where);
    Graph graph;
    const NodeId f = parse(graph, text, {{}, constants, true});
    for (const NodeId id : graph.reachable({f}))
        if (!is_smooth(graph[id].op))
            throw ConfigError(to_string(text.where) + ": '" + text.text +
                              "' has a jump or a kink, expected a smooth function of t");
    const NodeId first = Differentiator(graph, graph.time())(f), second = Differentiator(graph, graph.time())(first);
    const auto program = std::make_shared<const Program>(graph, std::vector<NodeId>{f, first, second}, 0);
    return [program](double t) {
        double values[3];
        program->evaluate({nullptr, 0, 1, 1}, t, {values, 1});
        return TimeDerivatives{values[0], values[1], values[2]};
    };
}

}  // namespace dynkin
