// Questions about the description of a pool.
#include "model/pool.hpp"

#include <algorithm>

namespace vacate {

bool runs_on(const CpuFeatures& guest, const CpuFeatures& host) {
    if (guest.vendor != host.vendor) return false;
    for (std::size_t i = 0; i < guest.words.size(); ++i) {
        const std::uint32_t offered = i < host.words.size() ? host.words[i] : 0;
        if ((guest.words[i] & ~offered) != 0) return false;
    }
    return true;
}

bool sees(const Host& host, Id<Storage> storage) {
    return std::binary_search(host.storages.begin(), host.storages.end(), storage);
}

bool reaches(const Host& host, Id<Network> network) {
    return std::binary_search(host.networks.begin(), host.networks.end(), network);
}

bool parks(const Vm& vm) {
    return vm.mobility == Mobility::suspend || vm.mobility == Mobility::restart;
}

Bytes full_admission(const Vm& vm) {
    if (vm.squeeze.count == 0) return vm.admission;
    const Bytes whole = round_up_to_mebibyte(full_ram(vm)) + (vm.memory - vm.ram);
    return std::max(vm.admission, whole);
}

void keep_range(Vm& vm) {
    if (vm.squeeze.count == 0) return;
    const Bytes overhead = vm.memory - vm.ram;
    vm.ram = full_ram(vm);
    vm.memory = vm.ram + overhead;
    vm.admission = full_admission(vm);
    vm.squeeze = Bytes{};
}

bool promises_refuge(const Pool& pool) {
    return pool.policy.spare_hosts > 0 &&
           std::any_of(pool.vms.begin(), pool.vms.end(), [](const Vm& vm) { return vm.protect; });
}

bool needs_upgrade(const Host& host) { return !same_version(host.version, host.target); }

}  // namespace vacate
