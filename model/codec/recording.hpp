// Recordings of measured migrations: text to value. The members stand in scenarios/README.md.
#pragma once

#include <string>
#include <string_view>

#include "model/codec/scenario.hpp"
#include "model/recording.hpp"
#include "model/result.hpp"

namespace vacate {

/// True when a JSON text is a recording, of any of the formats that read_recording() knows,
/// rather than a scenario. Wrong JSON is none.
[[nodiscard]] bool holds_recording(std::string_view text);

/// Decodes a recording: our own format, what the QEMU lab writes (objects with mem_mb and
/// cap_mbit), or "migration-validation-cases/1", told apart by what stands in it.
///
/// Of all cases those are taken whose names begin with `prefix`.
/// Overrides go to the scenario of every case; they count before the defaults of the recording.
///
/// Fails: with every problem at once, each with its place, the value and a remedy. What another
///        format holds that cannot be replayed is no problem but a remark that says why.
/// Costs: linear in the text.
[[nodiscard]] Result<Recording> read_recording(std::string_view text, const std::string& source,
                                               const Overrides& overrides = {},
                                               std::string_view prefix = {});

/// The text of the same recording in our own format, as short as it can be.
[[nodiscard]] Result<std::string> recording_text(std::string_view text, const std::string& source,
                                                 std::string_view prefix = {});

}  // namespace vacate
