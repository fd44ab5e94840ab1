// Folders of files that must survive a loss of power.
#pragma once

#include <string>

namespace vacate::xapi {

/// Syncs the folder that `path` is in: before that a new name may be gone after a loss of power.
/// Returns: false when it cannot be.
[[nodiscard]] bool sync_folder_of(const std::string& path);

}  // namespace vacate::xapi
