// Runs a fuzz target once for each file of its corpus, without a fuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_under(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) {
        std::cerr << "usage: " << words[0] << " FOLDER\n";
        return 2;
    }
    // The empty input is part of every corpus.
    LLVMFuzzerTestOneInput(nullptr, 0);
    const std::vector<fs::path> files = files_under(words[1]);
    for (const fs::path& path : files) {
        std::cout << path.filename().string() << std::endl;  // seen even if the next line crashes
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
    std::cout << files.size() + 1 << " inputs\n";
    return 0;
}
