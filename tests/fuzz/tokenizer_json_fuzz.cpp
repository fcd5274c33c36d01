// Whatever bytes come in as a tokenizer.json, it gives tokens of its vocabulary for every text, or a ConfigError when
// it has none for a character; or it is an IoError.
#include "models/lm/tokenizer_json.hpp"
#include "tests/fuzz/allocation_limit.hpp"
#include "tests/fuzz/lm_input.hpp"

using namespace dynkin;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const fuzz::AllocationLimit limit(size);
    fuzz::read_or_refuse([&] {
        const lm::Tokenizer tokenizer =
            lm::parse_tokenizer_json(std::string(reinterpret_cast<const char*>(data), size), "fuzz.json");
        for (const char* text : {"abab ba<s>  it's 123\r\n", "\xff\xe6\x9c\x88 \xe6\x9c", ""}) {
            for (const auto special : {lm::SpecialTokens::parsed, lm::SpecialTokens::as_text}) {
                try {
                    const std::vector<int> tokens = tokenizer.encode(text, true, special);
                    tokenizer.decode(tokens);
                    lm::StreamDecoder stream(tokenizer);
                    for (const int token : tokens) stream.push(token);
                } catch (const ConfigError& error) {
                    const std::string message = error.what();
                    if (!message.starts_with("the vocabulary has no token for ")) fuzz::fail(message);
                }
            }
        }
    });
    return 0;
}
