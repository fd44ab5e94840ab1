// Deletion filtering over hosts, VMs and groups, then rules one by one.
#include "sim/search/conflict.hpp"

#include <algorithm>
#include <variant>

#include "model/precheck.hpp"
#include "sim/search/draft.hpp"
#include "sim/search/exact.hpp"

namespace vacate {
namespace {

constexpr std::int64_t nodes_max = 20'000;
constexpr int proofs_max = 2'000;

// A pool and state with parts of them left out.
struct Rest {
    Pool pool;
    PoolState state;
};

using Part = std::variant<Id<Host>, Id<Vm>, Id<Group>>;

void leave_out(Rest& rest, Id<Host> host) {
    HostState& now = rest.state.hosts[host];
    if (now.upgraded) return;
    now.upgraded = true;
    ++rest.state.hosts_upgraded;
    rest.pool.hosts[host].version = rest.pool.hosts[host].target;
    // It stays as it is, so its VMs have the memory that they have.
    rest.pool.hosts[host].memory_after = rest.pool.hosts[host].memory;
}

void leave_out(Rest& rest, Id<Vm> vm) {
    VmState& now = rest.state.vms[vm];
    if (!now.host.is_none()) {
        rest.state.hosts[now.host].committed -= charge_in(rest.pool, rest.state, vm);
        --rest.state.hosts[now.host].vms;
    }
    now = VmState{};
    now.power = Power::halted;
}

void leave_out(Rest& rest, Id<Group> group) {
    for (const Id<Vm> vm : rest.pool.groups[group].members) {
        std::erase(rest.pool.groups_of[vm], group);
    }
    rest.pool.groups[group].members.clear();
}

class Filter {
  public:
    Filter(const Pool& pool, const PoolState& state, const std::function<bool()>& stops)
        : stops_(stops), rest_{pool, squeezed(pool, state)} {}

    Conflict conflict() {
        std::vector<Part> parts;
        for (const Id<Group> group : rest_.pool.groups.ids()) parts.emplace_back(group);
        for (const Id<Vm> vm : rest_.pool.vms.ids()) {
            if (!rest_.state.vms[vm].host.is_none()) parts.emplace_back(vm);
        }
        for (const Id<Host> host : rest_.pool.hosts.ids()) {
            if (!rest_.state.hosts[host].upgraded) parts.emplace_back(host);
        }
        for (std::size_t size = (parts.size() + 1) / 2; size > 0; size /= 2) drop(parts, size);
        Conflict conflict;
        for (const Part& part : parts) {
            if (const auto* host = std::get_if<Id<Host>>(&part)) conflict.hosts.push_back(*host);
            if (const auto* vm = std::get_if<Id<Vm>>(&part)) conflict.vms.push_back(*vm);
            if (const auto* group = std::get_if<Id<Group>>(&part)) {
                conflict.groups.push_back(*group);
            }
        }
        find_rules(conflict);
        conflict.minimal = !ended_;
        return conflict;
    }

  private:
    [[nodiscard]] bool has_no_plan(const Rest& rest) {
        if (ended_ || ++proofs_ > proofs_max || (stops_ && stops_())) {
            ended_ = true;
            return false;
        }
        if (!blockers(rest.pool, rest.state).empty()) return true;
        Draft prepared(rest.pool, rest.state);
        prepared.prepare();
        return search_exhaustively(rest.pool, prepared.state(), nodes_max, stops_).verdict ==
               ExactAnswer::Verdict::impossible;
    }

    // Drops each run of `size` parts without which it is still impossible.
    void drop(std::vector<Part>& parts, std::size_t size) {
        for (std::size_t at = 0; at < parts.size() && !ended_;) {
            const std::size_t end = std::min(parts.size(), at + size);
            Rest without = rest_;
            for (std::size_t i = at; i < end; ++i) {
                std::visit([&without](auto id) { leave_out(without, id); }, parts[i]);
            }
            if (!has_no_plan(without)) {
                at = end;
                continue;
            }
            rest_ = std::move(without);
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at),
                        parts.begin() + static_cast<std::ptrdiff_t>(end));
        }
    }

    template <class Change>
    void try_without(Conflict& conflict, Rule rule, Change change) {
        Rest without = rest_;
        change(without);
        if (without.pool == rest_.pool || has_no_plan(without)) return;
        conflict.rules.push_back(rule);
    }

    void find_rules(Conflict& conflict) {
        try_without(conflict, Rule::r1_memory, [](Rest& rest) {
            for (Vm& vm : rest.pool.vms) vm.memory = vm.admission = vm.squeeze = Bytes{};
            for (HostState& host : rest.state.hosts) host.committed = Bytes{};
        });
        try_without(conflict, Rule::r2_version,
                    [](Rest& rest) { rest.pool.policy.upgraded_targets_only = false; });
        try_without(conflict, Rule::r5_reach, [](Rest& rest) {
            for (Vm& vm : rest.pool.vms) {
                vm.networks.clear();
                vm.storages.clear();
                vm.features.reset();
                vm.vcpu_unrestricted = true;
            }
        });
        try_without(conflict, Rule::r6_width, [](Rest& rest) {
            rest.pool.policy.hosts_down_max = static_cast<std::int64_t>(rest.pool.hosts.size());
        });
        if (!conflict.groups.empty()) conflict.rules.push_back(Rule::r7_groups);
        try_without(conflict, Rule::r8_pinned, [](Rest& rest) {
            for (Vm& vm : rest.pool.vms) {
                if (vm.mobility == Mobility::pinned) vm.mobility = Mobility::restart;
            }
        });
        try_without(conflict, Rule::r9_spare, [](Rest& rest) { rest.pool.policy.spare_hosts = 0; });
        try_without(conflict, Rule::r10_pause, [](Rest& rest) {
            for (Vm& vm : rest.pool.vms) vm.pause_limit.reset();
        });
    }

    const std::function<bool()>& stops_;
    Rest rest_;
    int proofs_ = 0;
    bool ended_ = false;
};

template <class Table, class Ids>
std::string names(const Table& table, const Ids& ids) {
    constexpr std::size_t shown_max = 12;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown_max, ids.size()); ++i) {
        text += (i == 0 ? "" : i + 1 == ids.size() ? " and " : ", ") + table[ids[i]].name;
    }
    if (ids.size() > shown_max) {
        text += " and " + std::to_string(ids.size() - shown_max) + " more";
    }
    return text;
}

}  // namespace

Conflict smallest_conflict(const Pool& pool, const PoolState& state,
                           const std::function<bool()>& stops) {
    return Filter(pool, state, stops).conflict();
}

Finding finding_of(const Pool& pool, const Conflict& conflict) {
    Finding finding{Severity::blocks, "CANNOT_HOLD_TOGETHER", "pool", "", ""};
    finding.sentence = "these cannot hold together: ";
    finding.sentence += conflict.hosts.empty()
                            ? std::string("the pool goes on as it is")
                            : "the upgrade of " + names(pool.hosts, conflict.hosts);
    if (!conflict.vms.empty())
        finding.sentence += ", with " + names(pool.vms, conflict.vms) + " running";
    if (!conflict.groups.empty()) {
        finding.sentence += ", with group " + names(pool.groups, conflict.groups) + " kept";
    }
    for (std::size_t i = 0; i < conflict.rules.size(); ++i) {
        finding.sentence += (i == 0 ? ", under " : ", ") + rule_name(conflict.rules[i]);
    }
    finding.sentence += conflict.minimal ? "; without any one of them it would not be impossible"
                                         : "; not all of them may be needed for that";
    return finding;
}

}  // namespace vacate
