#include "solvers/store/text_file.hpp"
#include "scratch.hpp"
#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using testing::message_of;
using testing::Scratch;

TEST(TextFile, ReadsBackWhatWasWrittenAndLeavesNothingElse) {
    const Scratch scratch;
    const std::string text = std::string("{\"verdict\": \"agree\"}\n\0 binary too", 34);

    write_text_atomically(scratch / "verdict.json", "old");
    write_text_atomically(scratch / "verdict.json", text);

    EXPECT_EQ(read_text(scratch / "verdict.json"), text);
    EXPECT_EQ(scratch.n_files(), 1u);
}

TEST(TextFile, AFullDiskIsAnIoErrorWithThePath) {
    const std::string message = message_of<IoError>([] { write_text_atomically("/dev/full", "text"); });

    EXPECT_EQ(message, "/dev/full: cannot write: No space left on device");
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(TextFile, AMissingDirectoryAndAMissingFileAreNamed) {
    const Scratch scratch;

    const std::string write = message_of<IoError>([&] { write_text_atomically(scratch / "no/a.txt", "text"); });
    const std::string read = message_of<IoError>([&] { read_text(scratch / "b.txt"); });

    EXPECT_EQ(write, (scratch / "no/a.txt.partial").string() + ": cannot create: No such file or directory");
    EXPECT_EQ(read, (scratch / "b.txt").string() + ": cannot open: No such file or directory");
}

TEST(TextFile, ADirectoryIsRefusedAndKept) {
    const Scratch scratch;
    std::filesystem::create_directory(scratch / "taken");

    EXPECT_THROW(write_text_atomically(scratch / "taken", "text"), IoError);
    EXPECT_THROW(read_text(scratch / "taken"), IoError);

    EXPECT_TRUE(std::filesystem::is_directory(scratch / "taken"));
}

}  // namespace
}  // namespace dynkin
