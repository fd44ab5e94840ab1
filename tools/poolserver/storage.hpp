// Disks and the space they take.
#pragma once

#include <string>
#include <string_view>

#include "model/units.hpp"
#include "tools/poolserver/database.hpp"

namespace vacate::poolserver {

/// Makes a disk and takes its space. Fields as for Database::create(), but SR and virtual_size.
/// Returns: its reference.
std::string create_disk(Database& database, const std::string& storage, std::string_view name,
                        Bytes size, Fields fields);
/// Deletes a disk and gives its space back; nothing when there is none of that reference.
void destroy_disk(Database& database, const std::string& vdi);
/// What a storage has left; more than anybody asks for where its size is not known.
[[nodiscard]] Bytes free_space(const Database& database, const std::string& storage);

}  // namespace vacate::poolserver
