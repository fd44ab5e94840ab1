// Calls that only look: memory, dates, interfaces, messages.
#pragma once

#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

/// Has `service` carry out the reading messages that are more than a field.
void add_reads(PoolService& service);

/// What xapi calls the free memory of a host: total - overhead - what every VM there, or coming
/// there, is charged, control domain included; at least 0.
///
/// Source: xapi, ocaml/xapi/memory_check.ml:110-190.
[[nodiscard]] Bytes host_free_memory(const Database& database, const std::string& host);

/// The memory of a VM as its record has it.
[[nodiscard]] GuestMemory guest_memory_of(const Database& database, const std::string& vm);

}  // namespace vacate::poolserver
