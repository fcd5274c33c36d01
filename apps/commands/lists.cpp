// `dynkin models` and `dynkin schemes`.
#include "apps/commands/commands.hpp"
#include "models/models.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/scheme.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ostream>

namespace dynkin::commands {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ModelInfo& m) {
    Json out{{"name", m.name},
             {"title", m.title},
             {"equation", m.equation},
             {"dim", m.dim},
             {"noise_dim", m.noise_dim},
             {"noise", name_of(m.noise)},
             {"exact_transition", m.exact_transition},
             {"transition_density", m.transition_density},
             {"source", m.source}};
    out["parameters"] = Json::array();
    for (const ParameterInfo& p : m.parameters)
        out["parameters"].push_back(
            {{"name", p.name}, {"type", p.type}, {"default", p.default_value}, {"range", p.range}, {"doc", p.doc}});
    return out;
}

void describe(const ModelInfo& m, std::ostream& out) {
    out << m.name << ": " << m.title << "\n  " << m.equation << "\n  noise: " << name_of(m.noise);
    if (m.exact_transition) out << "; scheme 'exact' applies";
    if (m.transition_density) out << "; transition density known";
    out << '\n';
    for (const ParameterInfo& p : m.parameters)
        out << "  " << p.name << " = " << p.default_value << "  (" << p.type << ", " << p.range << ") " << p.doc
            << '\n';
    if (!m.source.empty()) out << "  " << m.source << '\n';
}

void markdown_row(const ModelInfo& m, std::ostream& out) {
    out << "| `" << m.name << "` " << m.title << " | `" << m.equation << "` | " << name_of(m.noise) << " | ";
    for (std::size_t i = 0; i < m.parameters.size(); ++i) {
        const ParameterInfo& p = m.parameters[i];
        out << (i > 0 ? "<br>" : "") << "`" << p.name << " = " << p.default_value << "` " << p.doc << " (" << p.range
            << ")";
    }
    out << " | " << (m.exact_transition ? "sampler" : "") << (m.exact_transition && m.transition_density ? ", " : "")
        << (m.transition_density ? "density" : "") << " | " << m.source << " |\n";
}

std::vector<SchemeInfo> all_schemes() {
    std::vector<SchemeInfo> all = scheme_list();
    for (const SchemeInfo& info : ode_scheme_list()) all.push_back(info);
    return all;
}

std::string kinds_of(const SchemeInfo& s) {
    std::string text;
    for (const NoiseKind kind : s.noise) text += (text.empty() ? "" : ", ") + std::string(name_of(kind));
    return text;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

/// "0.5 (additive 1)"; deterministic schemes have one order.
std::string strong_of(const SchemeInfo& s) {
    return number(s.strong_order) +
           (s.strong_order_additive > 0.0 ? " (additive " + number(s.strong_order_additive) + ")" : "");
}

Json json_of(const SchemeInfo& s) {
    Json out{{"name", s.name}, {"title", s.title}};
    out["noise"] = Json::array();
    for (const NoiseKind kind : s.noise) out["noise"].push_back(name_of(kind));
    out["strong_order"] = s.strong_order;
    if (s.strong_order_additive > 0.0) out["strong_order_additive"] = s.strong_order_additive;
    out["weak_order"] = s.weak_order;
    out["drift_evaluations"] = s.drift_evaluations;
    out["sigma_evaluations"] = s.sigma_evaluations;
    out["source"] = s.source;
    out["remark"] = s.remark;
    return out;
}

template <class Infos>
auto chosen(const Infos& all, const std::string& name, const char* what) {
    Infos some;
    std::vector<std::string> names;
    for (const auto& info : all) {
        names.push_back(info.name);
        if (name.empty() || info.name == name) some.push_back(info);
    }
    if (some.empty()) throw ConfigError(unknown_name(what, name, names));
    return some;
}

}  // namespace

int models(const std::string& name, bool json, bool markdown, std::ostream& out) {
    const auto some = chosen(model_list(), name, "model");
    if (json) {
        Json list = Json::array();
        for (const ModelInfo& m : some) list.push_back(json_of(m));
        out << list.dump(2) << '\n';
        return ok;
    }
    if (markdown) {
        out << "| model | equation | noise | parameters, defaults, ranges | exact transition | source "
               "|\n|---|---|---|---|---|---|\n";
        for (const ModelInfo& m : some) markdown_row(m, out);
        return ok;
    }
    for (const ModelInfo& m : some) {
        if (!name.empty())
            describe(m, out);
        else {
            char line[200];
            std::snprintf(line, sizeof line, "%-22s %-12s ", m.name.c_str(), name_of(m.noise));
            out << line << m.equation << '\n';
        }
    }
    if (name.empty()) out << "\n'dynkin models NAME' shows parameters; a model of your own: docs/extending.md\n";
    return ok;
}

int schemes(const std::string& name, bool json, bool markdown, std::ostream& out) {
    const auto some = chosen(all_schemes(), name, "scheme");
    if (json) {
        Json list = Json::array();
        for (const SchemeInfo& s : some) list.push_back(json_of(s));
        out << list.dump(2) << '\n';
        return ok;
    }
    if (markdown)
        out << "| scheme | noise | strong order | weak order | drift, sigma per step | source "
               "|\n|---|---|---|---|---|---|\n";
    for (const SchemeInfo& s : some) {
        const std::string cost = number(s.drift_evaluations) + ", " + number(s.sigma_evaluations);
        if (markdown) {
            out << "| `" << s.name << "` " << s.title << " | " << kinds_of(s) << " | " << strong_of(s) << " | "
                << number(s.weak_order) << " | " << cost << " | " << s.source
                << (s.remark.empty() ? "" : ". " + s.remark) << " |\n";
            continue;
        }
        out << s.name << ": " << s.title << "\n  noise " << kinds_of(s) << "; strong order " << strong_of(s)
            << ", weak order " << number(s.weak_order) << "; drift and sigma per step " << cost << "\n  " << s.source
            << '\n';
        if (!s.remark.empty()) out << "  " << s.remark << '\n';
    }
    return ok;
}

}  // namespace dynkin::commands
