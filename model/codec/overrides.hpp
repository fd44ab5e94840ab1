// What --set and --defaults do to a scenario's document before it is decoded.
#pragma once

#include "model/codec/document.hpp"
#include "model/codec/problems.hpp"
#include "model/codec/scenario.hpp"

namespace vacate::codec {

/// Applies the defaults, then each --set in order, to the document of a scenario.
///
/// What they put there is marked as theirs, so that problems of it are placed at the override.
/// Whatever cannot be applied is a problem: a path that is none, an unknown section, member or
/// name, a `*` that meets nothing, defaults that are no JSON object of objects.
void apply_overrides(Node& document, const Overrides& overrides, Problems& problems);

}  // namespace vacate::codec
