// Whatever bytes come in as a tokenizer.bin of llama2.c, it encodes every text and gives it back, or is an IoError.
#include "models/lm/tokenizer.hpp"
#include "tests/fuzz/allocation_limit.hpp"
#include "tests/fuzz/lm_input.hpp"

using namespace dynkin;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const fuzz::AllocationLimit limit(size);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fuzz::read_or_refuse([&] {
        const lm::Tokenizer tokenizer = lm::parse_llama2c_tokenizer(bytes, "fuzz.bin");
        const std::string text = "abab \xff\xe6\x9c\x88 the  <0x41>";
        for (const int token : tokenizer.encode(text, true)) tokenizer.bytes_of(token);  // all inside the vocabulary
        tokenizer.decode(tokenizer.encode(text, true));
    });
    return 0;
}
