// The checks, each with its code, subject, sentence and remedy.
#include "model/precheck.hpp"

#include <algorithm>
#include <optional>

#include "model/audit.hpp"
#include "model/precopy.hpp"
#include "model/rule.hpp"
#include "model/set_path.hpp"

namespace vacate {
namespace {

class Precheck {
  public:
    Precheck(const Pool& pool, const PoolState& state, bool proofs_only)
        : pool_(pool), state_(state), proofs_only_(proofs_only) {}

    Findings all() {
        stays_up_ = memory_that_stays_up();
        pool_notes();
        pool_switches();
        broken_already();
        for (const Id<Host> host : pool_.hosts.ids()) one_host(host);
        for (const Id<Vm> vm : pool_.vms.ids()) one_vm(vm);
        memory_at_the_ends();
        what_is_not_checked();
        if (proofs_only_) {
            std::erase_if(findings_,
                          [](const Finding& one) { return one.severity != Severity::blocks; });
        }
        std::stable_sort(
            findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
        return std::move(findings_);
    }

  private:
    void add(Severity severity, std::string code, std::string subject, std::string sentence,
             std::string remedy = {}) {
        findings_.push_back({severity, std::move(code), std::move(subject), std::move(sentence),
                             std::move(remedy)});
    }
    [[nodiscard]] std::string host_subject(Id<Host> host) const {
        return "host " + pool_.hosts[host].name;
    }

    // ---- pool

    void pool_notes() {
        for (const Note& note : pool_.notes) add_note(NoteSubject::pool, note, "pool");
    }

    void add_note(NoteSubject kind, const Note& note, const std::string& subject) {
        if (!proofs_only_) findings_.push_back(finding_of(kind, note, subject));
    }

    void pool_switches() {
        if (state_.ha.on) {
            add(Severity::know, "HA_ENABLED", "pool",
                "HA is on; a plan turns it off first and on again at the end");
        }
        if (state_.wlb.on) {
            add(Severity::know, "WLB_ENABLED", "pool",
                "workload balancing is on; a plan turns it off first and on again at the end");
        }
        if (state_.auto_power_on.on) {
            add(Severity::know, "POOL_AUTO_POWER_ON", "pool",
                "VMs are started automatically; a plan turns that off first and on again at the "
                "end");
        }
        if (is_mixed(pool_, state_)) {
            add(Severity::act, "MIXED_VERSIONS", "pool",
                "the pool runs mixed versions already: an upgrade is under way",
                "go on with it soon; the database can no longer be backed up");
        }
        if (pool_.hosts.size() == 1) {
            add(Severity::act, "SINGLE_HOST", "pool",
                "there is one host only, so every running VM must be suspended or shut down",
                "shut the VMs down for the upgrade, or lend the pool a host");
        }
    }

    void broken_already() {
        for (const Violation& violation : audit(pool_, state_)) {
            const bool of_vm = violation.host.is_none() || violation.rule == Rule::r7_groups ||
                               violation.rule == Rule::r5_reach;
            const std::string subject = of_vm && !violation.vm.is_none()
                                            ? "VM " + pool_.vms[violation.vm].name
                                        : violation.host.is_none() ? "pool"
                                                                   : host_subject(violation.host);
            add(Severity::act, "BROKEN_ALREADY", subject,
                explain(pool_, violation) + " (" + rule_name(violation.rule) + ")",
                "mend it before the upgrade, or change the policy");
        }
    }

    void what_is_not_checked() {
        add(Severity::know, "NOT_CHECKED", "pool",
            "not in the input and not checked: free space and partitions of dom0's disk, "
            "certificate key lengths, boot media, backup jobs, licence agreements of the target",
            "run the target's own prechecks for these");
    }

    // ---- hosts

    void one_host(Id<Host> id) {
        const Host& host = pool_.hosts[id];
        const HostState& now = state_.hosts[id];
        for (const Note& note : host.notes) {
            add_note(NoteSubject::host, note, host_subject(id));
        }
        if (now.phase == HostPhase::lost) {
            add(Severity::blocks, "HOST_NOT_LIVE", host_subject(id),
                host.name + " is not reachable", "bring it back, or take it out of the pool");
        }
        if (now.phase == HostPhase::disabled && !now.upgraded) {
            add(Severity::act, "HOST_DISABLED", host_subject(id),
                host.name + " is disabled and takes no VMs", "xe host-enable, if it may take VMs");
        }
        if (now.upgraded) {
            add(Severity::know, "HOST_UP_TO_DATE", host_subject(id),
                host.name + " runs its target version " + display(host.target) + " already");
            return;
        }
        if (host.memory_after < host.memory) {
            add(Severity::know, "HOST_MEMORY_POST_UPGRADE", host_subject(id),
                "after the upgrade " + host.name + " has " +
                    display(host.memory - host.memory_after) +
                    " less for VMs: " + display(host.memory_after));
        }
        memory_without(id);
    }

    // Proof: while the host is empty, all that runs must fit into the others at their largest.
    void memory_without(Id<Host> id) {
        Bytes room;
        for (const Id<Host> other : pool_.hosts.ids()) {
            if (other == id || state_.hosts[other].phase == HostPhase::lost) continue;
            room += std::max(pool_.hosts[other].memory, pool_.hosts[other].memory_after);
        }
        const Bytes needed = stays_up_;
        if (needed <= room) return;
        const std::string& name = pool_.hosts[id].name;
        add(Severity::blocks, "HOST_NOT_ENOUGH_FREE_MEMORY", host_subject(id),
            "with " + name + " out of use the other hosts have memory for " + display(room) +
                ", and the running VMs need " + display(needed) + " (R1)",
            "shut down VMs of " + display(needed - room) +
                " for the time of the upgrade, or add that much memory on other hosts");
    }

    // Proof: the coordinator goes first, so the others still have what they have now; when the
    // last host is emptied, all the others have what their upgrade leaves them.
    void memory_at_the_ends() {
        const Bytes needed = stays_up_;
        Bytes now_without_coordinator;
        Bytes after_of_all;
        Bytes least_after;  // of a host that may be the last
        bool waits = false;
        for (const Id<Host> id : pool_.hosts.ids()) {
            if (state_.hosts[id].phase == HostPhase::lost) continue;
            const Host& host = pool_.hosts[id];
            const Bytes now = capacity_in(pool_, state_, id);
            if (id != pool_.coordinator) now_without_coordinator += now;
            after_of_all += host.memory_after;
            if (state_.hosts[id].upgraded) continue;
            const bool may_be_last = id != pool_.coordinator || pool_.hosts.size() == 1;
            if (may_be_last && (!waits || host.memory_after < least_after)) {
                least_after = host.memory_after;
            }
            waits = waits || may_be_last;
        }
        const bool first = !state_.hosts[pool_.coordinator].upgraded;
        if (first && needed > now_without_coordinator) {
            not_enough(pool_.coordinator, now_without_coordinator, needed,
                       "while the coordinator is upgraded, first of all,");
        }
        if (waits && needed > after_of_all - least_after) {
            not_enough(Id<Host>::none(), after_of_all - least_after, needed,
                       "when the last host is emptied and all the others are upgraded,");
        }
    }

    void not_enough(Id<Host> host, Bytes room, Bytes needed, const std::string& when) {
        for (const Finding& one : findings_) {
            if (one.code == "HOST_NOT_ENOUGH_FREE_MEMORY") return;  // said already, host by host
        }
        add(Severity::blocks, "HOST_NOT_ENOUGH_FREE_MEMORY",
            host.is_none() ? "pool" : host_subject(host),
            when + " the other hosts have memory for " + display(room) +
                ", and the running VMs need " + display(needed) + " (R1)",
            "shut down VMs of " + display(needed - room) +
                " for the time of the upgrade, or add that much memory");
    }

    // Of VMs that cannot be parked meanwhile.
    [[nodiscard]] Bytes memory_that_stays_up() const {
        Bytes needed;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const bool stays = !state_.vms[vm].host.is_none() && !parks(pool_.vms[vm]);
            if (stays) needed += pool_.vms[vm].memory;
        }
        return needed;
    }

    // ---- VMs

    void one_vm(Id<Vm> id) {
        const Vm& vm = pool_.vms[id];
        const VmState& now = state_.vms[id];
        const std::string subject = "VM " + vm.name;
        const bool must_leave = !now.host.is_none() && !state_.hosts[now.host].upgraded;
        for (const Note& note : vm.notes) one_note(id, note, must_leave);
        local_storage(id, must_leave);
        if (vm.cd && !now.cd_ejected && now.power == Power::running && !is_noted(vm, "TOOLS_CD") &&
            !is_noted(vm, "LOCAL_CD")) {
            add(Severity::know, "CD_INSERTED", subject,
                "a CD from " + pool_.storages[*vm.cd].name + " is in the drive of " + vm.name +
                    "; a plan ejects it first and inserts it again at the end");
        }
        range(id);
        if (now.power == Power::suspended && now.parked.is_none()) {
            add(Severity::know, "VM_SUSPENDED_BEFORE", subject,
                vm.name +
                    " is suspended; once versions are mixed it can resume only on hosts "
                    "that are upgraded");
        }
        if (!must_leave) return;
        if (vm.mobility == Mobility::live) {
            no_target(id);
            pause(id);
        }
    }

    // What the operator lets it be squeezed to, and whether a plan can do that.
    void range(Id<Vm> id) {
        const Vm& vm = pool_.vms[id];
        const VmState& now = state_.vms[id];
        if (!vm.squeeze_to || now.squeezed) return;
        const std::string least = display(*vm.squeeze_to);
        if (vm.squeeze.count > 0) {
            add(Severity::know, "MEMORY_IS_SQUEEZED", "VM " + vm.name,
                "a plan squeezes " + vm.name + " from " + display(full_ram(vm)) + " to " + least +
                    " first and restores it at the end");
            return;
        }
        if (vm.ram <= *vm.squeeze_to) return;
        const bool mixed = is_mixed(pool_, state_);
        add(Severity::act, "CANNOT_BE_SQUEEZED", "VM " + vm.name,
            vm.name + " keeps its " + display(vm.ram) + " and is not squeezed to " + least + ": " +
                (mixed ? "the pool runs mixed versions, where no range can be changed (R14)"
                       : "it does not run"),
            mixed ? "go on without that memory, or shut VMs down instead"
                  : "leave squeeze_to out, or start it first");
    }

    static bool is_noted(const Vm& vm, std::string_view code) {
        return std::any_of(vm.notes.begin(), vm.notes.end(),
                           [code](const Note& note) { return note.code == code; });
    }

    // An immobile VM blocks only where the operator allowed nothing else.
    void one_note(Id<Vm> id, const Note& note, bool must_leave) {
        const Vm& vm = pool_.vms[id];
        if (note.code == "CD_INSERTED") return;  // said for every VM, with what a plan does
        const NoteKind* kind = find_note_kind(NoteSubject::vm, note.code);
        Finding finding = finding_of(NoteSubject::vm, note, "VM " + vm.name);
        const bool immobile = kind != nullptr && kind->immobile;
        if (immobile) settle(id, must_leave, finding);
        if (immobile || !proofs_only_) findings_.push_back(std::move(finding));
    }

    void local_storage(Id<Vm> id, bool must_leave) {
        const Vm& vm = pool_.vms[id];
        if (state_.vms[id].host.is_none()) return;
        for (const Id<Storage> storage : vm.storages) {
            if (pool_.storages[storage].shared) continue;
            Finding finding{Severity::blocks, "VM_REQUIRES_SR", "VM " + vm.name,
                            vm.name + " has disks on local storage " +
                                pool_.storages[storage].name +
                                ", which no other host sees (R5, R8)",
                            ""};
            settle(id, must_leave, finding);
            if (finding.severity == Severity::blocks) finding.remedy = ways_out(vm);
            findings_.push_back(std::move(finding));
        }
    }

    // What the operator may allow for a VM that its disks tie to a host. What a note says of it
    // forbids to take the disks along, and most such VMs cannot be suspended either.
    static std::string ways_out(const Vm& vm) {
        const bool noted = std::any_of(vm.notes.begin(), vm.notes.end(), [](const Note& note) {
            const NoteKind* kind = find_note_kind(NoteSubject::vm, note.code);
            return kind != nullptr && kind->immobile;
        });
        const std::string set = "--set 'vms." + name_in_set_option(vm.name) + ".when_pinned=";
        const std::string words = noted                     ? "restart'"
                                  : vm.local_disk.count > 0 ? "suspend' (or restart, or storage)"
                                                            : "suspend' (or restart)";
        return set + words + " lets a plan do that while its host is upgraded";
    }

    // What becomes of a VM that cannot be migrated live decides how bad that is.
    void settle(Id<Vm> id, bool must_leave, Finding& finding) const {
        const Vm& vm = pool_.vms[id];
        if (!must_leave) {
            finding.severity = Severity::know;
            finding.remedy = "nothing: it does not run on a host that is still to be upgraded";
            return;
        }
        switch (vm.mobility) {
            case Mobility::live:
            case Mobility::pinned:
                finding.severity = Severity::blocks;
                return;
            case Mobility::suspend:
                finding.severity = Severity::act;
                finding.remedy = "it is suspended while its host is upgraded, as allowed";
                return;
            case Mobility::restart:
                finding.severity = Severity::act;
                finding.remedy = "it is shut down while its host is upgraded, as allowed";
                return;
            case Mobility::storage:
                finding.severity = Severity::act;
                finding.remedy =
                    "its disks are moved along, as allowed: " + display(vm.local_disk) +
                    " over the network";
                return;
        }
    }

    void no_target(Id<Vm> id) {
        std::string reasons;
        for (const Id<Host> other : pool_.hosts.ids()) {
            if (other == state_.vms[id].host) continue;
            const std::string reason = never_takes(pool_, state_, id, other);
            if (reason.empty()) return;
            if (!reasons.empty()) reasons += "; ";
            reasons += reason;
        }
        if (reasons.empty()) reasons = "there is no other host";
        const Vm& vm = pool_.vms[id];
        add(Severity::blocks, "NO_HOSTS_AVAILABLE", "VM " + vm.name,
            vm.name + " can leave " + pool_.hosts[state_.vms[id].host].name +
                " for no other host: " + reasons,
            "remove what is in the way, or shut the VM down for the upgrade");
    }

    void pause(Id<Vm> id) {
        const Vm& vm = pool_.vms[id];
        const Id<Host> from = state_.vms[id].host;
        if (!vm.pause_limit || from.is_none()) return;
        const Copying copying = copying_of(pool_, vm, from);
        bool bearable = false;
        Duration shortest = Duration::max();
        for (const Id<Host> to : pool_.hosts.ids()) {
            if (to == from) continue;
            const Bandwidth share = smallest_share(pool_, copying, from, to);
            const auto forecast = forecast_precopy(vm, share, copying);
            shortest = std::min(shortest, forecast.pause);
            bearable = bearable || forecast.pause <= *vm.pause_limit;
        }
        if (bearable || shortest == Duration::max()) return;
        add(Severity::act, "VM_PAUSE_TOO_LONG", "VM " + vm.name,
            vm.name + " would stand still for at least " + display(shortest) +
                " when it moves beside others; its limit is " + display(*vm.pause_limit) + " (R10)",
            "a higher pause_limit, a faster link, or fewer migrations_per_host_max");
    }

    const Pool& pool_;
    const PoolState& state_;
    bool proofs_only_;
    Bytes stays_up_;  // memory_that_stays_up(), counted once
    Findings findings_;
};

}  // namespace

Findings precheck(const Pool& pool, const PoolState& state) {
    return Precheck(pool, state, false).all();
}

Findings blockers(const Pool& pool, const PoolState& state) {
    return Precheck(pool, state, true).all();
}

std::string never_takes(const Pool& pool, const PoolState& state, Id<Vm> id, Id<Host> to) {
    const Vm& vm = pool.vms[id];
    const Host& host = pool.hosts[to];
    if (state.hosts[to].phase == HostPhase::lost) return host.name + " is not reachable";
    const Bytes largest = std::max(host.memory, host.memory_after);
    if (vm.admission > largest) {
        return host.name + " has memory for " + display(largest) + ", " + vm.name + " needs " +
               display(vm.admission) + " (R1)";
    }
    std::optional<Violation> violation;
    if (!vm.cd || state.vms[id].cd_ejected) {
        violation = lacks(pool, state, id, to);
    } else {
        PoolState ejected = state;
        ejected.vms[id].cd_ejected = true;  // a plan ejects CDs first
        violation = lacks(pool, ejected, id, to);
    }
    return violation ? explain(pool, *violation) + " (R5)" : "";
}

}  // namespace vacate
