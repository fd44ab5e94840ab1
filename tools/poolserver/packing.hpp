// Which VM of an emptied host goes where, by memory and by groups that stay apart; as xapi packs.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/units.hpp"

namespace vacate::poolserver {

struct PackedVm {
    std::string vm;
    Bytes size;
    std::string group;  // of those that stay apart; empty: none
};
/// Hosts and what they have left, in the pool's order.
using Room = std::vector<std::pair<std::string, Bytes>>;
/// How many VMs of a group are on a host already: by group, then by host.
using Neighbours = std::map<std::string, std::map<std::string, std::size_t>>;
/// The host of each VM that has found one.
using Places = std::map<std::string, std::string>;

/// Each VM, largest first, to the host with most left; one that does not fit there stays. Of
/// equals the earlier one is first.
///
/// Source: xapi, ocaml/xapi/binpack.ml.
[[nodiscard]] Places pack(std::vector<PackedVm> vms, Room room);

/// Groups spread evenly, else each group on two hosts at least, else pack(): the first that
/// leaves no VM behind, or the last one. Of groups small VMs go first, to the hosts with fewest
/// of their group and then with least left; what no group holds is packed after them.
///
/// Source: xapi, ocaml/xapi/xapi_ha_vm_failover.ml, compute_anti_aff_evac_plan; its cases in
/// ocaml/tests/test_ha_vm_failover.ml.
[[nodiscard]] Places pack_apart(const std::vector<PackedVm>& vms, const Room& room,
                                const Neighbours& neighbours);

}  // namespace vacate::poolserver
