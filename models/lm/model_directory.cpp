#include "models/lm/model_directory.hpp"

#include "models/lm/json_input.hpp"
#include "models/lm/llama2c.hpp"
#include "models/lm/mapped_file.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/safetensors.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <map>

namespace dynkin::lm {
namespace {

namespace fs = std::filesystem;

struct Tensors {
    std::vector<TensorView> views;
    std::vector<std::shared_ptr<const void>> files;
};

// {"weight_map": {tensor: file}}: every file it names, and in each exactly the tensors it promises.
Tensors read_shards(const fs::path& directory, const fs::path& index_path) {
    const std::string where = index_path.string();
    const Json index = parse_json(contents_of(index_path), where);
    const JsonValue map = JsonValue(index, where).at("weight_map");
    std::map<std::string, std::map<std::string, bool>> promised;  // file -> tensor -> seen
    for (const auto& [tensor, file] : map.require_object().raw().items()) {
        if (!file.is_string()) map.fail(shown(tensor) + " is not mapped to a file name");
        const auto& name = file.get_ref<const std::string&>();
        if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos ||
            name == "." || name == "..") {
            map.fail(shown(name) + " is no plain file name");
        }
        promised[name][tensor] = false;
    }
    Tensors all;
    for (auto& [name, tensors] : promised) {
        TensorFile shard = read_safetensors(directory / name);
        for (TensorView& tensor : shard.tensors) {
            const auto found = tensors.find(tensor.name);
            if (found == tensors.end())
                map.fail("tensor " + shown(tensor.name) + " is in " + shown(name) + " without an entry");
            found->second = true;
            all.views.push_back(std::move(tensor));
        }
        for (const auto& [tensor, seen] : tensors) {
            if (!seen) map.fail("tensor " + shown(tensor) + " is not in " + shown(name));
        }
        all.files.push_back(std::move(shard.file));
    }
    return all;
}

Tensors read_tensors(const fs::path& directory) {
    if (const fs::path single = directory / "model.safetensors"; is_there(single)) {
        TensorFile file = read_safetensors(single);
        return {std::move(file.tensors), {std::move(file.file)}};
    }
    const fs::path index = directory / "model.safetensors.index.json";
    if (is_there(index)) return read_shards(directory, index);
    throw IoError(directory.string() + ": neither model.safetensors nor model.safetensors.index.json in it" +
                  (is_there(directory / "pytorch_model.bin") ? " (pytorch_model.bin is not read)" : ""));
}

std::vector<std::byte> reordered_rows(const TensorView& tensor, const std::vector<std::int64_t>& order) {
    const std::size_t row = tensor.data.size() / order.size();
    std::vector<std::byte> rows;
    rows.reserve(tensor.data.size());
    for (const std::int64_t source : order) {
        const auto from = tensor.data.subspan(static_cast<std::size_t>(source) * row, row);
        rows.insert(rows.end(), from.begin(), from.end());
    }
    return rows;
}

bool is_rotated(const std::string& name) {
    return name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight");
}

const char* torch_name(NumberFormat format) {
    switch (format) {
        case NumberFormat::float32: return "float32";
        case NumberFormat::float16: return "float16";
        default: return "bfloat16";
    }
}

std::string config_text(const DecoderShape& shape, NumberFormat format, const Tokenizer& tokenizer) {
    nlohmann::ordered_json config = {{"architectures", {"LlamaForCausalLM"}},
                                     {"model_type", "llama"},
                                     {"vocab_size", shape.vocabulary},
                                     {"hidden_size", shape.width},
                                     {"intermediate_size", shape.hidden},
                                     {"num_hidden_layers", shape.n_layers},
                                     {"num_attention_heads", shape.n_heads},
                                     {"num_key_value_heads", shape.n_kv_heads},
                                     {"head_dim", shape.head_width},
                                     {"max_position_embeddings", shape.context},
                                     {"rope_theta", shape.rotary_base},
                                     {"rms_norm_eps", shape.norm_epsilon},
                                     {"tie_word_embeddings", shape.tied_output},
                                     {"hidden_act", "silu"},
                                     {"attention_bias", false},
                                     {"torch_dtype", torch_name(format)}};
    if (tokenizer.bos()) config["bos_token_id"] = *tokenizer.bos();
    if (!tokenizer.end_tokens().empty()) config["eos_token_id"] = tokenizer.end_tokens();
    return config.dump(2) + "\n";
}

}  // namespace

Checkpoint read_model_directory(const fs::path& directory) {
    const fs::path config = directory / "config.json";
    if (!is_there(config)) throw IoError(directory.string() + ": no config.json in it, so it is no model directory");
    const DecoderShape shape = parse_model_config(contents_of(config), config.string());
    Tensors tensors = read_tensors(directory);
    std::vector<TensorView> checked = checked_tensors(shape, std::move(tensors.views), directory.string());
    auto files = std::make_shared<std::vector<std::shared_ptr<const void>>>(std::move(tensors.files));
    return {shape, std::move(checked), std::move(files)};
}

void require_vocabulary(const DecoderShape& shape, const Tokenizer& tokenizer, const std::string& where) {
    const bool is_exact = tokenizer.parts().json.empty();
    const std::int64_t n = tokenizer.vocabulary();
    if (n == shape.vocabulary || (n < shape.vocabulary && !is_exact)) return;
    throw ConfigError(where + ": the tokenizer has " + std::to_string(n) + " tokens, the model rows for " +
                      std::to_string(shape.vocabulary));
}

void save_model_directory(const fs::path& directory, const DecoderShape& shape, std::span<const TensorView> tensors,
                          const Tokenizer& tokenizer) {
    validate(shape, directory.string());
    require_vocabulary(shape, tokenizer, directory.string());
    std::vector<TensorView> list = checked_tensors(shape, {tensors.begin(), tensors.end()}, directory.string());
    std::vector<std::vector<std::byte>> owned;
    for (TensorView& tensor : list) {
        if (!is_rotated(tensor.name) || shape.rotary_pairing == RotaryPairing::halves) continue;
        owned.push_back(reordered_rows(
            tensor, rotary_row_order(tensor.shape[0], shape.head_width, shape.rotary_pairing, RotaryPairing::halves)));
        tensor.data = owned.back();
    }
    const TokenizerFiles files = tokenizer_files(tokenizer);
    const std::string config = config_text(shape, list.front().format, tokenizer);

    std::error_code error;
    fs::create_directories(directory, error);
    if (error) throw IoError(directory.string() + ": cannot be made: " + error.message());
    const fs::path config_path = directory / "config.json";
    if (is_there(config_path) && contents_of(config_path) != config) fs::remove(config_path, error);
    write_safetensors(directory / "model.safetensors", list);
    write_text_atomically(directory / "tokenizer.json", files.tokenizer_json);
    write_text_atomically(directory / "tokenizer_config.json", files.tokenizer_config_json);
    write_text_atomically(config_path, config);
}

Checkpoint open_checkpoint(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return read_model_directory(path);
    if (path.extension() == ".safetensors" || path.extension() == ".json") {
        throw IoError(path.string() + ": give the directory it is in: a model needs config.json beside its tensors");
    }
    return read_llama2c(path);
}

}  // namespace dynkin::lm
