// An operation on a VM where it is: marked, its time, then what it changes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

struct Work {
    std::string vm;
    std::string_view operation;
    Duration time{};
    std::function<void()> effect;
    std::function<void()> undo = nullptr;  // when it ends early
    Value result = {};
};

/// Carries it out under a task, or without when that is empty; the task can be cancelled.
/// Requires: the operation was not refused; `parts` lives as long as its service.
void carry_out(VmParts& parts, const std::string& task, const Work& work, const Done& done);

}  // namespace vacate::poolserver
