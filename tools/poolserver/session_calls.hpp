// The calls about sessions, tasks and events.
#pragma once

#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

/// Has `service` carry out the own messages of the classes session, task and event. Wrong
/// passwords are answered after `refusal`.
void add_session_calls(PoolService& service, Duration refusal);

}  // namespace vacate::poolserver
