// Which of two words on chance holds, and whether there is any.
#include "model/chance.hpp"

#include <algorithm>

namespace vacate {
namespace {

template <class Of, class Value>
const Value* find(const std::vector<std::pair<Id<Of>, Value>>& all, Id<Of> id) {
    const auto found = std::lower_bound(all.begin(), all.end(), id,
                                        [](const auto& one, Id<Of> at) { return one.first < at; });
    return found != all.end() && found->first == id ? &found->second : nullptr;
}

bool varies(const std::optional<Distribution>& spread) {
    if (!spread) return false;
    const auto& values = spread->values;
    return std::any_of(values.begin(), values.end(),
                       [&](std::int64_t value) { return value != values.front(); });
}

bool varies(const std::optional<std::int64_t>& chance) {
    return chance && *chance > 0 && *chance < sure;
}

bool varies(const HostChance& one) {
    return varies(one.upgrade_time) || varies(one.upgrade_factor) || varies(one.late_chance) ||
           (one.late_chance.value_or(1) > 0 && varies(one.late_by)) || varies(one.lost_chance);
}

bool varies(const VmChance& one) {
    return varies(one.stream_factor) || varies(one.dirty_factor) || varies(one.failure_chance);
}

bool varies(const LinkFault& one) {
    if (one.chance <= 0) return false;
    return one.chance < sure || varies(std::optional(one.at)) || varies(std::optional(one.share)) ||
           varies(one.lasts);
}

}  // namespace

HostFate fate_of(const Chance& chance, Id<Host> host) {
    HostFate fate;
    const auto heed = [&fate](const HostChance& said) {
        if (said.upgrade_time || said.upgrade_factor) {
            fate.upgrade_time = said.upgrade_time ? &*said.upgrade_time : nullptr;
            fate.upgrade_factor = said.upgrade_factor ? &*said.upgrade_factor : nullptr;
        }
        if (said.late_chance) fate.late_chance = *said.late_chance;
        if (said.late_by) fate.late_by = &*said.late_by;
        if (said.lost_chance) fate.lost_chance = *said.lost_chance;
    };
    heed(chance.hosts);
    if (const HostChance* own = find(chance.of_host, host)) heed(*own);
    return fate;
}

VmFate fate_of(const Chance& chance, Id<Vm> vm) {
    VmFate fate;
    const auto heed = [&fate](const VmChance& said) {
        if (said.stream_factor) fate.stream_factor = &*said.stream_factor;
        if (said.dirty_factor) fate.dirty_factor = &*said.dirty_factor;
        if (said.failure_chance) fate.failure_chance = *said.failure_chance;
    };
    heed(chance.vms);
    if (const VmChance* own = find(chance.of_vm, vm)) heed(*own);
    return fate;
}

bool varies(const Chance& chance) {
    const auto differs = [](const auto& one) { return varies(one.second); };
    return varies(chance.hosts) || varies(chance.vms) ||
           std::any_of(chance.of_host.begin(), chance.of_host.end(), differs) ||
           std::any_of(chance.of_vm.begin(), chance.of_vm.end(), differs) ||
           std::any_of(chance.links.begin(), chance.links.end(),
                       [](const LinkFault& one) { return varies(one); });
}

}  // namespace vacate
