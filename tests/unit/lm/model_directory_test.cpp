#include "models/lm/model_directory.hpp"

#include "models/lm/llama2c.hpp"
#include "models/lm/safetensors.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <cmath>
#include <map>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;
namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A directory that is removed with the test.
class ModelDirectory : public testing::Test {
protected:
    void SetUp() override {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        path = fs::temp_directory_path() / (std::string("dynkin_") + info->name() + "_" + std::to_string(::getpid()));
        fs::remove_all(path);
    }
    void TearDown() override { fs::remove_all(path); }

    void write(const std::string& name, const std::string& text) {
        fs::create_directories(path);
        std::ofstream(path / name, std::ios::binary) << text;
    }
    std::string refusal() const {
        return message_of<IoError>([this] { read_model_directory(path); });
    }
    void expect_refusal(const std::string& part) const {
        EXPECT_NE(refusal().find(part), std::string::npos) << "'" << refusal() << "' lacks '" << part << "'";
    }

    fs::path path;
};

DecoderShape small_shape(bool tied) {
    DecoderShape shape;
    shape.vocabulary = 7;
    shape.width = 6;
    shape.n_layers = 2;
    shape.n_heads = 2;
    shape.n_kv_heads = 1;
    shape.head_width = 4;  // wider than width / n_heads
    shape.hidden = 5;
    shape.context = 9;
    shape.rotary_base = 500000;
    shape.norm_epsilon = 1e-6;
    shape.tied_output = tied;
    return shape;
}

/// Different numbers everywhere.
struct Model {
    DecoderShape shape;
    std::map<std::string, std::vector<float>> values;
    std::vector<TensorView> tensors;

    explicit Model(const DecoderShape& of) : shape(of) {
        float next = 1;
        for (const TensorShape& tensor : tensors_of(shape)) {
            std::size_t n = 1;
            for (const std::int64_t size : tensor.shape) n *= static_cast<std::size_t>(size);
            std::vector<float>& numbers = values[tensor.name];
            for (std::size_t i = 0; i < n; ++i) numbers.push_back(next++ * 0.01f);
            tensors.push_back(view_of(tensor.name, tensor.shape, numbers));
        }
    }
};

bool same_bits(const TensorView& a, const TensorView& b) {
    return a.shape == b.shape && std::equal(a.data.begin(), a.data.end(), b.data.begin(), b.data.end());
}

bool is_rotated(const std::string& name) {
    return name.find("q_proj") != std::string::npos || name.find("k_proj") != std::string::npos;
}

/// Row of channel c of a head in the order "halves" holds channel 2c of "adjacent" for c < d/2, else 2(c - d/2) + 1.
std::vector<float> in_halves(const TensorView& tensor, std::int64_t d) {
    const std::vector<float> rows = tensor.to_float();
    const std::int64_t width = tensor.shape[1];
    std::vector<float> result;
    for (std::int64_t row = 0; row < tensor.shape[0]; ++row) {
        const std::int64_t head = row / d, c = row % d, source = head * d + (c < d / 2 ? 2 * c : 2 * (c - d / 2) + 1);
        for (std::int64_t i = 0; i < width; ++i) result.push_back(rows[static_cast<std::size_t>(source * width + i)]);
    }
    return result;
}

TEST_F(ModelDirectory, GivesBackWhatWasSaved) {
    for (const bool tied : {true, false}) {
        const Model model(small_shape(tied));
        save_model_directory(path, model.shape, model.tensors, character_tokenizer("abc"));
        const Checkpoint read = open_checkpoint(path);
        DecoderShape expected = model.shape;
        expected.rotary_pairing = RotaryPairing::halves;
        EXPECT_EQ(read.shape(), expected);
        ASSERT_EQ(read.tensors().size(), model.tensors.size());
        for (const TensorView& tensor : model.tensors) {
            if (is_rotated(tensor.name)) {
                EXPECT_EQ(read.at(tensor.name).to_float(), in_halves(tensor, 4)) << tensor.name;
                EXPECT_FALSE(same_bits(read.at(tensor.name), tensor)) << "rows as they were would not be found out";
            } else {
                EXPECT_TRUE(same_bits(read.at(tensor.name), tensor)) << tensor.name;
            }
        }
        EXPECT_EQ(read_tokenizer(path).encode("cab", true), (std::vector<int>{2, 0, 1}));
    }
}

TEST_F(ModelDirectory, RowOrdersUndoEachOther) {
    const auto there = rotary_row_order(12, 6, RotaryPairing::adjacent, RotaryPairing::halves);
    const auto back = rotary_row_order(12, 6, RotaryPairing::halves, RotaryPairing::adjacent);
    EXPECT_EQ(there, (std::vector<std::int64_t>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
    for (std::size_t row = 0; row < 12; ++row) EXPECT_EQ(there[static_cast<std::size_t>(back[row])], std::int64_t(row));
}

TEST_F(ModelDirectory, Stories260KStaysTheSameModel) {
    const auto bin = shared("lm/stories260K.bin"), tok = shared("lm/tok512.bin");
    DYNKIN_SKIP_WITHOUT(bin);
    const Checkpoint original = open_checkpoint(bin);
    const Tokenizer tokenizer = read_tokenizer(tok);

    save_model_directory(path, original.shape(), original.tensors(), tokenizer);

    const Checkpoint read = open_checkpoint(path);
    EXPECT_EQ(read.shape().n_parameters(), original.shape().n_parameters());
    for (const TensorView& tensor : original.tensors()) {
        const TensorView& copy = read.at(tensor.name);
        if (is_rotated(tensor.name))
            EXPECT_EQ(copy.to_float(), in_halves(tensor, 8)) << tensor.name;
        else
            EXPECT_TRUE(same_bits(copy, tensor)) << tensor.name;
    }
    const Tokenizer copy = read_tokenizer(path);
    EXPECT_EQ(copy.vocabulary(), 512);
    EXPECT_EQ(copy.bos(), 1);
    EXPECT_EQ(copy.end_tokens(), (std::vector<int>{1, 2}));
    EXPECT_TRUE(copy.begins_with_bos());
    for (const std::string text :
         {"Once upon a time", "  aa<unk>aaa\n", "\xe6\x9c\x88 caf\xc3\xa9", "\xff\x80 <0x41>"}) {
        EXPECT_EQ(copy.encode(text, true, SpecialTokens::as_text), tokenizer.encode(text, true)) << text;
        EXPECT_EQ(copy.decode(tokenizer.encode(text, true)), text);
    }
    // As the library `tokenizers` reads the file, without the scores.
    const Tokenizer by_rank = read_tokenizer(path / "tokenizer.json");
    const std::string story = contents(shared("lm/stories260K.md"));
    EXPECT_EQ(by_rank.encode(story, true, SpecialTokens::as_text), tokenizer.encode(story, true));
}

TEST_F(ModelDirectory, ReadsShards) {
    const Model model(small_shape(true));
    save_model_directory(path, model.shape, model.tensors, character_tokenizer("abc"));
    const TensorFile whole = read_safetensors(path / "model.safetensors");
    const auto tensors = std::span(whole.tensors);
    write_safetensors(path / "one.safetensors", tensors.first(5));
    write_safetensors(path / "two.safetensors", tensors.subspan(5));
    fs::remove(path / "model.safetensors");
    Json map;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        map[tensors[i].name] = i < 5 ? "one.safetensors" : "two.safetensors";
    const auto with_index = [&](const Json& weight_map) {
        write("model.safetensors.index.json", Json{{"weight_map", weight_map}}.dump());
    };

    with_index(map);
    const Checkpoint read = read_model_directory(path);
    for (const TensorView& tensor : whole.tensors) EXPECT_TRUE(same_bits(read.at(tensor.name), tensor));

    const auto changed = [&](const std::string& name, const Json& file) {
        Json other = map;
        other[name] = file;
        with_index(other);
    };
    changed("model.norm.weight", "../one.safetensors");
    expect_refusal("weight_map: '../one.safetensors' is no plain file name");
    changed("model.norm.weight", 3);
    expect_refusal("'model.norm.weight' is not mapped to a file name");
    changed("model.norm.weight", "three.safetensors");
    expect_refusal("three.safetensors: cannot open");
    changed("model.norm.weight", "one.safetensors");
    expect_refusal("tensor 'model.norm.weight' is not in 'one.safetensors'");
    changed("model.more", "one.safetensors");
    expect_refusal("tensor 'model.more' is not in 'one.safetensors'");
    Json fewer = map;
    fewer.erase("model.norm.weight");
    with_index(fewer);
    expect_refusal("tensor 'model.norm.weight' is in 'two.safetensors' without an entry");
    write("model.safetensors.index.json", "{}");
    expect_refusal("'weight_map' is missing");
}

TEST_F(ModelDirectory, NamesTensorsThatDoNotFit) {
    const Model model(small_shape(false));
    save_model_directory(path, model.shape, model.tensors, character_tokenizer("abc"));
    const auto with = [&](auto change) {
        std::vector<TensorView> tensors = model.tensors;
        change(tensors);
        write_safetensors(path / "model.safetensors", tensors);
    };
    with([](auto& tensors) { tensors[3].name = "model.layers.0.self_attn.k_prog.weight"; });
    expect_refusal(
        "tensor 'model.layers.0.self_attn.k_proj.weight' is missing; did you mean "
        "'model.layers.0.self_attn.k_prog.weight'?");
    with([&](auto& tensors) {
        tensors.push_back(view_of("model.layers.0.self_attn.k_proj.bias", {6}, model.values.at("model.norm.weight")));
    });
    expect_refusal("unknown tensor 'model.layers.0.self_attn.k_proj.bias'; did you mean");
    with([&](auto& tensors) {
        for (const char* name : {"x", "a", "z"})
            tensors.push_back(view_of(name, {6}, model.values.at("model.norm.weight")));
    });
    expect_refusal("unknown tensor 'x'");  // the first of them
    with([](auto& tensors) { std::swap(tensors[2].shape[0], tensors[2].shape[1]); });
    expect_refusal("tensor 'model.layers.0.self_attn.q_proj.weight' has shape (6, 8), expected (8, 6)");
    with([](auto& tensors) { tensors.pop_back(); });
    expect_refusal("tensor 'lm_head.weight' is missing");
    std::vector<float> wrong = model.values.at("model.layers.1.mlp.down_proj.weight");
    wrong[11] = std::nanf("");
    with([&](auto& tensors) {
        for (TensorView& t : tensors) {
            if (t.name == "model.layers.1.mlp.down_proj.weight") t = view_of(t.name, t.shape, wrong);
        }
    });
    expect_refusal("model.layers.1.mlp.down_proj.weight[2, 1] is nan");
    // What older files carry besides is no weight.
    with([&](auto& tensors) {
        tensors.push_back(
            view_of("model.layers.0.self_attn.rotary_emb.inv_freq", {6}, model.values.at("model.norm.weight")));
    });
    EXPECT_EQ(refusal(), "");
}

TEST_F(ModelDirectory, NamesSettingsThatAreNotSupported) {
    const Model model(small_shape(true));
    save_model_directory(path, model.shape, model.tensors, character_tokenizer("abc"));
    const Json sound = Json::parse(contents(path / "config.json"));
    const auto expect = [&](const std::string& key, const Json& value, const std::string& part) {
        Json config = sound;
        config[key] = value;
        write("config.json", config.dump());
        expect_refusal(part);
    };
    expect("architectures", {"GPT2LMHeadModel"},
           "config.json: architectures[0]: 'GPT2LMHeadModel' is another architecture");
    expect("hidden_act", "gelu", "config.json: hidden_act: 'gelu' is another activation");
    expect("attention_bias", true, "config.json: attention_bias: true; matrices with a bias");
    expect("mlp_bias", true, "config.json: mlp_bias: true");
    expect("rope_scaling", {{"rope_type", "llama3"}}, "config.json: rope_scaling: not supported");
    expect("rope_parameters", {{"rope_type", "yarn"}}, "rope_parameters.rope_type: 'yarn' is not supported");
    expect("quantization_config", {{"bits", 4}}, "config.json: quantization_config: not supported");
    expect("vocab_size", nullptr, "config.json: 'vocab_size' is missing");
    expect("vocab_size", 8, "'model.embed_tokens.weight' has shape (7, 6), expected (8, 6)");
    expect("hidden_size", -6, "config.json: hidden_size: a number between 1 and");
    expect("hidden_size", 6.5, "config.json: hidden_size: an integer expected");
    expect("hidden_size", 18446744073709551615u, "config.json: hidden_size: a number between 1 and");
    expect("num_hidden_layers", 2147483647, "tensor 'model.layers.2.input_layernorm.weight' is missing");
    expect("num_key_value_heads", 3, "n_kv_heads = 3 must divide n_heads = 2");
    expect("head_dim", 3, "head_width must be even");
    expect("head_dim", "x", "config.json: head_dim: an integer expected");
    expect("rope_theta", 0, "rotary_base must be positive");
    expect("rms_norm_eps", "1e-5", "config.json: rms_norm_eps: a number expected");
    expect("tie_word_embeddings", 1, "config.json: tie_word_embeddings: true or false expected");
    write("config.json", "not json");
    expect_refusal("config.json: no JSON");
    fs::remove(path / "config.json");
    expect_refusal("no config.json in it, so it is no model directory");
}

TEST_F(ModelDirectory, TakesWhatTransformersTakesForKeysLeftOut) {
    const DecoderShape shape = parse_model_config(
        R"({"model_type": "llama", "vocab_size": 7, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 3, "rope_scaling": null, "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}})",
        "config.json");
    EXPECT_EQ(shape.n_kv_heads, 2);
    EXPECT_EQ(shape.head_width, 4);
    EXPECT_EQ(shape.context, 2048);
    EXPECT_EQ(shape.rotary_base, 5e5);
    EXPECT_EQ(shape.norm_epsilon, 1e-6);
    EXPECT_FALSE(shape.tied_output);
}

TEST_F(ModelDirectory, DoesNotSaveWhatItWouldNotRead) {
    Model model(small_shape(true));
    EXPECT_NE(message_of<ConfigError>([&] {
                  save_model_directory(path, model.shape, model.tensors, byte_tokenizer());
              }).find("the tokenizer has 256 tokens, the model rows for 7"),
              std::string::npos);
    model.values["model.norm.weight"][2] = std::nanf("");
    EXPECT_NE(message_of<IoError>([&] {
                  save_model_directory(path, model.shape, model.tensors, character_tokenizer("a"));
              }).find("model.norm.weight[2] is nan"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(ModelDirectory, TokensMustFitTheRows) {
    const auto tok = shared("lm/tok512.bin");
    DYNKIN_SKIP_WITHOUT(tok);
    const auto refusal_of = [](std::int64_t rows, const Tokenizer& tokenizer) {
        DecoderShape shape = small_shape(true);
        shape.vocabulary = rows;
        return message_of<ConfigError>([&] { require_vocabulary(shape, tokenizer, "tok"); });
    };
    EXPECT_EQ(refusal_of(512, read_tokenizer(tok)), "");
    EXPECT_EQ(refusal_of(32000, read_tokenizer(tok)), "tok: the tokenizer has 512 tokens, the model rows for 32000");
    EXPECT_EQ(refusal_of(511, read_tokenizer(tok)), "tok: the tokenizer has 512 tokens, the model rows for 511");
    EXPECT_EQ(refusal_of(320, byte_tokenizer()), "");  // rows to spare, as many models have
    EXPECT_NE(refusal_of(255, byte_tokenizer()), "");
}

TEST_F(ModelDirectory, DoesNotWaitForAPipe) {
    fs::create_directories(path);
    ASSERT_EQ(::mkfifo((path / "config.json").c_str(), 0600), 0);
    expect_refusal("config.json: not a regular file");
}

TEST_F(ModelDirectory, SaysWhatAPathIsNot) {
    write("model.safetensors", "");
    EXPECT_NE(message_of<IoError>([&] { open_checkpoint(path / "model.safetensors"); }).find("give the directory"),
              std::string::npos);
    EXPECT_NE(message_of<IoError>([&] { open_checkpoint(path / "absent"); }).find("cannot open"), std::string::npos);
    EXPECT_NE(message_of<IoError>([&] { read_tokenizer(path); }).find("no tokenizer.json in it"), std::string::npos);
    write("config.json", R"({"model_type": "llama"})");
    expect_refusal("'vocab_size' is missing");
}

TEST_F(ModelDirectory, TakesEndTokensFromItsFiles) {
    const Model model(small_shape(true));
    save_model_directory(path, model.shape, model.tensors, character_tokenizer("ab", {"<a>", "<b>", "<c>"}));
    write("generation_config.json", R"({"eos_token_id": [3, 4]})");
    write("tokenizer_config.json", R"({"bos_token": "<a>", "eos_token": {"content": "<b>"}, "add_bos_token": true})");

    const Tokenizer tokenizer = read_tokenizer(path);

    EXPECT_EQ(tokenizer.end_tokens(), (std::vector<int>{3, 4}));
    EXPECT_EQ(tokenizer.bos(), 2);
    EXPECT_TRUE(tokenizer.begins_with_bos());
    write("generation_config.json", R"({"eos_token_id": 5})");
    EXPECT_NE(message_of<IoError>([&] { read_tokenizer(path); }).find("eos_token_id: a number between 0 and 4"),
              std::string::npos);
}

}  // namespace
