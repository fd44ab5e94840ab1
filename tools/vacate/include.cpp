// Included files by their names.
#include "tools/vacate/include.hpp"

#include <filesystem>

#include "tools/vacate/files.hpp"

namespace vacate {

Result<std::vector<IncludedFile>> read_included(const std::string& text, const std::string& path) {
    namespace fs = std::filesystem;
    const fs::path folder = path == "-" ? fs::path() : fs::path(path).parent_path();
    std::vector<IncludedFile> files;
    Error error{Error::Kind::bad_input, path, {}};
    for (const std::string& name : included_files(text)) {
        const std::string file = (folder / name).string();
        Result<std::string> read = file == "-" ? read_file("./-") : read_file(file);
        if (read) {
            files.push_back({name, std::move(*read)});
            continue;
        }
        for (const Error::Item& item : read.error().items) {
            error.items.push_back({"/include", '"' + file + "\" " + item.sentence,
                                   "give the name of a file, relative to that of the scenario"});
        }
    }
    if (!error.items.empty()) return tl::unexpected<Error>(std::move(error));
    return files;
}

}  // namespace vacate
