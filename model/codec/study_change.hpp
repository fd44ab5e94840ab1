// Changes, growths and axes of a study from the nodes of its text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/codec/object_reader.hpp"
#include "model/study.hpp"

namespace vacate::codec {

/// Where a node that came from the command line was given: by Node::origin, from 1 on.
using OptionTexts = std::vector<std::string>;

/// Where a change or a question is written, for errors: its JSON pointer or its option.
[[nodiscard]] std::string place_text(const Place& place, const OptionTexts& options);

/// The text of a member, which is one of those that must be there and not empty; a problem with
/// this remedy where it is not there.
[[nodiscard]] std::string named(const ObjectReader& reader, std::string_view member,
                                const char* remedy);

/// The memory of a host or a VM; nothing where it is not there, and a problem below 1 MiB.
[[nodiscard]] std::optional<Bytes> memory_of(const ObjectReader& reader, std::string_view member);

/// "6 %", "6.5 %" or "512 MiB"; nothing, and a problem, when it is neither.
[[nodiscard]] std::optional<Growth> growth_of(const Place& place, Problems& problems);

/// The change at a place; nothing, and a problem, when it is none.
[[nodiscard]] std::optional<Change> change_of(const Place& place, const OptionTexts& options,
                                              Problems& problems);

/// One axis: {"set": PATH, ...} or {"change": {...}, ...} with "values" or "from", "to", "step".
[[nodiscard]] std::optional<Axis> axis_of(const Place& place, const OptionTexts& options,
                                          Problems& problems);

/// The member that a change without a name for it is about: "host" of remove_host.
[[nodiscard]] std::string_view main_member(std::string_view kind);
/// The members of a change.
[[nodiscard]] std::span<const std::string_view> members_of_change(std::string_view kind);

}  // namespace vacate::codec
