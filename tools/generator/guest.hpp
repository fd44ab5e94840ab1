// One generated VM: its role, its size, and what it does to its memory.
#pragma once

#include <cstdint>
#include <string>

#include "model/pool.hpp"
#include "model/random.hpp"
#include "tools/generator/generate.hpp"

namespace vacate::generator {

/// A VM before it has a place and a number.
struct Guest {
    std::string role;  // "db"; the name becomes "db-0007"
    std::int64_t size_gib = 1;
    std::int64_t vcpus = 1;
    DomainType domain = DomainType::hvm;
    Bandwidth dirty_rate;
    Bytes working_set;
    std::uint64_t chance = 0;  // decides what share of the VMs something concerns
    std::uint32_t host = 0;    // its index
};

/// A size in GiB, at most `largest`. Requires: largest >= 1.
[[nodiscard]] std::int64_t draw_size(SizeMix mix, std::int64_t largest, Random& random);

/// Everything else, fitting to the size.
[[nodiscard]] Guest draw_guest(std::int64_t size_gib, Random& random);

/// Gives a guest a smaller size; its vCPUs stay.
void shrink(Guest& guest, std::int64_t size_gib);

/// The VM's memory as xapi accounts for it.
[[nodiscard]] GuestMemory memory_of(const Guest& guest);
[[nodiscard]] Bytes charge_of(const Guest& guest);

}  // namespace vacate::generator
