#pragma once
// Small text files: read whole, written so that nobody ever sees half of one.
#include <filesystem>
#include <string>
#include <string_view>

namespace dynkin {

/// The whole file as bytes. Throws IoError with the path.
std::string read_text(const std::filesystem::path& path);

/// Writes `<path>.partial`, makes sure it is on the disk and renames it to `path`; on failure the old file stays and
/// the partial one is removed. A path that exists and is no regular file (a pipe, a device) is written directly. Throws
/// IoError with the path.
void write_text_atomically(const std::filesystem::path& path, std::string_view text);

/// fsync of `from`, rename to `to`, fsync of the directory. Throws IoError.
void publish(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace dynkin
