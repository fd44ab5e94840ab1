// The playbook.
//
// Source: vendors' documents on rolling pool upgrades (xe pool-restore-database, host-forget,
//         pool-recover-slaves); a restore wants the schema that the backup was made with.
#include "sim/live/playbook.hpp"

#include "model/rule.hpp"
#include "sim/live/run_state.hpp"

namespace vacate::live {

Finding coordinator_failed(const std::string& host, const std::string& what,
                           const std::string& backup) {
    const std::string file = backup.empty() ? "the last backup" : backup;
    return {Severity::blocks, coordinator_is_failed, "host " + host,
            "the coordinator " + host + " " + what + "; no member may be upgraded now",
            "bring it back: look at its console. If that fails, install the version that it had, "
            "restore the database on it from " +
                file +
                " (xe pool-restore-database; only the version that made it reads it), then xe "
                "pool-recover-slaves. The members' VMs run on meanwhile. Then resume this run"};
}

Finding member_failed(const std::string& host, const std::string& what) {
    return {Severity::act, member_is_failed, "host " + host, host + " " + what,
            "repair it, then vacate proceed JOURNAL " + host +
                ". If it cannot be: xe host-forget it, install the target version afresh, "
                "xe pool-join it; its VMs were moved away before"};
}

Finding host_is_away(const std::string& host) {
    return {Severity::act, host_unreachable, "host " + host,
            host + " is not heard of by its coordinator",
            "look at its console and its network; what ran on it may run still. The rest goes on "
            "meanwhile, and the host is taken up again when it is back"};
}

Finding host_late(const std::string& host, Duration waited) {
    return {Severity::act, host_is_late, "host " + host,
            host + " was to restart " + display(waited) + " ago and is not ready yet",
            "look at its console; the run waits for it"};
}

Finding still_handed_over(const std::string& host) {
    return {
        Severity::act, host_handed_over, "host " + host,
        host + " was to be upgraded by a program or by hand, which may go on: it stays disabled",
        "see to it that nobody works on it any more; then vacate proceed JOURNAL " + host +
            ", or once the run is over xe host-enable"};
}

Finding host_has_guests(const std::string& host, std::int64_t guests) {
    return {Severity::act, guests_in_the_way, "host " + host,
            std::to_string(guests) + (guests == 1 ? " VM has" : " VMs have") + " come to " + host +
                ", at which a program or a person is at work",
            "move them away before it restarts, or keep it from restarting"};
}

Finding left_out(const std::string& host, const std::string& why, const std::string& remedy) {
    return {Severity::act, host_left_out, "host " + host, host + " is left as it is: " + why,
            remedy};
}

Finding set_vm_aside(const Order& order, const std::string& why) {
    return {Severity::act, vm_set_aside, "VM " + order.vm,
            "could not " + describe(order) + ": " + why + "; the VM stays where it is",
            "find out why, move or stop it by hand, then run again"};
}

Finding not_squeezed(const Order& order, const std::string& why) {
    return {Severity::act, vm_not_squeezed, "VM " + order.vm,
            "could not " + describe(order) + ": " + why +
                "; from now on it is planned with all of its memory",
            "find out why: a guest without a balloon driver cannot give up memory"};
}

Finding owed_still(const Order& order, const std::string& why) {
    return {Severity::act, not_put_back, subject_of_order(order),
            "not put back: " + describe(order) + (why.empty() ? "" : ": " + why),
            by_hand(order) + (why.empty() ? "" : ", once that is no longer so")};
}

Finding vm_is_down(const std::string& vm, const std::string& host) {
    return {Severity::act, vm_down, "VM " + vm,
            vm + " ran on " + host + " before, and does not run now",
            "start it, unless somebody stopped it on purpose"};
}

Finding vm_on_lost_host(const std::string& vm, const std::string& host) {
    return {Severity::act, vm_lost, "VM " + vm,
            vm + " was on " + host + ", which the pool does not hear from",
            "make sure that " + host + " is off before it is started elsewhere"};
}

Finding window_missed(Duration late) {
    return {Severity::act, window_is_missed, "pool",
            "at the speed so far the run ends " + display(late) + " too late",
            "decide now: a longer window, or stop behind the host under way"};
}

Finding mixed_too_long(Duration mixed) {
    return {Severity::act, mixed_for_too_long, "pool",
            "the pool has run mixed versions for " + display(mixed) + ", longer than allowed",
            "let it finish soon, or abort behind the host under way"};
}

Finding pool_is_away(Duration waited, const std::string& sentence) {
    return {Severity::act, "POOL_UNREACHABLE", "pool",
            "the pool has not answered for " + display(waited) + ": " + sentence,
            "make the coordinator reachable, then resume this run"};
}

}  // namespace vacate::live
