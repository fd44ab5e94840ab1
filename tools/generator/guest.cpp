// Distributions with integer weights.
#include "tools/generator/guest.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace vacate::generator {
namespace {

struct Weighted {
    std::int64_t value;
    std::uint64_t weight;
};

std::int64_t pick(std::span<const Weighted> choices, Random& random) {
    std::uint64_t sum = 0;
    for (const Weighted& one : choices) sum += one.weight;
    std::uint64_t draw = random.below(sum);
    for (const Weighted& one : choices) {
        if (draw < one.weight) return one.value;
        draw -= one.weight;
    }
    return choices.back().value;
}

// About 8 GiB on average.
constexpr std::array<Weighted, 12> mixed_sizes{{{1, 10},
                                                {2, 20},
                                                {3, 5},
                                                {4, 24},
                                                {6, 6},
                                                {8, 16},
                                                {12, 5},
                                                {16, 8},
                                                {24, 2},
                                                {32, 3},
                                                {48, 1},
                                                {64, 1}}};
constexpr std::array<Weighted, 4> big_sizes{{{16, 4}, {24, 3}, {32, 3}, {64, 1}}};

// Which roles a VM of that size may have, and how busy they are.
struct Role {
    std::string_view name;
    std::int64_t least_gib;
    std::int64_t most_gib;
    std::int64_t least_dirty_mib;  // per second
    std::int64_t most_dirty_mib;
    std::int64_t working_set_percent;  // of the memory, at most
};
constexpr std::array<Role, 8> roles{{{"web", 1, 8, 1, 12, 8},
                                     {"app", 2, 32, 2, 24, 15},
                                     {"dns", 1, 2, 1, 2, 4},
                                     {"mail", 4, 16, 2, 16, 10},
                                     {"ci", 4, 32, 8, 96, 40},
                                     {"file", 4, 24, 1, 20, 6},
                                     {"cache", 8, 1'024, 16, 160, 30},
                                     {"db", 8, 1 << 30, 8, 120, 25}}};

const Role& draw_role(std::int64_t size_gib, Random& random) {
    std::array<const Role*, roles.size()> fitting{};
    std::size_t count = 0;
    for (const Role& role : roles) {
        if (role.least_gib <= size_gib && size_gib <= role.most_gib) fitting[count++] = &role;
    }
    return *fitting[random.below(count)];
}

// One vCPU for 4 GiB or so, in powers of two as people choose them.
std::int64_t draw_vcpus(std::int64_t size_gib, Random& random) {
    std::int64_t vcpus = 1;
    while (vcpus < 32 && vcpus * 4 < size_gib) vcpus *= 2;
    if (vcpus < 32 && random.chance(1, 3)) vcpus *= 2;
    return vcpus;
}

DomainType draw_domain(Random& random) {
    constexpr std::array<Weighted, 3> domains{{{0, 92}, {1, 6}, {2, 2}}};
    switch (pick(domains, random)) {
        case 1:
            return DomainType::pvh;
        case 2:
            return DomainType::pv;
        default:
            return DomainType::hvm;
    }
}

}  // namespace

std::int64_t draw_size(SizeMix mix, std::int64_t largest, Random& random) {
    std::int64_t size = 1;
    switch (mix) {
        case SizeMix::mixed:
            size = pick(mixed_sizes, random);
            break;
        case SizeMix::uniform:
            size = random.between(1, 16);
            break;
        case SizeMix::big:
            size = pick(big_sizes, random);
            break;
        case SizeMix::heavy:
            // At least x GiB with the chance 1 / x.
            size = largest / random.between(1, largest);
            break;
    }
    return std::min(size, largest);
}

Guest draw_guest(std::int64_t size_gib, Random& random) {
    const Role& role = draw_role(size_gib, random);
    Guest guest;
    guest.role = role.name;
    guest.size_gib = size_gib;
    guest.vcpus = draw_vcpus(size_gib, random);
    guest.domain = draw_domain(random);
    guest.dirty_rate =
        Bandwidth{mebibytes(random.between(role.least_dirty_mib, role.most_dirty_mib)).count};
    const std::int64_t percent = random.between(1, role.working_set_percent);
    guest.working_set = mebibytes(std::max<std::int64_t>(1, size_gib * 1024 * percent / 100));
    guest.chance = random.next();
    return guest;
}

void shrink(Guest& guest, std::int64_t size_gib) {
    const std::int64_t mib = guest.working_set.count / mebibytes(1).count;
    guest.working_set = mebibytes(std::max<std::int64_t>(1, mib * size_gib / guest.size_gib));
    guest.size_gib = size_gib;
}

GuestMemory memory_of(const Guest& guest) {
    GuestMemory memory;
    memory.domain = guest.domain;
    memory.static_max = gibibytes(guest.size_gib);
    memory.dynamic_min = gibibytes(guest.size_gib);
    memory.vcpus = guest.vcpus;
    return memory;
}

Bytes charge_of(const Guest& guest) {
    const GuestMemory memory = memory_of(guest);
    return memory_charged(memory, memory_overhead(memory, OverheadEra::since_26_3));
}

}  // namespace vacate::generator
