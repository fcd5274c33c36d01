#include "apps/run/read_parts.hpp"
#include "models/expression/expression_process.hpp"
#include "models/models.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::reading {
namespace {

const std::vector<std::string> calculi = {"ito", "stratonovich", "haenggi_klimontovich"};

Calculus calculus_of(const std::string& word) {
    return word == "stratonovich"           ? Calculus::stratonovich
           : word == "haenggi_klimontovich" ? Calculus::haenggi_klimontovich
                                            : Calculus::ito;
}

/// The [model] parameters as a model reads them. Names it does not ask for are reported by Config::require_all_read.
class SectionParameters final : public ParameterSource {
public:
    explicit SectionParameters(const Section& section) : section_(section) {}

    bool has(std::string_view name) const override { return section_.has(std::string(name)); }
    int rank(std::string_view name) const override { return section_.rank_of(std::string(name)); }
    double real(std::string_view name) const override { return section_.real(std::string(name)); }
    std::int64_t integer(std::string_view name) const override { return section_.integer(std::string(name)); }
    std::vector<double> reals(std::string_view name) const override { return section_.reals(std::string(name)); }
    std::vector<std::vector<double>> matrix(std::string_view name) const override {
        return section_.real_matrix(std::string(name));
    }
    std::string text(std::string_view name) const override { return section_.text(std::string(name)); }
    void fail(std::string_view name, const std::string& message) const override {
        section_.fail(std::string(name), message);
    }

private:
    Section section_;
};

/// Parameters given as numbers. Lists and words are for the model alone.
Constants numbers_of(const Section& parameters, bool all_must_be) {
    Constants constants;
    for (const std::string& key : parameters.keys()) {
        const ConfigKind kind = parameters.kind_of(key);
        if (all_must_be || kind == ConfigKind::integer || kind == ConfigKind::real)
            constants.emplace_back(key, parameters.real(key));
    }
    return constants;
}

/// As numbers_of, without marking keys as known: an unknown one must stay an error.
Constants numbers_without_reading(const Section& parameters, const std::vector<ParameterInfo>& known) {
    Constants constants;
    for (const ParameterInfo& info : known) {
        if (info.type != "number" && info.type != "integer") continue;
        if (parameters.has(info.name))
            constants.emplace_back(info.name, parameters.real(info.name));
        else
            constants.emplace_back(info.name, evaluate_constant({info.default_value, {}}));
    }
    return constants;
}

ReadModel read_built_in(const Section& model) {
    const std::string name = model.text("name");
    const ModelInfo* info = nullptr;
    std::vector<std::string> names;
    for (const ModelInfo& candidate : model_list()) {
        names.push_back(candidate.name);
        if (candidate.name == name) info = &candidate;
    }
    if (info == nullptr)
        model.fail("name", unknown_name("model", name, names) + "; or give variables, drift and sigma");
    const Section parameters = model.section_or_empty("parameters");
    const SectionParameters source(parameters);
    ReadModel read;
    read.process = located(model, "name", [&] { return make_model(name, source); });
    read.constants = numbers_without_reading(parameters, info->parameters);
    return read;
}

std::vector<std::vector<LocatedText>> read_sigma(const Section& model, std::size_t dim) {
    if (!model.has("sigma")) return {};
    if (model.rank_of("sigma") >= 2) return model.located_text_matrix("sigma", dim);
    // A list is the diagonal of a square matrix.
    const std::vector<LocatedText> diagonal = model.located_texts("sigma", dim);
    std::vector<std::vector<LocatedText>> sigma(
        dim, std::vector<LocatedText>(dim, LocatedText{"0", model.location("sigma")}));
    for (std::size_t i = 0; i < dim; ++i) sigma[i][i] = diagonal[i];
    return sigma;
}

Domain read_natural_domain(const Section& model, std::size_t dim) {
    Domain natural(dim);
    const double infinity = std::numeric_limits<double>::infinity();
    if (model.has("lower")) {
        const auto lower = model.reals("lower", dim, RealRange::with_infinity);
        for (std::size_t j = 0; j < dim; ++j) natural[j].lower = lower[j];
    }
    if (model.has("upper")) {
        const auto upper = model.reals("upper", dim, RealRange::with_infinity);
        for (std::size_t j = 0; j < dim; ++j) natural[j].upper = upper[j];
    }
    if (model.has("periodic")) {
        const auto names = model.texts("periodic");
        const auto variables = model.texts("variables");
        for (const std::string& name : names) {
            const auto at = std::find(variables.begin(), variables.end(), name);
            if (at == variables.end()) model.fail("periodic", unknown_name("variable", name, variables));
            AxisDomain& axis = natural[static_cast<std::size_t>(at - variables.begin())];
            if (!(axis.lower > -infinity && axis.upper < infinity))
                model.fail("periodic", "'" + name + "' needs a lower and an upper end in [model]");
            axis.at_lower = axis.at_upper = Boundary::periodic;
        }
    }
    for (std::size_t j = 0; j < dim; ++j)
        if (!(natural[j].lower < natural[j].upper)) model.fail("upper", "every upper end must lie above its lower end");
    return natural;
}

ReadModel read_custom(const Section& model) {
    ExpressionModel custom;
    custom.variables = model.located_texts("variables");
    const std::size_t dim = custom.variables.size();
    custom.drift = model.located_texts("drift", dim);
    custom.sigma = read_sigma(model, dim);
    custom.parameters = numbers_of(model.section_or_empty("parameters"), true);
    custom.calculus = calculus_of(model.one_of_or("interpretation", "ito", calculi));
    if (model.has("killing")) custom.killing = model.located_text("killing");
    custom.natural_domain = read_natural_domain(model, dim);
    return {located(model, "drift", [&] { return make_expression_process(custom); }), custom.parameters};
}

}  // namespace

ReadModel read_model(const Section& model) {
    const bool named = model.has("name"), written = model.has("drift");
    if (named && written)
        model.fail("name",
                   "a model is either built in ('name') or written out ('variables', 'drift', 'sigma'), not both");
    if (named) return read_built_in(model);
    if (written || model.has("variables")) return read_custom(model);
    model.fail(
        "name",
        "missing: expected the name of a built-in model ('dynkin models' lists them), or variables, drift and sigma");
}

}  // namespace dynkin::reading
