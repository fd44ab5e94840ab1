// The plan in force, as far as it is not carried out, held against the pool.
#include "tools/vacate/resume_check.hpp"

#include <algorithm>
#include <filesystem>

#include "sim/live/run_state.hpp"
#include "tools/xapi/look.hpp"
#include "tools/xapi/preflight.hpp"

namespace vacate {
namespace {

// Orders of the plan in force that are still to come.
std::vector<Order> orders_left(const live::RunState& run) {
    std::vector<Order> left;
    for (std::size_t i = 0; i < run.plan.orders.size(); ++i) {
        const Order& order = run.plan.orders[i];
        const bool dropped = run.set_aside.contains(order.vm) || run.left_out.contains(order.to) ||
                             run.skipped.contains(order.to);
        if (!run.plan.done[i] && !dropped) left.push_back(order);
    }
    return left;
}

// The lock apart, which every run has.
bool owes(const live::RunState& run) {
    return !run.flights.empty() ||
           std::any_of(run.owed.begin(), run.owed.end(),
                       [](const Order& order) { return order.act != Act::unlock_pool; });
}

Findings nobody_says(const std::string& sentence) {
    return {{Severity::know, "NOT_ANSWERED", "pool",
             "it cannot be asked before the run goes on: " + sentence,
             "the run waits until it answers"}};
}

}  // namespace

Result<Findings> ask_before_resuming(const xapi::Access& access, const RunRequest& request,
                                     const Journal& history) {
    live::RunState run;
    for (const Record& record : history) {
        if (!run.fold(record)) break;  // whoever resumes it says so
    }
    if (run.done) return Findings{};
    xapi::Client client(access);
    const xapi::CallResult first = client.call("pool.get_all", {});
    if (!first) {
        const bool refused = first.error().code == "SESSION_AUTHENTICATION_FAILED" ||
                             first.error().kind == xapi::CallProblem::Kind::untrusted;
        if (refused) return tl::unexpected(xapi::error_of(first.error(), request.url));
        return nobody_says(first.error().sentence);
    }
    NameBooks names = request.names;
    const auto captured = xapi::capture(client, request.url, names);
    if (!captured) return nobody_says(captured.error().items.front().sentence);
    const auto same = xapi::is_same_pool(captured->records, request.pool_uuid, request.url);
    if (!same) return tl::unexpected(same.error());
    Overrides overrides{request.sets, request.defaults, request.defaults_source, {}};
    overrides.sets.insert(overrides.sets.begin(), request.assumed_target.begin(),
                          request.assumed_target.end());
    const auto scenario = xapi::read_what_is_there(captured->scenario.text, request.url, overrides);
    if (!scenario) return nobody_says(scenario.error().items.front().sentence);
    xapi::PreflightOptions options;
    options.orders = orders_left(run);
    options.run = run.opened.run;
    options.resumes = true;
    for (const auto& [key, flight] : run.flights) options.ours.insert(flight.command.order.vm);
    options.ours.erase("");
    if (!run.backed_up) {
        options.backup_file = (std::filesystem::path(request.backup_folder) / "pool.xml").string();
    }
    Findings findings = xapi::preflight(client, *captured, *scenario, options);
    for (Finding& finding : findings) {
        const bool stays = finding.code == "POOL_IS_LOCKED" || !owes(run);
        if (finding.severity == Severity::blocks && !stays) finding.severity = Severity::act;
    }
    return findings;
}

}  // namespace vacate
