#include "solvers/store/text_file.hpp"

#include "solvers/core/errors.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dynkin {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& action, int error) {
    throw IoError(path.string() + ": cannot " + action + ": " + std::strerror(error));
}

class Descriptor {
public:
    Descriptor(const fs::path& path, int flags, const std::string& action) : path_(path) {
        do fd_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
        while (fd_ < 0 && errno == EINTR);
        if (fd_ < 0) fail(path, action, errno);
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }
    void write(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = ::write(fd_, text.data(), text.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail(path_, "write", errno);
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    // Pipes and some file systems know no fsync; they answer EINVAL or EROFS.
    void sync() {
        if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
            fail(path_, "write to disk", errno);
    }
    // The last write may be refused only here (network file systems).
    void close() {
        if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(path_, "close", errno);
    }

private:
    fs::path path_;
    int fd_ = -1;
};

}  // namespace

std::string read_text(const fs::path& path) {
    Descriptor file(path, O_RDONLY, "open");
    std::string text;
    char buffer[1 << 16];
    for (;;) {
        const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(path, "read", errno);
        if (n == 0) return text;
        text.append(buffer, static_cast<std::size_t>(n));
    }
}

void publish(const fs::path& from, const fs::path& to) {
    Descriptor(from, O_RDONLY, "open").sync();
    if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "rename '" + from.string() + "' to it", errno);
    const fs::path directory = to.has_parent_path() ? to.parent_path() : fs::path(".");
    Descriptor(directory, O_RDONLY | O_DIRECTORY, "open").sync();
}

void write_text_atomically(const fs::path& path, std::string_view text) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        Descriptor file(path, O_WRONLY, "open for writing");
        file.write(text);
        file.close();
        return;
    }
    const fs::path partial = path.string() + ".partial";
    Descriptor file(partial, O_WRONLY | O_CREAT | O_TRUNC, "create");
    try {
        file.write(text);
        file.sync();
        file.close();
        publish(partial, path);
    } catch (...) {
        fs::remove(partial, ignored);
        throw;
    }
}

}  // namespace dynkin
