#pragma once
// Many contexts, one of which matters: how pooling, truncation and entropies of naive-Bayes context extension behave
// as their number grows. Su, Scientific Spaces 9617, 9632; NAACL 2024 (long.431).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/lm/study/study_training.hpp"

namespace dynkin::lm {

struct NbceStudyOptions {
    StudyDecoder decoder{.width = 128, .n_layers = 3, .n_heads = 4, .n_steps = 1500};
    double repeating = 0.5;  ///< part of the training rows that repeat themselves, from which copying is learnt
    std::vector<int> n_contexts{1, 2, 4, 8, 16};
    int n_trials = 300;
    std::int64_t context = 36, prompt = 14, answer = 8;  ///< characters; context + 1 + prompt + answer <= length + 1
};

/// Accuracies over n_trials * answer characters, for one number of contexts. Standard errors are below 1 point at the
/// usual 2400 characters, if these were independent.
struct NbceRow {
    int n_contexts = 0;
    double no_context = 0;     ///< p(T) alone
    double oracle = 0;         ///< the right context alone
    double mean = 0;           ///< mean, beta = n - 1: Bayes' rule
    double mean_top_p = 0;     ///< the same of laws cut to 0.95
    double min_entropy = 0;    ///< the context of least entropy, beta = 0.25, of whole laws
    double nbce = 0;           ///< min_entropy, beta = 0.25, top-p 0.95, eta 0.1
    double right_context = 0;  ///< part of the characters for which min_entropy alone chose the right one
    double jumps_without_eta = 0, jumps = 0;  ///< changes of context per character after the first, eta 0 and 0.1
};

/// A decoder is trained on the first nine tenths of the text. Each trial takes n windows of the last tenth as contexts
/// and a prompt from within one of them; the characters after the prompt are predicted one by one, given the right ones
/// before, from "context \n prompt" for all n and "\n prompt" without. Laws are put together by compose_laws; for the
/// mean of cut laws a cut token keeps a log-probability of -85, since tokens common to all n need not exist.
/// ConfigError: sizes, a text too short. Interrupted: the observer returned false.
std::vector<NbceRow> nbce_study(std::string_view text, const NbceStudyOptions& options,
                                const StudyObserver& observer = {});

}  // namespace dynkin::lm
