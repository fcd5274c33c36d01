// Whatever bytes come in, they are tensors that lie inside the file one behind the other, or an IoError.
#include "models/lm/safetensors.hpp"
#include "tests/fuzz/allocation_limit.hpp"
#include "tests/fuzz/lm_input.hpp"

#include <span>

using namespace dynkin;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const fuzz::AllocationLimit limit(size);
    fuzz::read_or_refuse([&] {
        const auto bytes = std::as_bytes(std::span(data, size));
        std::size_t n_bytes = 0;
        for (const lm::TensorView& tensor : lm::parse_safetensors(bytes, "fuzz.bin")) {
            n_bytes += tensor.data.size();
            if (tensor.to_float().size() != static_cast<std::size_t>(tensor.n_numbers())) fuzz::fail("another count");
            lm::first_not_finite(tensor.format, tensor.data);
        }
        if (n_bytes > size) fuzz::fail("tensors larger than the file");
    });
    return 0;
}
