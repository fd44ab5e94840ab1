// Codes and their classes.
#include "tools/xapi/problem.hpp"

#include <algorithm>

namespace vacate::xapi {
namespace {

constexpr std::string_view transient[]{
    "OTHER_OPERATION_IN_PROGRESS", "HOST_STILL_BOOTING", "TOO_MANY_STORAGE_MIGRATES",
    "SESSION_INVALID", "TOO_BUSY", "HOST_EVACUATE_IN_PROGRESS",
    // A copy or a guest that failed once; the VM stays where it was.
    "VM_MIGRATE_FAILED", "MIRROR_FAILED", "VM_FAILED_SUSPEND_ACK", "VM_SUSPEND_TIMEOUT",
    "VM_SHUTDOWN_TIMEOUT"};
constexpr std::string_view not_as_believed[]{"HOST_NOT_ENOUGH_FREE_MEMORY",
                                             "HOST_DISABLED",
                                             "HOST_NOT_LIVE",
                                             "HOST_OFFLINE",
                                             "VM_BAD_POWER_STATE",
                                             "HANDLE_INVALID",
                                             "UUID_INVALID",
                                             "HOST_NOT_DISABLED",
                                             "HOST_IN_USE",
                                             "VM_REQUIRES_SR",
                                             "VM_REQUIRES_NETWORK",
                                             "TASK_CANCELLED"};

bool is_secret(std::string_view code, std::size_t index, const std::string& parameter,
               const std::vector<std::string>& parameters) {
    if (code.starts_with("SESSION_")) return true;
    const bool of_session = code == "HANDLE_INVALID" && parameters.front() == "session";
    return of_session && index > 0 && !parameter.empty();
}

}  // namespace

CallProblem refused(std::vector<std::string> description) {
    CallProblem problem;
    problem.kind = CallProblem::Kind::refused;
    if (description.empty()) description.emplace_back("INTERNAL_ERROR");
    problem.code = std::move(description.front());
    problem.parameters.assign(std::make_move_iterator(description.begin() + 1),
                              std::make_move_iterator(description.end()));
    std::string shown;
    for (std::size_t i = 0; i < problem.parameters.size(); ++i) {
        const std::string& parameter = problem.parameters[i];
        if (is_secret(problem.code, i, parameter, problem.parameters)) continue;
        shown += (shown.empty() ? ": " : ", ") + parameter;
    }
    problem.sentence = problem.code + shown;
    return problem;
}

Answered::Advice advice_of(std::string_view code) {
    if (std::ranges::find(transient, code) != std::end(transient)) return Answered::Advice::retry;
    if (std::ranges::find(not_as_believed, code) != std::end(not_as_believed)) {
        return Answered::Advice::replan;
    }
    return Answered::Advice::stop;
}

Error error_of(const CallProblem& problem, const std::string& source) {
    Error error{Error::Kind::outside, source, {}};
    error.items.push_back({"", problem.sentence, problem.remedy});
    return error;
}

}  // namespace vacate::xapi
