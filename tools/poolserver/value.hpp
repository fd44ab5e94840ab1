// The values of XAPI's calls under the names that the simulated pool uses.
#pragma once

#include "tools/xapi_wire/value.hpp"

namespace vacate::poolserver {

using wire::Array;
using wire::DateTime;
using wire::Int32;
using wire::Member;
using wire::Struct;
using wire::text;
using wire::Value;

}  // namespace vacate::poolserver
