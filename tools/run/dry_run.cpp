// Orders and their calls.
#include "tools/run/dry_run.hpp"

#include <algorithm>
#include <vector>

#include "model/order.hpp"
#include "reports/plan_answer.hpp"
#include "reports/report.hpp"
#include "sim/kernel/simulate.hpp"
#include "tools/xapi/acts.hpp"

namespace vacate {
namespace {

std::string restart_call(const Order& order, const RunRequest& request) {
    switch (request.by) {
        case UpgradeBy::reboot:
            return "Async.host.reboot " + order.host;
        case UpgradeBy::command:
            return request.upgrade_command + " (for " + order.host + ")";
        case UpgradeBy::guide:
            return "by the operator at the console of " + order.host;
    }
    return {};
}

std::string line(Duration at, const std::string& what, const std::string& calls) {
    std::string text = clock_text(at) + "  " + printable(what);
    if (!calls.empty()) text += "\n             " + printable(calls);
    return text + "\n";
}

}  // namespace

std::string calls_of(const Order& order, const RunRequest& request) {
    switch (order.act) {
        case Act::lock_pool:
            return "pool.add_to_other_config vacate_run";
        case Act::unlock_pool:
            return "task.destroy, each ended task of this run, "
                   "pool.remove_from_other_config vacate_run";
        case Act::squeeze_memory:
            return "VM.set_memory_dynamic_range " + order.vm + " " + order.range;
        case Act::restore_memory:
            return "VM.set_memory_dynamic_range " + order.vm + ", as it was";
        case Act::back_up_database:
            return "GET /pool/xmldbdump, to a file in " + request.backup_folder;
        case Act::disable_ha:
            return "Async.pool.disable_ha";
        case Act::enable_ha:
            return "pool.enable_ha, pool.set_ha_host_failures_to_tolerate";
        case Act::disable_wlb:
            return "pool.set_wlb_enabled false";
        case Act::enable_wlb:
            return "pool.set_wlb_enabled true";
        case Act::disable_auto_power_on:
            return "pool.remove_from_other_config auto_poweron";
        case Act::enable_auto_power_on:
            return "pool.add_to_other_config auto_poweron";
        case Act::eject_cd:
            return "VBD.eject, each CD of " + order.vm;
        case Act::insert_cd:
            return "VBD.insert, each CD of " + order.vm;
        case Act::disable_host:
            return "host.disable " + order.host;
        case Act::enable_host:
            return "host.enable " + order.host;
        case Act::migrate:
            return "Async.VM.pool_migrate " + order.vm + " to " + order.to + ", live";
        case Act::migrate_storage:
            return "host.migrate_receive " + order.to + ", Async.VM.migrate_send " + order.vm +
                   ", disks to " + order.storage;
        case Act::suspend:
            return "Async.VM.suspend " + order.vm;
        case Act::resume:
            return "Async.VM.resume_on " + order.vm + ", " + order.host;
        case Act::stop:
            return "Async.VM.clean_shutdown " + order.vm;
        case Act::start:
            return "Async.VM.start_on " + order.vm + ", " + order.host;
        case Act::restart_host:
            return restart_call(order, request);
    }
    return {};
}

std::string dry_run_text(const Pool& pool, const PoolState& state, const Plan& plan,
                         const RunRequest& request) {
    const auto run = simulate(pool, state, plan, {.timeline = false});
    std::vector<Id<Step>> order;
    for (const Id<Step> id : plan.steps.ids()) order.push_back(id);
    if (run) {
        std::stable_sort(order.begin(), order.end(), [&run](Id<Step> a, Id<Step> b) {
            return run->times[a].start < run->times[b].start;
        });
    }
    std::string text =
        "nothing is done; a run would, with times as simulated:\n"
        "(each Async call is followed by task.add_to_other_config " +
        std::string(xapi::task_key) + " on its task; calls that only read are left out)\n";
    const auto call = [&](Act act) {
        Order one;
        one.act = act;
        return calls_of(one, request);
    };
    text += line(Duration{}, "lock the pool for this run", call(Act::lock_pool));
    Duration last{};
    for (const Id<Step> id : order) {
        const Duration at = run ? run->times[id].start.time_since_epoch() : Duration{};
        if (run) last = std::max(last, run->times[id].end.time_since_epoch());
        text += line(at, describe(pool, plan.steps[id]),
                     calls_of(order_of(pool, plan.steps[id]), request));
    }
    return text + line(last, "unlock the pool", call(Act::unlock_pool));
}

}  // namespace vacate
