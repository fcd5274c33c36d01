#pragma once
// A typed reader of experiment files (TOML). Every error is a ConfigError
//   file:line:column: section.key: what was found, what is expected
// where a value given on the command line is located by "-s key=value".
#include "solvers/core/source_location.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin {

namespace config {
struct Tree;
struct Value;
}  // namespace config

/// Which real numbers a key takes. NaN is never taken.
enum class RealRange { finite, positive, non_negative, with_infinity };

enum class ConfigKind { absent, boolean, integer, real, text, date, array, array_of_tables, table };

/// Value of a constant expression such as "1/3" standing where a number is expected.
using ConstantEvaluator = std::function<double(const std::string& expression, const SourceLocation& where)>;

/// A table of the file. Asking for a key marks it as known and read; Config::require_all_read() reports the others.
/// The `_or` members return the default when the key is absent and record it in the resolved config. Cheap to copy;
/// shares the Config's tree.
class Section {
public:
    /// "" for the root, "model.parameters", "test_functions.0".
    const std::string& path() const { return path_; }
    SourceLocation location() const;

    bool has(const std::string& key) const;
    ConfigKind kind_of(const std::string& key) const;
    /// 0 for anything but an array, 1 for an array, 2 for an array of arrays, and so on by its first elements.
    int rank_of(const std::string& key) const;
    /// Keys in the order of the file, without marking them as read.
    std::vector<std::string> keys() const;

    double real(const std::string& key, RealRange range = RealRange::finite) const;
    double real_or(const std::string& key, double otherwise, RealRange range = RealRange::finite) const;
    double positive_real(const std::string& key) const { return real(key, RealRange::positive); }

    /// Within [lowest, highest]; 1_000_000 and 1e6 are integers, 1.5 is not.
    std::int64_t integer(const std::string& key, std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                         std::int64_t highest = std::numeric_limits<std::int64_t>::max()) const;
    std::int64_t integer_or(const std::string& key, std::int64_t otherwise,
                            std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                            std::int64_t highest = std::numeric_limits<std::int64_t>::max()) const;

    bool boolean(const std::string& key) const;
    bool boolean_or(const std::string& key, bool otherwise) const;

    std::string text(const std::string& key) const;
    std::string text_or(const std::string& key, const std::string& otherwise) const;
    LocatedText located_text(const std::string& key) const;
    /// One of `choices`; another word is an error that names the nearest.
    std::string one_of(const std::string& key, const std::vector<std::string>& choices) const;
    std::string one_of_or(const std::string& key, const std::string& otherwise,
                          const std::vector<std::string>& choices) const;

    /// Arrays of `size` elements, any number >= 1 when absent.
    using Size = std::optional<std::size_t>;
    std::vector<double> reals(const std::string& key, Size size = {}, RealRange range = RealRange::finite) const;
    std::vector<double> reals_or(const std::string& key, const std::vector<double>& otherwise, Size size = {},
                                 RealRange range = RealRange::finite) const;
    std::vector<std::int64_t> integers(const std::string& key, Size size = {},
                                       std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                                       std::int64_t highest = std::numeric_limits<std::int64_t>::max()) const;
    std::vector<std::string> texts(const std::string& key, Size size = {}) const;
    std::vector<std::string> texts_or(const std::string& key, const std::vector<std::string>& otherwise,
                                      Size size = {}) const;
    std::vector<LocatedText> located_texts(const std::string& key, Size size = {}) const;
    /// Arrays of rows of equal length.
    std::vector<std::vector<double>> real_matrix(const std::string& key, Size rows = {}, Size columns = {},
                                                 RealRange range = RealRange::finite) const;
    std::vector<std::vector<std::string>> text_matrix(const std::string& key, Size rows = {}, Size columns = {}) const;
    std::vector<std::vector<LocatedText>> located_text_matrix(const std::string& key, Size rows = {},
                                                              Size columns = {}) const;

    /// A table that must be there.
    Section section(const std::string& key) const;
    /// Nothing when it is absent.
    std::optional<Section> find_section(const std::string& key) const;
    /// An empty one when it is absent, so that its defaults are recorded.
    Section section_or_empty(const std::string& key) const;
    /// The elements of [[key]], none when it is absent.
    std::vector<Section> sections(const std::string& key) const;

    /// Location of the value of `key`, of the section when it is absent.
    SourceLocation location(const std::string& key) const;
    /// Throws ConfigError "location: path.key: problem", for what only the caller can judge.
    [[noreturn]] void fail(const std::string& key, const std::string& problem) const;

private:
    friend class Config;
    Section(std::shared_ptr<config::Tree> tree, config::Value* table, std::string path)
        : tree_(std::move(tree)), table_(table), path_(std::move(path)) {}

    config::Value* find(const std::string& key) const;
    config::Value& require(const std::string& key, const std::string& expected) const;
    void record(const std::string& key, config::Value value) const;

    std::shared_ptr<config::Tree> tree_;
    config::Value* table_;
    std::string path_;
};

class Config {
public:
    /// Reads `path` ("-": standard input) and applies the overrides in order. An override is "key=value": the key is a
    /// path with dots (test_functions.0.degree), or the last part of the path of exactly one key of the file (D for
    /// model.parameters.D); only a path with dots may add a key. The value is TOML; a bare word is a text.
    /// Throws IoError when the file cannot be read, ConfigError otherwise.
    static Config load(const std::string& path, const std::vector<std::string>& overrides = {});
    /// The same from a text; `name` stands for the file in messages.
    static Config parse(const std::string& text, const std::string& name,
                        const std::vector<std::string>& overrides = {});

    Section root() const;
    const std::string& name() const;

    /// From now on a text may stand where a real number is expected.
    void set_constant_evaluator(ConstantEvaluator evaluator);

    /// Throws for the first key that nobody read: "file:line:column: unknown key 'model.theat'; did you mean 'theta'?"
    void require_all_read() const;

    /// The whole config with every default made explicit. Loading it gives the same run and the same hash.
    std::string resolved_toml() const;

    /// Leaves a key or table out of the hash: one that changes no number, such as "particles.threads".
    void exclude_from_hash(const std::string& path);
    /// SHA-256, 64 hexadecimal digits, of the resolved values: independent of comments, order, blanks, of whether a
    /// default is written out and of 1 against 1.0. Ask for it when everything has been read.
    std::string hash() const;

private:
    explicit Config(std::shared_ptr<config::Tree> tree) : tree_(std::move(tree)) {}
    std::shared_ptr<config::Tree> tree_;
};

}  // namespace dynkin
