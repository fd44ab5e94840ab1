// What an operator must hear of a pool, its hosts and its VMs, as far as a dump can tell.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/codec/xapi_records.hpp"
#include "model/note.hpp"

namespace vacate::codec {

/// The names that the scenario gives to the rows of one kind, by reference.
using NamesByRef = std::map<std::string, std::string, std::less<>>;

/// The names that notes mention.
struct XapiNames {
    NamesByRef hosts;
    NamesByRef storages;
    NamesByRef networks;
    NamesByRef vms;
    NamesByRef groups;
};

/// Notes by what they are about, each list sorted and without repetitions.
struct XapiNotes {
    std::vector<Note> pool;
    std::map<std::string, std::vector<Note>, std::less<>> hosts;  // by reference
    std::map<std::string, std::vector<Note>, std::less<>> vms;
};

/// Finds every note that the dump gives rise to. Notes that make a VM immobile are made only
/// for VMs that are up: the others do not move.
///
/// Source: xapi_vm_lifecycle.ml:436-735; XenCenter, XenAdmin/Diagnostics/Checks.
[[nodiscard]] XapiNotes find_xapi_notes(const RowReader& reader, const XapiPool& pool,
                                        const XapiNames& names);

}  // namespace vacate::codec
