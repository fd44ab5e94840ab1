// What --set, --defaults and included files do to a scenario's document before it is decoded.
#pragma once

#include "model/codec/document.hpp"
#include "model/codec/problems.hpp"
#include "model/codec/scenario.hpp"

namespace vacate::codec {

/// Applies the defaults, then each included file, then each --set, in order, to the document of
/// a scenario. Defaults and included files only supply what is missing, so the first one wins;
/// a --set always wins.
///
/// What they put there is marked as theirs, so that problems of it are placed at the override.
/// Whatever cannot be applied is a problem: a path that is none, an unknown section, member or
/// name, a `*` that meets nothing, defaults that are no JSON object of objects, an included file
/// that was not handed over.
void apply_overrides(Node& document, const Overrides& overrides, Problems& problems);

}  // namespace vacate::codec
