#pragma once
// What both ways of generating begin with; not for use elsewhere.
#include "apps/lm/generate.hpp"
#include "models/lm/decoder.hpp"

#include <memory>

namespace dynkin::language {

/// Options and files checked and read.
struct PreparedGeneration {
    std::optional<Composition> composition;
    ModelFiles files;
    lm::Request request;
    lm::Decoder decoder;
    Settings settings;
};
PreparedGeneration prepare(const GenerateOptions& options);

}  // namespace dynkin::language
