// Moments as XAPI writes them, under the names that the simulated pool uses.
#pragma once

#include "tools/poolserver/value.hpp"
#include "tools/xapi_wire/date_time.hpp"

namespace vacate::poolserver {

using wire::print_date_time;
using wire::read_date_time;

}  // namespace vacate::poolserver
