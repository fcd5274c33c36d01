// Runs a libFuzzer entry point without libFuzzer: every file of a corpus, then n mutations of them, the same every
// time. Usage: fuzz_<name> CORPUS_DIRECTORY N_MUTATIONS
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t n) {
    return n == 0 ? 0 : random() % n;
}

std::vector<std::string> read_corpus(const std::string& directory) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

/// A few edits: bytes changed, removed, repeated, or taken from another input.
std::string mutated(std::string text, const std::vector<std::string>& corpus, Random& random) {
    static constexpr char bytes[] = "\0\"'[]{}=.,#\n-+*/^()<>eE09_\xff\xc3 ";
    static const std::string interesting(bytes, sizeof bytes - 1);
    for (std::size_t edits = 1 + below(random, 4); edits > 0; --edits) {
        const std::size_t at = below(random, text.size() + 1),
                          n = below(random, std::min<std::size_t>(text.size() - at, 12) + 1);
        const std::string& other = corpus[below(random, corpus.size())];
        const std::size_t from = below(random, other.size());
        switch (below(random, 5)) {
            case 0: text.insert(at, 1, interesting[below(random, interesting.size())]); break;
            case 1: text.erase(at, n); break;
            case 2: text.insert(at, text.substr(at, n)); break;
            case 3: text.replace(at, n, other.substr(from, below(random, 40))); break;
            default:
                if (at < text.size()) text[at] = static_cast<char>(random());
        }
    }
    return text;
}

void run(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " CORPUS_DIRECTORY N_MUTATIONS\n";
        return 2;
    }
    const std::vector<std::string> corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::cerr << argv[1] << ": an empty corpus tests nothing\n";
        return 2;
    }
    for (const std::string& input : corpus) run(input);
    Random random(1);
    const long n = std::strtol(argv[2], nullptr, 10);
    for (long i = 0; i < n; ++i) run(mutated(corpus[below(random, corpus.size())], corpus, random));
    std::cout << corpus.size() << " inputs and " << n << " mutations\n";
    return 0;
}
