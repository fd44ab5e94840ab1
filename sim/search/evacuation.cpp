// A few packings of all that must leave; the one with the fewest migrations.
#include "sim/search/evacuation.hpp"

#include <algorithm>
#include <tuple>

#include "model/precedence.hpp"
#include "model/precheck.hpp"
#include "sim/search/diagnose.hpp"
#include "sim/search/draft.hpp"
#include "sim/search/finish.hpp"
#include "sim/search/transfers.hpp"

namespace vacate {
namespace {

class Emptying {
  public:
    Emptying(const Pool& pool, const PoolState& state, const std::vector<Id<Host>>& hosts,
             const PlanOptions& options)
        : pool_(pool), state_(state), hosts_(hosts), options_(options) {}

    tl::expected<Planned, NoPlan> plan() {
        const Findings never = proofs();
        if (!never.empty()) return tl::unexpected(NoPlan{true, never, effort_});
        for (const bool make_room : {false, true}) {
            if (best_) break;  // nobody has to step aside
            for (const bool by_content : {true, false}) {
                for (const Packing packing : {Packing::worst_fit, Packing::best_fit}) {
                    try_packing(packing, make_room, by_content);
                }
            }
        }
        if (!best_) return tl::unexpected(not_found());
        Planned planned =
            finished(pool_, state_, std::move(*best_), leaving_bound(pool_, state_, hosts_));
        planned.effort = effort_;
        planned.candidates = candidates_;
        return planned;
    }

  private:
    [[nodiscard]] bool is_chosen(Id<Host> host) const {
        return std::binary_search(hosts_.begin(), hosts_.end(), host);
    }

    [[nodiscard]] Findings proofs() const {
        Findings findings;
        const PoolState then = squeezed(pool_, state_);
        Bytes leaving;
        Bytes room;
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool stays = !is_chosen(host) && state_.hosts[host].phase == HostPhase::enabled;
            if (stays) room += free_in(pool_, then, host);
        }
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> at = state_.vms[vm].host;
            if (at.is_none() || !is_chosen(at) || parks(pool_.vms[vm])) continue;
            leaving += pool_.vms[vm].memory;
            add_if_stuck(vm, findings);
        }
        if (leaving <= room) return findings;
        findings.push_back({Severity::blocks, "NOT_ENOUGH_MEMORY", "pool",
                            "the VMs that must leave need " + display(leaving) +
                                ", the hosts that stay have " + display(room) + " free (R1)",
                            "fewer hosts at once, or VMs shut down or suspended"});
        return findings;
    }

    void add_if_stuck(Id<Vm> id, Findings& findings) const {
        const Vm& vm = pool_.vms[id];
        const std::string at = pool_.hosts[state_.vms[id].host].name;
        if (vm.mobility == Mobility::pinned) {
            findings.push_back({Severity::blocks, "VM_PINNED", "VM " + vm.name,
                                vm.name + " cannot leave " + at + " (R8)",
                                "allow it to be suspended or shut down"});
        }
        if (vm.mobility != Mobility::live) return;
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool stays = !is_chosen(host) && state_.hosts[host].phase == HostPhase::enabled;
            if (stays && never_takes(pool_, state_, id, host).empty()) return;
        }
        findings.push_back({Severity::blocks, "NO_HOSTS_AVAILABLE", "VM " + vm.name,
                            vm.name + " can leave " + at + " for none of the hosts that stay",
                            "leave another host in use, or shut the VM down"});
    }

    // HA goes off for the time (R14); CDs that would keep a VM from moving come out, and memory
    // that may be given up is.
    void prepare(Draft& draft) const {
        if (state_.ha.on) draft.take(DisableHa{});
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> at = state_.vms[vm].host;
            const bool leaves = !at.is_none() && is_chosen(at);
            if (leaves && pool_.vms[vm].cd && !state_.vms[vm].cd_ejected) draft.take(EjectCd{vm});
        }
        draft.squeeze();
    }

    void try_packing(Packing packing, bool make_room, bool by_content) {
        Draft draft(pool_, state_);
        prepare(draft);
        const std::vector<char> avoid(pool_.hosts.size(), 0);
        std::vector<Id<Host>> order = hosts_;
        std::stable_sort(order.begin(), order.end(), [&](Id<Host> a, Id<Host> b) {
            return by_content && state_.hosts[a].committed > state_.hosts[b].committed;
        });
        std::optional<Stuck> stuck;
        for (const Id<Host> host : order) {
            const bool enabled = draft.state().hosts[host].phase == HostPhase::enabled;
            if (enabled && !draft.take(DisableHost{host})) stuck = Stuck{host, Id<Vm>::none()};
        }
        const EvacuationStyle style{packing, false, make_room, false};
        for (const Id<Host> host : order) {
            if (!stuck) stuck = draft.evacuate(host, style, avoid);
            if (!stuck) stuck = draft.park_rest(host);
        }
        effort_ += draft.effort();
        if (stuck) {
            if (!first_stuck_) first_stuck_ = stuck;
            return;
        }
        draft.restore();
        consider(Table<Step>(draft.steps()));
    }

    void consider(Table<Step> steps) {
        Plan plan;
        plan.steps = std::move(steps);
        plan.after = precedence_of(pool_, state_, plan.steps);
        effort_ += 4 * static_cast<std::int64_t>(plan.steps.size());
        const auto run = simulate(pool_, state_, plan, {.timeline = false});
        if (!run) return;
        ++candidates_;
        const Figures figures = figures_of(pool_, state_, run->final_state, *run);
        const bool better =
            !best_ || figures.moves < figures_.moves ||
            (figures.moves == figures_.moves && compare(options_.objective, figures, figures_) < 0);
        if (!better) return;
        figures_ = figures;
        best_ = std::move(plan);
    }

    NoPlan not_found() {
        NoPlan answer;
        answer.effort = effort_;
        if (first_stuck_) {
            Draft draft(pool_, state_);
            prepare(draft);
            answer.findings.push_back(describe_stuck(pool_, draft.state(), *first_stuck_));
        }
        answer.findings.push_back(
            {Severity::blocks, "NO_PLAN_FOUND", "pool",
             "no packing of the VMs that must leave was found; that is no proof that there is none",
             "fewer hosts at once, more free memory, or VMs that may be suspended"});
        return answer;
    }

    const Pool& pool_;
    const PoolState& state_;
    const std::vector<Id<Host>>& hosts_;
    PlanOptions options_;
    std::optional<Plan> best_;
    Figures figures_;
    std::optional<Stuck> first_stuck_;
    std::int64_t effort_ = 0;
    std::int64_t candidates_ = 0;
};

}  // namespace

tl::expected<Planned, NoPlan> plan_evacuation(const Pool& pool, const PoolState& state,
                                              const std::vector<Id<Host>>& hosts,
                                              const PlanOptions& options) {
    return Emptying(pool, state, hosts, options).plan();
}

}  // namespace vacate
