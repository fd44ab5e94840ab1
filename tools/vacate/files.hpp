// Whole files in and out, with errors that name them.
#pragma once

#include <cstddef>
#include <string>

#include "model/result.hpp"

namespace vacate {

/// The whole of a file, or of standard input for "-".
/// Fails: outside, when it cannot be read; bad input beyond limits::input_bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// Writes a file whole: first beside it, then renamed, so that no half of it is ever seen. A
/// link is followed; what is no regular file, such as a device, is written to as it is.
/// Fails: outside, when that is not possible; the old file is then untouched.
[[nodiscard]] Result<std::size_t> write_file(const std::string& path, const std::string& text);

}  // namespace vacate
