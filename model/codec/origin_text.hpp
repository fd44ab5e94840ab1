// The pool that a plan was made for, as its file keeps it.
#pragma once

#include <string>
#include <string_view>

#include "model/codec/problems.hpp"
#include "model/origin.hpp"

namespace vacate::codec {

/// Reads "made_for": hosts by name, each with its VMs by name, and the VMs that ran nowhere.
///
/// What is wrong is added to `problems`; the rest is returned, in name order.
[[nodiscard]] Origin read_origin(const Place& place, Problems& problems);

/// A VM in one short text, "34359738368 1f2e3d4c5b6a7988": its memory in bytes and its digest.
[[nodiscard]] std::string vm_mark(const OriginVm& vm);

/// Sixteen hexadecimal digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t word);

}  // namespace vacate::codec
