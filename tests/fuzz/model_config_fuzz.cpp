// Whatever bytes come in as a config.json, it is a shape that `validate` accepts, or an IoError.
#include "models/lm/model_directory.hpp"
#include "tests/fuzz/allocation_limit.hpp"
#include "tests/fuzz/lm_input.hpp"

using namespace dynkin;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const fuzz::AllocationLimit limit(size);
    fuzz::read_or_refuse([&] {
        const std::string_view json(reinterpret_cast<const char*>(data), size);
        lm::validate(lm::parse_model_config(json, "fuzz.json"), "shape");
    });
    return 0;
}
