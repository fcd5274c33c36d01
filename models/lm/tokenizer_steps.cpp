#include "models/lm/tokenizer_steps.hpp"

#include "models/lm/message_text.hpp"
#include "models/lm/split_patterns.hpp"

namespace dynkin::lm {
namespace {

void read_normalizer(const JsonValue& step, TokenizerParts& parts) {
    const std::string type = step.at("type").text();
    if (type == "Sequence") {
        for (const JsonValue& inner : step.at("normalizers").elements()) read_normalizer(inner, parts);
    } else if (type == "Prepend") {
        parts.normalizer.push_back(PrependStep{step.at("prepend").text()});
    } else if (type == "Replace") {
        const JsonValue pattern = step.at("pattern");
        const std::string from = pattern.at("String").text(), to = step.at("content").text();
        if (from.empty()) pattern.fail("an empty text cannot be replaced");
        if (to.size() > 64) step.fail("a replacement of " + std::to_string(to.size()) + " bytes, at most 64 expected");
        parts.normalizer.push_back(ReplaceStep{from, to});
    } else {
        step.fail("step " + shown(type) + " is not known; Sequence, Prepend and Replace are");
    }
}

void read_metaspace(const JsonValue& step, TokenizerParts& parts) {
    MetaspaceStep metaspace;
    metaspace.replacement = step.text_or("replacement", "\xe2\x96\x81");  // U+2581
    if (metaspace.replacement.empty() || metaspace.replacement.size() > 4)
        step.fail("replacement: one character expected");
    const std::string scheme =
        step.text_or("prepend_scheme", step.boolean_or("add_prefix_space", true) ? "always" : "never");
    if (scheme == "always")
        metaspace.prepend = PrependScheme::always;
    else if (scheme == "first")
        metaspace.prepend = PrependScheme::first;
    else if (scheme == "never")
        metaspace.prepend = PrependScheme::never;
    else
        step.fail("prepend_scheme " + shown(scheme) + " is not known; always, first and never are");
    metaspace.split = step.boolean_or("split", true);
    parts.splits.push_back(metaspace);
}

void read_split(const JsonValue& step, TokenizerParts& parts) {
    const std::string behavior = step.text_or("behavior", "Isolated");
    const bool inverted = step.boolean_or("invert", false);
    // These patterns match everything, so what lies between matches, removed when inverted, is nothing.
    if (!(behavior == "Isolated" && !inverted) && !(behavior == "Removed" && inverted)) {
        step.fail("behavior " + shown(behavior) + " is not known; Isolated is");
    }
    const JsonValue pattern = step.at("pattern");
    const std::string expression = pattern.at("Regex").text();
    const auto known = known_pattern(expression);
    if (!known)
        pattern.fail("expression " + shown(expression) + " is not known; those of GPT-2, Llama 3 and Qwen 2 are");
    parts.splits.push_back(PatternStep{*known});
}

void read_pre_tokenizer(const JsonValue& step, TokenizerParts& parts) {
    const std::string type = step.at("type").text();
    if (parts.alphabet == Alphabet::bytes) step.fail("no step is known after ByteLevel");
    if (type == "Sequence") {
        for (const JsonValue& inner : step.at("pretokenizers").elements()) read_pre_tokenizer(inner, parts);
    } else if (type == "ByteLevel") {
        if (step.boolean_or("add_prefix_space", true)) parts.splits.push_back(PrefixSpaceStep{});
        if (step.boolean_or("use_regex", true)) parts.splits.push_back(PatternStep{SplitPattern::gpt2});
        parts.alphabet = Alphabet::bytes;
    } else if (type == "Digits") {
        parts.splits.push_back(DigitsStep{step.boolean_or("individual_digits", false)});
    } else if (type == "Split") {
        read_split(step, parts);
    } else if (type == "Metaspace") {
        read_metaspace(step, parts);
    } else {
        step.fail("step " + shown(type) + " is not known; Sequence, ByteLevel, Digits, Split and Metaspace are");
    }
}

// Whether a space stands in front of every text that has been through the steps.
bool puts_space_in_front(const TokenizerParts& parts, const std::string& space) {
    for (const NormalizerStep& step : parts.normalizer) {
        if (const auto* prepend = std::get_if<PrependStep>(&step); prepend && prepend->prefix == space) return true;
    }
    for (const SplitStep& step : parts.splits) {
        const auto* metaspace = std::get_if<MetaspaceStep>(&step);
        if (metaspace && metaspace->prepend != PrependScheme::never) return true;
    }
    return false;
}

}  // namespace

std::string space_symbol(const TokenizerParts& parts) {
    for (const NormalizerStep& step : parts.normalizer) {
        if (const auto* replace = std::get_if<ReplaceStep>(&step); replace && replace->from == " ") return replace->to;
    }
    for (const SplitStep& step : parts.splits) {
        if (const auto* metaspace = std::get_if<MetaspaceStep>(&step)) return metaspace->replacement;
    }
    return "";
}

void read_steps(const JsonValue& file, TokenizerParts& parts) {
    if (const auto normalizer = file.find("normalizer")) read_normalizer(*normalizer, parts);
    if (const auto pre_tokenizer = file.find("pre_tokenizer")) read_pre_tokenizer(*pre_tokenizer, parts);
    const std::string space = space_symbol(parts);
    if (!space.empty() && puts_space_in_front(parts, space)) parts.prefix = " ";
}

}  // namespace dynkin::lm
