// What chance may bring, as text: distributions, faults, and what a host or VM has of its own.
#pragma once

#include "model/chance.hpp"
#include "model/codec/document.hpp"
#include "model/codec/scenario_decoding.hpp"

namespace vacate::codec {

/// Reads the section `chance`. Requires: the names of all hosts are known.
void decode_chance(Decoding& decoding);

/// The member `chance` of a host or VM, put to the others where there is one.
/// Requires: decode_chance() came before; hosts and VMs come in any order.
void read_host_chance(Decoding& decoding, const ObjectReader& host, Id<Host> id);
void read_vm_chance(Decoding& decoding, const ObjectReader& vm, Id<Vm> id);

/// Puts what hosts and VMs have of their own in the order of their ids.
void settle_chance(Chance& chance);

/// The section as text; an object without members when there is none.
[[nodiscard]] Node chance_node(const Chance& chance, const Pool& pool);

/// Puts the member `chance` where the host or VM has one of its own.
void put_chance(Node& host, const Chance& chance, Id<Host> id);
void put_chance(Node& vm, const Chance& chance, Id<Vm> id);

}  // namespace vacate::codec
