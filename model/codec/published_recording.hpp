// What the parts of the reader of published cases share.
#pragma once

#include <string>
#include <vector>

#include "model/codec/foreign_recording.hpp"

namespace vacate::codec {

/// A case of kind "single": one migration, of one VM between two hosts. None, and a remark that
/// says why, where its inputs do not suffice.
[[nodiscard]] std::vector<Node> single_cases(const ForeignObject& at,
                                             std::vector<std::string>& remarks);

}  // namespace vacate::codec
