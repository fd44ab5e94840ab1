// Loaded before the C library: journals turn read-only while the file VACATE_READ_ONLY is there.
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

// As a file system that is mounted anew after an error: open descriptors are of no use either.
bool is_read_only(int file) {
    const char* const flag = std::getenv("VACATE_READ_ONLY");
    if (flag == nullptr || ::access(flag, F_OK) != 0) return false;
    std::array<char, 4'096> name{};
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t length = ::readlink(link.c_str(), name.data(), name.size());
    const std::string_view path(name.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return path.ends_with(".journal");
}

template <class Function>
Function next_of(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" ssize_t write(int file, const void* bytes, std::size_t count) {
    static const auto next = next_of<ssize_t (*)(int, const void*, std::size_t)>("write");
    if (!is_read_only(file)) return next(file, bytes, count);
    errno = EROFS;
    return -1;
}

extern "C" int ftruncate(int file, off_t length) noexcept {
    static const auto next = next_of<int (*)(int, off_t)>("ftruncate");
    if (!is_read_only(file)) return next(file, length);
    errno = EROFS;
    return -1;
}
