#include "models/lm/decoder_shape.hpp"

#include <gtest/gtest.h>

#include "solvers/core/errors.hpp"

namespace {

using dynkin::ConfigError;
using dynkin::lm::DecoderShape;
using dynkin::lm::validate;

// Sizes of the "stories260K" model, whose authors count 260 thousand parameters.
DecoderShape stories() {
    DecoderShape shape;
    shape.vocabulary = 512;
    shape.width = 64;
    shape.n_layers = 5;
    shape.n_heads = 8;
    shape.n_kv_heads = 4;
    shape.head_width = 8;
    shape.hidden = 172;
    shape.context = 512;
    return shape;
}

std::string message_of(const DecoderShape& shape) {
    try {
        validate(shape, "model.bin");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(DecoderShape, CountsParameters) {
    DecoderShape shape = stories();
    // 512*64 + 5 * (2*64*64 + 2*64*32 + 3*64*172 + 2*64) + 64
    EXPECT_EQ(shape.n_parameters(), 260032);
    shape.tied_output = false;
    EXPECT_EQ(shape.n_parameters(), 260032 + 512 * 64);
}

TEST(DecoderShape, SaysWhichSizeIsWrong) {
    EXPECT_EQ(message_of(stories()), "");

    DecoderShape heads = stories();
    heads.n_kv_heads = 3;
    EXPECT_EQ(message_of(heads), "model.bin: n_kv_heads = 3 must divide n_heads = 8");

    DecoderShape negative = stories();
    negative.n_layers = -1;
    EXPECT_NE(message_of(negative).find("n_layers must be between 1 and"), std::string::npos);

    DecoderShape odd = stories();
    odd.head_width = 7;
    EXPECT_NE(message_of(odd).find("head_width must be even"), std::string::npos);

    DecoderShape huge = stories();
    huge.vocabulary = huge.width = 2147483647;
    EXPECT_NE(message_of(huge).find("2^40"), std::string::npos);
}

}  // namespace
