// Text inside XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace vacate::wire {

/// Appends `text` with those of & < > " ' written as entities that are in `which`.
void add_escaped(std::string& out, std::string_view text, std::string_view which);

}  // namespace vacate::wire
