// VM.pool_migrate and VM.migrate_send, and what belongs to them.
#pragma once

#include <string>

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// VM.pool_migrate, VM.migrate_send, VM.assert_can_migrate, host.migrate_receive.
/// Requires: `parts` lives as long as its service.
void add_migration_calls(VmParts& parts);

struct PoolMigrateOptions {
    bool force = false;
    std::string network;  // empty: the management network
    std::string task;     // empty for none
};

/// What VM.pool_migrate does, for evacuations too.
///
/// Source: xapi, ocaml/xapi/message_forwarding.ml:1613,1662,2602-2640.
void pool_migrate(VmParts& parts, const std::string& vm, const std::string& host,
                  const PoolMigrateOptions& options, const Done& done);

}  // namespace vacate::poolserver
