// What the parts of a population share: values of fields, and notes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "model/pool.hpp"
#include "tools/poolserver/schema.hpp"

namespace vacate::poolserver {

constexpr inline std::int64_t uptime_seconds = 30 * 86'400;  // since when everything runs

[[nodiscard]] Member entry(std::string_view name, std::string_view words);
[[nodiscard]] Value flag(bool on);
[[nodiscard]] Value number(std::int64_t count);
[[nodiscard]] Value texts(std::initializer_list<std::string_view> words);

[[nodiscard]] const Note* find_note(const std::vector<Note>& notes, std::string_view code);
[[nodiscard]] bool has_note(const std::vector<Note>& notes, std::string_view code);
/// True when a note of that code lists the name.
[[nodiscard]] bool is_named(const std::vector<Note>& notes, std::string_view code,
                            const std::string& name);
/// The parts of "a, b, c" in the note of what is pending that are update guidances.
[[nodiscard]] Value guidances_of(const Schema& schema, const std::vector<Note>& notes);

/// "17cbfbff-f7fa3223"
[[nodiscard]] std::string feature_text(const CpuFeatures& cpu);
[[nodiscard]] std::string mac_of(std::string_view uuid);

}  // namespace vacate::poolserver
