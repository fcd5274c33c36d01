#include "models/lm/safetensors.hpp"

#include "models/lm/json_input.hpp"
#include "models/lm/mapped_file.hpp"
#include "models/lm/message_text.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

namespace dynkin::lm {
namespace {

constexpr std::uint64_t largest_header = 100'000'000;  // as the reference implementation has it
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

struct Entry {
    TensorView tensor;
    std::int64_t begin = 0, end = 0;
};

// Bytes of a tensor, or nothing when that overflows.
std::optional<std::int64_t> byte_size(const TensorView& tensor) {
    std::int64_t size = size_of(tensor.format);
    for (const std::int64_t n : tensor.shape) {
        if (__builtin_mul_overflow(size, n, &size)) return {};
    }
    return size;
}

Entry read_entry(const std::string& name, const JsonValue& value, std::int64_t n_bytes) {
    value.require_object();
    Entry entry;
    entry.tensor.name = name;
    const JsonValue dtype = value.at("dtype");
    const auto format = number_format(dtype.text());
    if (!format) dtype.fail("numbers of type " + shown(dtype.text()) + " are not read; F32, F16, BF16 are");
    entry.tensor.format = *format;
    const std::vector<JsonValue> shape = value.at("shape").elements();
    if (shape.size() > 8) value.fail("a shape of " + std::to_string(shape.size()) + " axes");
    for (const JsonValue& n : shape) entry.tensor.shape.push_back(n.integer(0, largest));
    const JsonValue offsets = value.at("data_offsets");
    const std::vector<JsonValue> pair = offsets.elements();
    if (pair.size() != 2) offsets.fail("two numbers expected, not " + std::to_string(pair.size()));
    entry.begin = pair[0].integer(0, n_bytes);
    entry.end = pair[1].integer(entry.begin, n_bytes);
    const auto size = byte_size(entry.tensor);
    if (!size) value.fail("the sizes of the shape overflow");
    if (*size != entry.end - entry.begin) {
        value.fail("shape and type ask for " + std::to_string(*size) + " bytes, the offsets for " +
                   std::to_string(entry.end - entry.begin));
    }
    return entry;
}

void check_metadata(const JsonValue& metadata) {
    for (const auto& [key, value] : metadata.require_object().raw().items()) {
        if (!value.is_string()) metadata.fail("the value of " + shown(key) + " is not a text");
    }
}

std::vector<Entry> read_entries(const JsonValue& header, const std::string& where, std::int64_t n_bytes) {
    header.require_object();
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.raw().items()) {
        if (name == "__metadata__") {
            check_metadata(JsonValue(value, where + ": __metadata__"));
            continue;
        }
        if (name.empty()) throw IoError(where + ": a tensor without a name");
        entries.push_back(read_entry(name, JsonValue(value, where + ": " + shown(name)), n_bytes));
    }
    return entries;
}

// One behind the other from the first byte to the last.
void check_cover(std::vector<Entry>& entries, const std::string& where, std::int64_t n_bytes) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
    std::int64_t end = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != end) {
            throw IoError(where + ": tensor " + shown(entry.tensor.name) + " begins at byte " +
                          std::to_string(entry.begin) + (entry.begin < end ? ", inside" : ", with a hole behind") +
                          " the one that ends at " + std::to_string(end));
        }
        end = entry.end;
    }
    if (end != n_bytes) {
        throw IoError(where + ": " + std::to_string(n_bytes - end) + " bytes behind the last tensor");
    }
}

}  // namespace

std::vector<TensorView> parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
    std::uint64_t header_size = 0;
    if (bytes.size() < sizeof header_size) {
        throw IoError(where + ": " + std::to_string(bytes.size()) + " bytes are too short for a safetensors file");
    }
    std::memcpy(&header_size, bytes.data(), sizeof header_size);
    bytes = bytes.subspan(sizeof header_size);
    if (header_size > largest_header) {
        throw IoError(where + ": a header of " + std::to_string(header_size) +
                      " bytes; no safetensors file has one above " + std::to_string(largest_header));
    }
    if (header_size > bytes.size()) {
        throw IoError(where + ": the header has " + std::to_string(header_size) + " bytes, the file only " +
                      std::to_string(bytes.size()) + "; truncated");
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(header_size));
    if (!text.starts_with('{')) throw IoError(where + ": the header does not begin with {");
    bytes = bytes.subspan(static_cast<std::size_t>(header_size));
    const Json header = parse_json(text, where);
    const auto n_bytes = static_cast<std::int64_t>(bytes.size());
    std::vector<Entry> entries = read_entries(JsonValue(header, where), where, n_bytes);
    check_cover(entries, where, n_bytes);
    std::vector<TensorView> tensors;
    for (Entry& entry : entries) {
        entry.tensor.data =
            bytes.subspan(static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end - entry.begin));
        tensors.push_back(std::move(entry.tensor));
    }
    return tensors;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    return {parse_safetensors(file->bytes(), file->path()), file};
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors) {
    nlohmann::ordered_json header;
    header["__metadata__"] = {{"format", "pt"}};  // without it transformers refuses the file
    std::size_t end = 0;
    for (const TensorView& tensor : tensors) {
        const std::size_t begin = end;
        end += tensor.data.size();
        header[tensor.name] = {
            {"dtype", name_of(tensor.format)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    }
    std::string text = header.dump();
    text.append(63 - (8 + text.size() + 63) % 64, ' ');
    const auto size = static_cast<std::uint64_t>(text.size());

    const std::filesystem::path partial = path.string() + ".partial";
    try {
        std::ofstream file(partial, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(&size), sizeof size);
        file.write(text.data(), static_cast<std::streamsize>(text.size()));
        for (const TensorView& tensor : tensors) {
            file.write(reinterpret_cast<const char*>(tensor.data.data()),
                       static_cast<std::streamsize>(tensor.data.size()));
        }
        file.close();
        if (!file) throw IoError(partial.string() + ": cannot be written");
        publish(partial, path);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        throw;
    }
}

}  // namespace dynkin::lm
