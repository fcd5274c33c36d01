#include "models/lm/mapped_file.hpp"

#include "solvers/core/errors.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace dynkin::lm {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& action, int error) {
    throw IoError(path + ": cannot " + action + ": " + std::strerror(error));
}

struct Descriptor {
    int fd;
    ~Descriptor() { ::close(fd); }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& file) {
    const std::string path = file.string();
    int fd;
    // Not blocking: a pipe without a writer must not hang, it is refused below.
    do fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) fail(path, "open", errno);
    const Descriptor descriptor{fd};
    struct stat status {};
    if (::fstat(fd, &status) != 0) fail(path, "read the size of", errno);
    if (!S_ISREG(status.st_mode)) throw IoError(path + ": not a regular file, so it cannot be mapped");
    const auto size = static_cast<std::size_t>(status.st_size);
    std::span<const std::byte> bytes;
    if (size > 0) {
        void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (start == MAP_FAILED) fail(path, "map", errno);
        bytes = {static_cast<const std::byte*>(start), size};
    }
    return std::shared_ptr<const MappedFile>(new MappedFile(path, bytes));
}

MappedFile::~MappedFile() {
    // munmap takes the address back without const; the pages are never written.
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::string contents_of(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

}  // namespace dynkin::lm
