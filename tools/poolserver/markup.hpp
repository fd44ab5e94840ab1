// Escaping for XML and HTML, under the names that the simulated pool uses.
#pragma once

#include "tools/xapi_wire/markup.hpp"

namespace vacate::poolserver {

using wire::add_escaped;

}  // namespace vacate::poolserver
