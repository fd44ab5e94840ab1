// The copying parameters as text: those of a pool, and what a host or a VM has otherwise.
#pragma once

#include "model/codec/document.hpp"
#include "model/codec/object_reader.hpp"
#include "model/copying.hpp"

namespace vacate::codec {

/// The parameters that an object gives, the others at their fallback. QEMU has fallbacks of its
/// own: no end to its rounds, and a dirty log that is cleaned in chunks of 1 GiB.
[[nodiscard]] Copying read_copying(const ObjectReader& reader);

/// Those that an object gives, and what comes with QEMU where it gives that.
[[nodiscard]] CopyingChanges read_copying_changes(const ObjectReader& reader);

/// The member `timing` of a host or VM.
[[nodiscard]] CopyingChanges read_host_or_vm_timing(const ObjectReader& reader);

/// Puts every parameter into an object.
void put_copying(Node& object, const Copying& copying);

/// The same for what was changed; an object without members when nothing was.
[[nodiscard]] Node copying_changes_node(const CopyingChanges& changes);

}  // namespace vacate::codec
