#pragma once
// A file as memory: read-only, mapped, unmapped by the destructor.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace dynkin::lm {

/// Pages are read when they are touched. The file must not be cut short by another process while it is mapped (the
/// system answers a page that is gone with a signal); files written by `save_model_directory` are renamed over, which
/// is safe.
class MappedFile {
public:
    /// IoError with the path: no such file, a directory, no permission.
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    /// Begins at a page, so offsets that are multiples of 64 are aligned to 64.
    std::span<const std::byte> bytes() const { return bytes_; }
    const std::string& path() const { return path_; }

private:
    MappedFile(std::string path, std::span<const std::byte> bytes) : path_(std::move(path)), bytes_(bytes) {}

    std::string path_;
    std::span<const std::byte> bytes_;
};

/// A regular file whole, as bytes. IoError as MappedFile::open: unlike reading, it does not wait for a pipe.
std::string contents_of(const std::filesystem::path& path);

/// False also when the path cannot be looked at.
bool is_there(const std::filesystem::path& path);

}  // namespace dynkin::lm
