// Reading and writing files.
#include "tools/vacate/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "model/limits.hpp"

namespace vacate {
namespace {

Error outside(const std::string& path, const std::string& what) {
    Error error{Error::Kind::outside, path, {}};
    error.items.push_back({"", what + ": " + std::strerror(errno), ""});
    return error;
}

Error not_written(const std::string& path) {
    Error error = outside(path, "cannot be written");
    error.items.front().remedy = "give the path of a file in a folder that may be written to";
    return error;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        Error error = outside(path, "cannot be opened");
        error.kind = Error::Kind::bad_input;
        error.items.front().remedy = "give the path of a file that can be read, or - for stdin";
        return tl::unexpected<Error>(std::move(error));
    }
    std::string text;
    std::array<char, 65536> chunk{};
    std::size_t got = 0;
    bool too_large = false;
    while (!too_large && (got = std::fread(chunk.data(), 1, chunk.size(), file)) > 0) {
        text.append(chunk.data(), got);
        too_large = text.size() > limits::input_bytes;
    }
    const bool failed = std::ferror(file) != 0;
    const int errno_of_read = errno;
    const Error error = outside(path, "cannot be read");
    if (file != stdin) std::fclose(file);
    if (failed && errno_of_read == EISDIR) {
        return tl::unexpected<Error>(bad_input(path, "", "it is a folder", "give a file in it"));
    }
    if (failed) return tl::unexpected<Error>(error);
    if (too_large) {
        return tl::unexpected<Error>(
            bad_input(path, "", "the file has more than 256 MiB", "describe a smaller pool"));
    }
    return text;
}

namespace {

// A device, a pipe or the like is written to as it is; a link leads to the file it stands for.
Result<std::size_t> write_in_place(const std::string& path, const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return tl::unexpected<Error>(not_written(path));
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed) return tl::unexpected<Error>(not_written(path));
    return text.size();
}

}  // namespace

Result<std::size_t> write_file(const std::string& path, const std::string& text) {
    std::error_code ignored;
    std::filesystem::path target(path);
    if (std::filesystem::is_symlink(target, ignored)) {
        const std::filesystem::path led = std::filesystem::weakly_canonical(target, ignored);
        if (!ignored) target = led;
    }
    const bool is_there = std::filesystem::exists(target, ignored);
    if (is_there && !std::filesystem::is_regular_file(target, ignored)) {
        return write_in_place(target.string(), text);
    }
    const std::string beside = target.string() + ".part";
    std::FILE* file = std::fopen(beside.c_str(), "wb");
    if (file == nullptr) return tl::unexpected<Error>(not_written(path));
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed || std::rename(beside.c_str(), target.c_str()) != 0) {
        const Error error = not_written(path);
        std::remove(beside.c_str());
        return tl::unexpected<Error>(error);
    }
    return text.size();
}

}  // namespace vacate
