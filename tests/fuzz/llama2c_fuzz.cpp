// Whatever bytes come in as a checkpoint of llama2.c, they are all tensors of a decoder, finite, or an IoError.
#include "models/lm/llama2c.hpp"
#include "tests/fuzz/allocation_limit.hpp"
#include "tests/fuzz/lm_input.hpp"

#include <cmath>
#include <span>

using namespace dynkin;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const fuzz::AllocationLimit limit(size);
    fuzz::read_or_refuse([&] {
        const lm::Checkpoint checkpoint = lm::parse_llama2c(std::as_bytes(std::span(data, size)), "fuzz.bin", nullptr);
        std::int64_t n_numbers = 0;
        for (const lm::TensorView& tensor : checkpoint.tensors()) {
            n_numbers += tensor.n_numbers();
            for (const float number : tensor.to_float()) {
                if (!std::isfinite(number)) fuzz::fail("a number that is not finite in " + tensor.name);
            }
        }
        if (n_numbers != checkpoint.shape().n_parameters()) fuzz::fail("numbers are missing");
    });
    return 0;
}
