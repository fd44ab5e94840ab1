// Packing lost VMs into what is left: greedily, by bounds, then way by way.
#include "model/restart.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/audit.hpp"

namespace vacate {
namespace {

// A device of the host: the VM starts nowhere else. The other notes only forbid live migration.
bool is_tied_to_its_host(const Vm& vm) {
    constexpr std::array<std::string_view, 3> codes{"VM_HAS_PCI_ATTACHED", "VM_HAS_VGPU",
                                                    "VM_HAS_VUSBS"};
    return std::any_of(vm.notes.begin(), vm.notes.end(), [&codes](const Note& note) {
        return std::find(codes.begin(), codes.end(), note.code) != codes.end();
    });
}

const std::vector<Id<Host>> none;

class Packer {
  public:
    Packer(const Pool& pool, const PoolState& state, const std::vector<Id<Host>>& lost, bool all)
        : pool_(pool), state_(state), room_(pool.hosts.size()) {
        for (const Id<Host> host : pool.hosts.ids()) {
            if (!has(lost, host) && state.hosts[host].phase == HostPhase::enabled) {
                hosts_.push_back(host);
            }
            room_[host] = free_in(pool, state, host);
        }
        release_arrivals(lost);
        keep_newest();
        for (const Id<Vm> vm : pool.vms.ids()) {
            const VmState& now = state.vms[vm];
            const bool is_lost = now.power == Power::running && has(lost, now.host);
            if (is_lost && (all || !is_tied(pool, state, vm))) vms_.push_back(vm);
        }
        std::stable_sort(vms_.begin(), vms_.end(),
                         [this](Id<Vm> a, Id<Vm> b) { return admission(a) > admission(b); });
        find_takers();
    }

    /// The same for a VM that is not there yet.
    Packer(const Pool& pool, const PoolState& state, Id<Vm> fresh)
        : Packer(pool, state, none, true) {
        vms_ = {fresh};
        find_takers();
    }

    [[nodiscard]] Restart roomiest() const {
        Restart answer;
        Id<Host> best = Id<Host>::none();
        for (const Id<Host> host : takers_.front()) {
            if (best.is_none() || room_[host] > room_[best]) best = host;
        }
        if (best.is_none()) return {Survival::not_survivable, {}, vms_};
        answer.places.emplace_back(vms_.front(), best);
        return answer;
    }

    Restart pack(std::int64_t nodes_max) {
        Restart answer;
        greedy(answer);
        if (answer.without.empty()) return answer;
        if (is_refuted()) {
            answer.survival = Survival::not_survivable;
            return answer;
        }
        nodes_left_ = nodes_max;
        std::vector<std::pair<Id<Vm>, Id<Host>>> places;
        if (try_all(0, true, places)) return {Survival::survivable, places, {}};
        nodes_left_ = nodes_max;
        const bool could = try_all(0, false, places);
        const bool tried_all = !could && nodes_left_ > 0;
        answer.survival = tried_all ? Survival::not_survivable : Survival::not_found;
        return answer;
    }

  private:
    [[nodiscard]] Bytes charge(Id<Vm> vm) const { return charge_in(pool_, state_, vm); }
    [[nodiscard]] Bytes admission(Id<Vm> vm) const { return admission_in(pool_, state_, vm); }

    static bool has(const std::vector<Id<Host>>& lost, Id<Host> host) {
        return std::binary_search(lost.begin(), lost.end(), host);
    }

    // A VM that comes from a lost host is lost: what waits for it elsewhere is free again.
    void release_arrivals(const std::vector<Id<Host>>& lost) {
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const VmState& now = state_.vms[vm];
            if (now.to.is_none() || has(lost, now.to) || !has(lost, now.host)) continue;
            room_[now.to] += charge(vm);
        }
    }

    void keep_newest() {
        const std::vector<Id<Host>> all = hosts_;
        std::erase_if(hosts_, [&](Id<Host> host) {
            return std::any_of(all.begin(), all.end(), [&](Id<Host> other) {
                return !not_older(pool_.version_rule, version_in(pool_, state_, host),
                                  version_in(pool_, state_, other));
            });
        });
    }

    void find_takers() {
        takers_.clear();
        for (const Id<Vm> vm : vms_) {
            std::vector<Id<Host>> takers;
            for (const Id<Host> host : hosts_) {
                if (is_tied_to_its_host(pool_.vms[vm])) break;
                if (lacks(pool_, state_, vm, host)) {
                    hosts_are_alike_ = false;
                } else if (admission(vm) <= room_[host]) {
                    takers.push_back(host);
                }
            }
            takers_.push_back(std::move(takers));
        }
    }

    void greedy(Restart& answer) const {
        Table<Host, Bytes> room = room_;
        for (std::size_t i = 0; i < vms_.size(); ++i) {
            const Id<Vm> vm = vms_[i];
            Id<Host> best = Id<Host>::none();
            for (const Id<Host> host : takers_[i]) {
                if (admission(vm) > room[host]) continue;
                if (best.is_none() || room[host] < room[best]) best = host;
            }
            if (best.is_none()) {
                answer.without.push_back(vm);
                continue;
            }
            room[best] -= charge(vm);
            answer.places.emplace_back(vm, best);
        }
        if (!answer.without.empty()) answer.survival = Survival::not_found;
    }

    [[nodiscard]] bool is_refuted() const {
        Bytes needed;
        Bytes there;
        for (std::size_t i = 0; i < vms_.size(); ++i) {
            if (takers_[i].empty()) return true;
            needed += charge(vms_[i]);
        }
        for (const Id<Host> host : hosts_) there += std::max(room_[host], Bytes{});
        return needed > there;
    }

    // Depth first, the largest VM first. Ends when nodes_left_ is 0, which proves nothing.
    bool try_all(std::size_t at, bool strict, std::vector<std::pair<Id<Vm>, Id<Host>>>& places) {
        if (at == vms_.size()) return true;
        const Bytes charged = charge(vms_[at]);
        const Bytes wanted = strict ? admission(vms_[at]) : charged;
        std::vector<Bytes> tried;  // of hosts that are alike, one of each room is enough
        for (const Id<Host> host : takers_[at]) {
            if (nodes_left_ <= 0) return false;
            if (wanted > room_[host]) continue;
            const bool alike = hosts_are_alike_ &&
                               std::find(tried.begin(), tried.end(), room_[host]) != tried.end();
            if (alike) continue;
            tried.push_back(room_[host]);
            --nodes_left_;
            room_[host] -= charged;
            places.emplace_back(vms_[at], host);
            if (try_all(at + 1, strict, places)) {
                room_[host] += charged;
                return true;
            }
            places.pop_back();
            room_[host] += charged;
        }
        return false;
    }

    const Pool& pool_;
    const PoolState& state_;
    Table<Host, Bytes> room_;
    std::vector<Id<Host>> hosts_;  // that may start VMs
    std::vector<Id<Vm>> vms_;      // to be started, largest first
    std::vector<std::vector<Id<Host>>> takers_;
    bool hosts_are_alike_ = true;
    std::int64_t nodes_left_ = 0;
};

}  // namespace

Restart restart_elsewhere(const Pool& pool, const PoolState& state,
                          const std::vector<Id<Host>>& lost, bool all, std::int64_t nodes_max) {
    return Packer(pool, state, lost, all).pack(nodes_max);
}

bool is_tied(const Pool& pool, const PoolState& state, Id<Vm> vm) {
    if (is_tied_to_its_host(pool.vms[vm])) return true;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (host != state.vms[vm].host && !lacks(pool, state, vm, host)) return false;
    }
    return true;
}

Restart room_for(const Pool& pool, const PoolState& state, Id<Vm> vm) {
    return Packer(pool, state, vm).roomiest();
}

}  // namespace vacate
