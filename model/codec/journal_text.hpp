// A journal as text: one record a line, each with a checksum, so that a torn end shows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/journal.hpp"
#include "model/result.hpp"

namespace vacate {

/// One line, its end included: checksum (CRC-32 of what follows, 8 hexadecimal digits), a space,
/// the record as JSON on one line.
[[nodiscard]] std::string print_record(const Record& record);

/// What was read of a journal.
struct JournalText {
    Journal journal;
    std::size_t bytes = 0;  // of the text that holds it; what follows is torn and to be cut off
};

/// Reads a journal. A last line that is cut short or whose checksum is wrong was being written
/// when the run died: it is left out. The same anywhere else is damage.
///
/// Fails: damage, gaps in the numbers, time that falls, a first record that is not Opened,
///        unknown kinds or members; with line, record, byte, and what can be saved. Beyond
///        limits::input_bytes.
[[nodiscard]] Result<JournalText> read_journal(std::string_view text, const std::string& source);

}  // namespace vacate
