#include "models/lm/llama2c.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

struct Header {
    std::int32_t width = 4, hidden = 6, n_layers = 2, n_heads = 2, n_kv_heads = 1, vocabulary = 5, context = 3;
};

// Numbers 0, 1, 2, ... so that a tensor that begins at the wrong place is seen.
std::string file_of(const Header& h, std::int64_t n_numbers) {
    std::string bytes(sizeof h + static_cast<std::size_t>(n_numbers) * 4, '\0');
    std::memcpy(bytes.data(), &h, sizeof h);
    for (std::int64_t i = 0; i < n_numbers; ++i) {
        const auto number = static_cast<float>(i);
        std::memcpy(bytes.data() + sizeof h + 4 * i, &number, 4);
    }
    return bytes;
}

// embedding 20; norms 2 * 4; q 2 * 16; k, v 2 * 8 each; o 2 * 16; norms 2 * 4; gate, down, up 2 * 24 each; norm 4;
// tables 3 * 2.
constexpr std::int64_t n_tied = 20 + 8 + 32 + 16 + 16 + 32 + 8 + 3 * 48 + 4 + 6;

Checkpoint parse(const std::string& bytes) {
    return parse_llama2c(std::as_bytes(std::span(bytes)), "model.bin", nullptr);
}

std::string refusal(const std::string& bytes) {
    return message_of<IoError>([&] { parse(bytes); });
}

void expect_within(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << text << "' lacks '" << part << "'";
}

TEST(Llama2c, FindsEveryTensor) {
    const std::string bytes = file_of({}, n_tied);

    const Checkpoint checkpoint = parse(bytes);

    EXPECT_EQ(checkpoint.shape().head_width, 2);
    EXPECT_TRUE(checkpoint.shape().tied_output);
    EXPECT_EQ(checkpoint.tensors().size(), 20u);
    const auto first = [&](const std::string& name) { return checkpoint.at(name).to_float().at(0); };
    EXPECT_EQ(first("model.embed_tokens.weight"), 0);
    EXPECT_EQ(first("model.layers.1.input_layernorm.weight"), 24);
    EXPECT_EQ(first("model.layers.0.self_attn.q_proj.weight"), 28);
    EXPECT_EQ(first("model.layers.1.self_attn.k_proj.weight"), 68);
    EXPECT_EQ(first("model.layers.1.self_attn.v_proj.weight"), 84);
    EXPECT_EQ(first("model.layers.0.self_attn.o_proj.weight"), 92);
    EXPECT_EQ(first("model.layers.1.post_attention_layernorm.weight"), 128);
    EXPECT_EQ(first("model.layers.0.mlp.gate_proj.weight"), 132);
    EXPECT_EQ(first("model.layers.0.mlp.down_proj.weight"), 180);
    EXPECT_EQ(first("model.layers.0.mlp.up_proj.weight"), 228);
    EXPECT_EQ(first("model.norm.weight"), 276);
    EXPECT_EQ(checkpoint.at("model.layers.0.mlp.down_proj.weight").shape, (std::vector<std::int64_t>{4, 6}));
}

TEST(Llama2c, OutputOfItsOwnStandsBehindTheTables) {
    Header header;
    header.vocabulary = -5;

    const std::string bytes = file_of(header, n_tied + 20);
    const Checkpoint checkpoint = parse(bytes);

    EXPECT_FALSE(checkpoint.shape().tied_output);
    EXPECT_EQ(checkpoint.shape().vocabulary, 5);
    EXPECT_EQ(checkpoint.at("lm_head.weight").to_float().at(0), n_tied);
}

TEST(Llama2c, SaysWhatIsWrongWithAFile) {
    EXPECT_EQ(refusal(file_of({}, n_tied)), "");  // the same check passes a sound file
    expect_within(refusal(std::string(27, 'x')), "model.bin: 27 bytes are too short for a llama2.c header");
    expect_within(refusal(file_of({}, n_tied - 1)), "truncated");
    expect_within(refusal(file_of({}, n_tied + 1)), "asks for 4 * 286");
    expect_within(refusal(file_of({}, n_tied) + "x"), "1145 bytes after the header");

    std::string version_1 = file_of({}, n_tied);
    std::memcpy(version_1.data(), "24ka\1\0\0\0", 8);
    expect_within(refusal(version_1), "version 1");
}

TEST(Llama2c, RefusesEveryBeginningOfAFile) {
    const std::string bytes = file_of({}, n_tied);
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(bytes.substr(0, n)), "") << n;
}

TEST(Llama2c, SaysWhichFieldOfTheHeaderIsWrong) {
    const auto with = [](std::int32_t Header::*field, std::int32_t value) {
        Header header;
        header.*field = value;
        return refusal(file_of(header, n_tied));
    };
    constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max(), least = -largest - 1;

    expect_within(with(&Header::width, 0), "width must be between");
    expect_within(with(&Header::width, -4), "width must be between");
    expect_within(with(&Header::width, 5), "n_heads = 2 must divide width = 5");
    expect_within(with(&Header::width, 6), "head_width must be even");
    expect_within(with(&Header::hidden, 0), "hidden must be between");
    expect_within(with(&Header::n_layers, -1), "n_layers must be between");
    expect_within(with(&Header::n_heads, 0), "n_heads must be between");
    expect_within(with(&Header::n_kv_heads, 0), "n_kv_heads must be between");
    expect_within(with(&Header::n_kv_heads, 3), "n_kv_heads = 3 must divide n_heads = 2");
    expect_within(with(&Header::vocabulary, 0), "vocabulary must be between");
    expect_within(with(&Header::vocabulary, least), "vocabulary must be between");
    expect_within(with(&Header::context, 0), "context must be between");
    // Huge counts are found out by the size of the file before anything is allocated.
    expect_within(with(&Header::n_layers, largest), "truncated");
    expect_within(with(&Header::context, largest), "truncated");
    expect_within(with(&Header::hidden, largest), "truncated");
}

TEST(Llama2c, NamesTheNumberThatIsNotFinite) {
    std::string bytes = file_of({}, n_tied);
    const float nan = std::nanf(""), infinity = -std::numeric_limits<float>::infinity();

    std::string with_nan = bytes, with_infinity = bytes, in_table = bytes;
    std::memcpy(with_nan.data() + 28 + 4 * (68 + 5), &nan, 4);
    std::memcpy(with_infinity.data() + 28 + 4 * 276, &infinity, 4);
    std::memcpy(in_table.data() + 28 + 4 * 281, &nan, 4);

    EXPECT_EQ(refusal(with_nan), "model.bin: model.layers.1.self_attn.k_proj.weight[1, 1] is nan");
    EXPECT_EQ(refusal(with_infinity), "model.bin: model.norm.weight[0] is infinite");
    EXPECT_EQ(refusal(in_table), "");  // not read
}

TEST(Llama2c, SaysWhyAFileCannotBeMapped) {
    EXPECT_NE(message_of<IoError>([] { read_llama2c("absent.bin"); }).find("absent.bin: cannot open"),
              std::string::npos);
    EXPECT_NE(message_of<IoError>([] { read_llama2c("/"); }).find("not a regular file"), std::string::npos);
}

TEST(Checkpoint, NamesTheNearestTensor) {
    const std::string bytes = file_of({}, n_tied);
    const Checkpoint checkpoint = parse(bytes);
    EXPECT_NE(message_of<ConfigError>([&] { checkpoint.at("model.norm.weights"); }).find("'model.norm.weight'"),
              std::string::npos);
}

TEST(Llama2c, ReadsStories260K) {
    const auto path = shared("lm/stories260K.bin");
    DYNKIN_SKIP_WITHOUT(path);

    const Checkpoint checkpoint = read_llama2c(path);

    EXPECT_EQ(checkpoint.shape().n_parameters(), 260032);
    EXPECT_EQ(checkpoint.shape().n_kv_heads, 4);
    // Norm weights of a trained model are near one; a tensor taken from a wrong place would not be.
    for (const float weight : checkpoint.at("model.norm.weight").to_float()) EXPECT_NEAR(weight, 3.0, 3.0);
}

}  // namespace
