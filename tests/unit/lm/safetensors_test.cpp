#include "models/lm/safetensors.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <unistd.h>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

std::string file_of(const std::string& header, std::size_t n_bytes) {
    const std::uint64_t size = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &size, 8);
    return bytes + header + std::string(n_bytes, '\1');
}

std::string refusal(const std::string& bytes) {
    return message_of<IoError>([&] { parse_safetensors(std::as_bytes(std::span(bytes)), "m.safetensors"); });
}

void expect_refusal(const std::string& bytes, const std::string& part) {
    EXPECT_NE(refusal(bytes).find(part), std::string::npos) << "'" << refusal(bytes) << "' lacks '" << part << "'";
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

const std::string a = R"("a":)" + entry("F32", "[2,3]", "[0,24]"), b = R"("b":)" + entry("BF16", "[4]", "[24,32]");
const std::string sound = "{" + a + "," + b + R"(,"__metadata__":{"format":"pt"}})";

TEST(Safetensors, FindsTensorsInTheOrderOfTheirBytes) {
    const std::string bytes = file_of("{" + b + "," + a + "}   ", 32);
    const auto tensors = parse_safetensors(std::as_bytes(std::span(bytes)), "m.safetensors");
    ASSERT_EQ(tensors.size(), 2u);
    EXPECT_EQ(tensors[0].name, "a");
    EXPECT_EQ(tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(tensors[0].n_numbers(), 6);
    EXPECT_EQ(tensors[1].format, NumberFormat::bfloat16);
    EXPECT_EQ(tensors[1].data.data(), std::as_bytes(std::span(bytes)).data() + bytes.size() - 8);
}

TEST(Safetensors, SaysWhatIsWrongWithTheFile) {
    std::string endless = file_of(sound, 32);
    std::memset(endless.data(), 0xff, 8);

    EXPECT_EQ(refusal(file_of(sound, 32)), "");
    expect_refusal("1234567", "7 bytes are too short");
    expect_refusal(endless, "a header of 18446744073709551615 bytes");
    expect_refusal(file_of(sound, 32).substr(0, 40), "truncated");
    expect_refusal(file_of("[]", 0), "does not begin with {");
    expect_refusal(file_of("{\"a\":}", 0), "no JSON:");
    expect_refusal(file_of("{\"a\xff\":{}}", 0), "no JSON:");
    expect_refusal(file_of("{" + a + "," + a + "}", 24), "key 'a' is twice");
    expect_refusal(file_of("{\"a\":" + std::string(1000, '['), 0), "levels");
    expect_refusal(file_of(R"({"__metadata__":{"format":1}})", 0), "__metadata__: the value of 'format' is not a text");
    expect_refusal(file_of(sound, 31), "'b'.data_offsets[1]: a number between 24 and 31 expected, not 32");
    expect_refusal(file_of(sound, 33), "1 bytes behind the last tensor");
}

TEST(Safetensors, RefusesEveryBeginningOfAFile) {
    const std::string bytes = file_of(sound, 32);
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(refusal(bytes.substr(0, n)), "") << n;
}

TEST(Safetensors, SaysWhatIsWrongWithATensor) {
    const auto with = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return file_of("{\"a\":" + entry(dtype, shape, offsets) + "," + b + "}", 32);
    };
    EXPECT_EQ(refusal(with("F32", "[6]", "[0,24]")), "");
    EXPECT_EQ(refusal(with("F16", "[12]", "[0,24]")), "");
    expect_refusal(with("I64", "[3]", "[0,24]"), "'a'.dtype: numbers of type 'I64' are not read; F32, F16, BF16 are");
    expect_refusal(with("F32", "[5]", "[0,24]"), "'a': shape and type ask for 20 bytes, the offsets for 24");
    expect_refusal(with("F32", "[-6]", "[0,24]"), "'a'.shape[0]: a number between 0 and");
    expect_refusal(with("F32", "[6.0]", "[0,24]"), "'a'.shape[0]: an integer expected");
    expect_refusal(with("F32", "6", "[0,24]"), "'a'.shape: an array expected");
    expect_refusal(with("F32", "[4611686018427387904,4]", "[0,24]"), "'a': the sizes of the shape overflow");
    expect_refusal(with("F32", "[1,1,1,1,1,1,1,1,6]", "[0,24]"), "'a': a shape of 9 axes");
    expect_refusal(with("F32", "[6]", "[0]"), "'a'.data_offsets: two numbers expected");
    expect_refusal(with("F32", "[6]", "[24,0]"), "'a'.data_offsets[1]: a number between 24 and 32");
    expect_refusal(with("F32", "[6]", "[-1,23]"), "'a'.data_offsets[0]: a number between 0 and 32");
    expect_refusal(with("F32", "[5]", "[4,24]"), "'a' begins at byte 4, with a hole behind the one that ends at 0");
    expect_refusal(with("F32", "[7]", "[0,28]"), "'b' begins at byte 24, inside the one that ends at 28");
    expect_refusal(file_of("{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}", 4), "'a': 'dtype' is missing");
    expect_refusal(file_of("{\"a\":1}", 4), "'a': an object expected");
    expect_refusal(file_of("{\"\":" + entry("F32", "[1]", "[0,4]") + "}", 4), "a tensor without a name");
}

TEST(Safetensors, ReadsWhatItWrites) {
    const auto path =
        std::filesystem::temp_directory_path() / ("dynkin_" + std::to_string(::getpid()) + ".safetensors");
    const std::vector<float> values{1, -2, 3.5f, 0, -0.0f, 6};
    const std::vector<std::byte> halves(6, std::byte{0x3c});
    const std::vector<TensorView> tensors{view_of("second", {2, 3}, values),
                                          {"first", NumberFormat::float16, {3}, halves}};

    write_safetensors(path, tensors);

    const TensorFile file = read_safetensors(path);
    ASSERT_EQ(file.tensors.size(), 2u);
    EXPECT_EQ(file.tensors[0].name, "second");
    EXPECT_EQ(file.tensors[0].to_float(), values);
    EXPECT_TRUE(std::equal(halves.begin(), halves.end(), file.tensors[1].data.begin()));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.tensors[0].data.data()) % 64, 0u);
    EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
    std::filesystem::remove(path);
    EXPECT_EQ(file.tensors[0].to_float(), values);  // the mapping outlives the name
    EXPECT_NE(message_of<IoError>([&] { write_safetensors("/proc/nowhere/x", tensors); }), "");
}

// Every one of the 65536 numbers of a format, by the definition of its value.
TEST(NumberFormat, HalfNumbersHaveTheirValues) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto word = static_cast<std::uint16_t>(bits);
        float value = 0;
        convert_to_float(NumberFormat::float16, std::as_bytes(std::span(&word, 1)), {&value, 1});
        const int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
        const double sign = bits >> 15 ? -1 : 1;
        if (exponent == 31) {
            EXPECT_EQ(std::isnan(value), fraction != 0);
            if (fraction == 0) {
                EXPECT_EQ(value, sign * std::numeric_limits<double>::infinity());
            }
            continue;
        }
        const double expected =
            exponent == 0 ? sign * std::ldexp(fraction, -24) : sign * std::ldexp(1024 + fraction, exponent - 25);
        ASSERT_EQ(value, expected) << bits;
        ASSERT_EQ(std::signbit(value), bits >> 15 != 0) << bits;
        std::uint16_t back = 0;
        convert_from_float(NumberFormat::float16, {&value, 1}, std::as_writable_bytes(std::span(&back, 1)));
        ASSERT_EQ(back, word);
    }
}

// Nearest of the two neighbours among all numbers of the format, ties to the even one.
TEST(NumberFormat, RoundsToTheNearestNumber) {
    for (const NumberFormat format : {NumberFormat::float16, NumberFormat::bfloat16}) {
        const auto value_of = [format](std::uint16_t word) {
            float value = 0;
            convert_to_float(format, std::as_bytes(std::span(&word, 1)), {&value, 1});
            return value;
        };
        EXPECT_TRUE(rc::check([&](std::uint32_t bits) {
            const auto value = std::bit_cast<float>(bits & 0x7fffffffu);
            std::uint16_t word = 0;
            convert_from_float(format, {&value, 1}, std::as_writable_bytes(std::span(&word, 1)));
            const double chosen = value_of(word);
            if (std::isnan(value)) {
                RC_ASSERT(std::isnan(chosen));
                return;
            }
            RC_PRE(std::isfinite(chosen));
            const auto distance = [&](double x) { return std::abs(x - double(value)); };
            for (const int step : {-1, 1}) {
                const auto neighbour = static_cast<std::uint16_t>(word + step);
                if (word + step < 0 || !std::isfinite(value_of(neighbour))) continue;
                RC_ASSERT(distance(chosen) <= distance(value_of(neighbour)));
                if (distance(chosen) == distance(value_of(neighbour))) RC_ASSERT(word % 2 == 0);
            }
        }));
    }
    const float beyond = 65520, below = 65519;
    std::uint16_t word = 0;
    convert_from_float(NumberFormat::float16, {&beyond, 1}, std::as_writable_bytes(std::span(&word, 1)));
    EXPECT_EQ(word, 0x7c00);
    convert_from_float(NumberFormat::float16, {&below, 1}, std::as_writable_bytes(std::span(&word, 1)));
    EXPECT_EQ(word, 0x7bff);
}

TEST(NumberFormat, FindsTheFirstNumberThatIsNotFinite) {
    for (const NumberFormat format : {NumberFormat::float32, NumberFormat::float16, NumberFormat::bfloat16}) {
        for (const std::size_t at : {0u, 1u, 4095u, 4096u, 9999u}) {
            std::vector<float> values(10000, 1.5f);
            std::vector<std::byte> data(values.size() * static_cast<std::size_t>(size_of(format)) + 1);
            const auto bytes = std::span(data).subspan(1);  // at an odd address
            convert_from_float(format, values, bytes);
            EXPECT_EQ(first_not_finite(format, bytes), -1);
            values[at] = at % 2 == 0 ? std::nanf("") : -std::numeric_limits<float>::infinity();
            convert_from_float(format, values, bytes);
            EXPECT_EQ(first_not_finite(format, bytes), static_cast<std::int64_t>(at));
        }
    }
}

}  // namespace
