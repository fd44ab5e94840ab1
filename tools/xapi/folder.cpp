// A descriptor for a moment.
#include "tools/xapi/folder.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace vacate::xapi {

bool sync_folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = opened >= 0 && ::fsync(opened) == 0;
    if (opened >= 0) ::close(opened);
    return synced;
}

}  // namespace vacate::xapi
