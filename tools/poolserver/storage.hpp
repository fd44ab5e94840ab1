// Disks and the space they take.
#pragma once

#include <string>
#include <string_view>

#include "model/units.hpp"
#include "tools/poolserver/database.hpp"
#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// Makes a disk and takes its space. Fields as for Database::create(), but SR and virtual_size.
/// Returns: its reference.
std::string create_disk(Database& database, const std::string& storage, std::string_view name,
                        Bytes size, Fields fields);
/// The disk on which hosts of a pool with HA see each other.
std::string create_state_file(Database& database, const std::string& storage);
/// Deletes a disk and gives its space back; nothing when there is none of that reference.
void destroy_disk(Database& database, const std::string& vdi);
/// What a storage has left; more than anybody asks for where its size is not known.
[[nodiscard]] Bytes free_space(const Database& database, const std::string& storage);
/// What storage says that has too little of it.
///
/// Source: the storage manager's error 44, as clients of xapi show it.
[[nodiscard]] Failure no_space();

}  // namespace vacate::poolserver
