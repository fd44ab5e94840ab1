// What the calls about VMs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/poolserver/migrations.hpp"
#include "tools/poolserver/operations.hpp"
#include "tools/poolserver/placement.hpp"
#include "tools/poolserver/reservations.hpp"
#include "tools/poolserver/vm_states.hpp"

namespace vacate::poolserver {

struct VmParts {
    VmParts(PoolService& pool_service, const Scenario& scenario, const Placement::Options& options)
        : service(pool_service),
          operations(pool_service),
          states(pool_service, operations, scenario),
          placement(pool_service, operations, states, scenario, options),
          lock(pool_service.agenda()),
          migrations(pool_service.agenda(), pool_service.database(), scenario,
                     pool_service.hosts()) {}
    VmParts(const VmParts&) = delete;
    VmParts& operator=(const VmParts&) = delete;

    PoolService& service;
    Operations operations;
    VmStates states;
    Placement placement;
    ReservationLock lock;
    Migrations migrations;
    std::uint64_t restarts = 0;  // of the coordinator: what it had in hand is forgotten
};

/// Why work that began under an earlier run of the coordinator ends, if it did.
[[nodiscard]] inline std::optional<Failure> forgotten(const VmParts& parts, std::uint64_t run) {
    if (run == parts.restarts) return std::nullopt;
    return Failure{{"HOST_OFFLINE", parts.service.hosts()[parts.service.coordinator()]}};
}

/// The argument as a text: a reference, a name.
[[nodiscard]] inline const std::string& text_in(const Array& arguments, std::size_t index) {
    return std::get<std::string>(arguments[index].of);
}

/// The value of an option; empty when it was not given.
[[nodiscard]] inline std::string option_in(const Array& arguments, std::size_t index,
                                           std::string_view name) {
    for (const Member& each : std::get<Struct>(arguments[index].of)) {
        if (each.name == name) return std::get<std::string>(each.value.of);
    }
    return "";
}

}  // namespace vacate::poolserver
