// Kinds of repair, and bisection for the least of each.
#include "tools/vacate/repairs.hpp"

#include <algorithm>
#include <optional>

#include "model/change.hpp"
#include "model/rule.hpp"
#include "model/set_path.hpp"
#include "sim/whatif/bisect.hpp"

namespace vacate {
namespace {

using Sets = std::vector<std::string>;

constexpr std::int64_t effort_each = 40'000;
constexpr std::int64_t placements_each = 2'000;
constexpr int tries_max = 160;

std::string gibibytes_text(std::int64_t count) { return std::to_string(count) + " GiB"; }

class Workshop {
  public:
    Workshop(const Scenario& scenario, const Reread& reread, const PlanOptions& options)
        : scenario_(scenario), pool_(scenario.pool), reread_(reread), options_(options) {
        options_.effort = effort_each;
        options_.placements_max = placements_each;
        options_.explain_no = false;
        options_.front = false;
    }

    std::vector<RepairRow> all() {
        promises();
        squeeze();
        park();
        stop();
        lend();
        add_memory();
        return std::move(rows_);
    }

  private:
    // ---- trying

    std::optional<Duration> plan(const Pool& pool, const PoolState& state) {
        if (++tries_ > tries_max) return std::nullopt;
        const auto planned = plan_upgrade(pool, state, options_);
        if (!planned) return std::nullopt;
        return planned->simulation.makespan;
    }

    std::optional<Duration> with(const Sets& sets) {
        const Result<Scenario> changed = reread_(sets);
        if (!changed) return std::nullopt;
        return plan(changed->pool, changed->state);
    }

    bool offer(const std::string& kind, const std::string& sentence, const Sets& sets) {
        const auto makespan = with(sets);
        if (makespan) rows_.push_back({kind, sentence, sets, *makespan});
        return makespan.has_value();
    }

    // ---- what only a promise costs

    void promises() {
        const Policy& policy = pool_.policy;
        if (policy.upgraded_targets_only) {
            offer("targets", "let VMs move to hosts that are not upgraded yet",
                  {"policy.targets=any"});
        }
        for (std::int64_t spare = policy.spare_hosts - 1; spare >= 0; --spare) {
            const std::string count = std::to_string(spare);
            const bool done = offer(
                "spare_hosts",
                "promise to survive the loss of " + count + (spare == 1 ? " host" : " hosts") +
                    " during the upgrade, not of " + std::to_string(policy.spare_hosts),
                {"policy.spare_hosts=" + count});
            if (done) break;
        }
        const auto hosts = static_cast<std::int64_t>(pool_.hosts.size());
        for (std::int64_t width = policy.hosts_down_max + 1;
             width <= std::min(hosts, policy.hosts_down_max + 4); ++width) {
            const std::string count = std::to_string(width);
            const bool done =
                offer("hosts_down_max", "let " + count + " hosts be out of use at once",
                      {"policy.hosts_down_max=" + count});
            if (done) break;
        }
    }

    // ---- memory ranges

    [[nodiscard]] std::string vm_path(Id<Vm> vm) const {
        return "vms." + name_in_set_path(pool_.vms[vm].name);
    }

    template <class Wanted>
    [[nodiscard]] std::vector<Id<Vm>> running(Wanted wanted) const {
        std::vector<Id<Vm>> vms;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            if (!scenario_.state.vms[vm].host.is_none() && wanted(pool_.vms[vm])) vms.push_back(vm);
        }
        return vms;
    }

    [[nodiscard]] std::string names_of(const std::vector<Id<Vm>>& vms, std::size_t count) const {
        constexpr std::size_t shown_max = 6;
        std::string text;
        for (std::size_t i = 0; i < std::min(count, shown_max); ++i) {
            text += (i == 0 ? "" : i + 1 == count ? " and " : ", ") + pool_.vms[vms[i]].name;
        }
        if (count > shown_max) text += " and " + std::to_string(count - shown_max) + " more";
        return text;
    }

    // The fewest of `vms`, in this order, with which it works; offered as one repair.
    template <class SetsOf, class Sentence>
    void offer_fewest(const std::string& kind, const std::vector<Id<Vm>>& vms, SetsOf sets_of,
                      Sentence sentence) {
        const auto sets_for = [&](std::int64_t count) {
            Sets sets;
            for (std::int64_t i = 0; i < count; ++i) {
                const Sets one = sets_of(vms[static_cast<std::size_t>(i)]);
                sets.insert(sets.end(), one.begin(), one.end());
            }
            return sets;
        };
        if (vms.empty()) return;
        const std::int64_t count =
            least(static_cast<std::int64_t>(vms.size()),
                  [&](std::int64_t some) { return with(sets_for(some)).has_value(); });
        if (count == 0) return;
        offer(kind, sentence(names_of(vms, static_cast<std::size_t>(count))), sets_for(count));
    }

    // What a guest can be asked to run with for a while: its static minimum, where that is known;
    // no less than a quarter of what it has, nor than what it keeps writing.
    //
    // Source: XenCenter's default for memory-ratio-hvm and memory-ratio-pv is a quarter.
    static Bytes least_for(const Vm& vm) {
        const Bytes quarter = round_up_to_mebibyte(Bytes{divide_up(full_ram(vm).count, 4)});
        return std::max({vm.static_min, quarter, round_up_to_mebibyte(vm.working_set)});
    }

    // By so many GiB, as far as it can be.
    [[nodiscard]] Sets squeezed(Id<Vm> id, std::int64_t by) const {
        const Vm& vm = pool_.vms[id];
        const Bytes to = std::max(least_for(vm), full_ram(vm) - gibibytes(by));
        const std::int64_t mebibyte = mebibytes(1).count;
        const std::string text = to.count % mebibyte == 0
                                     ? std::to_string(to.count / mebibyte) + " MiB"
                                     : std::to_string(to.count) + " B";
        return {vm_path(id) + ".squeeze_to=" + text};
    }

    // The fewest of those that can give up most, then as little of each as will do.
    void squeeze() {
        if (is_mixed(pool_, scenario_.state)) return;  // too late (R14)
        const auto gives = [](const Vm& vm) { return full_ram(vm) - least_for(vm); };
        std::vector<Id<Vm>> vms = running([&gives](const Vm& vm) {
            const bool counts = vm.domain == DomainType::hvm || vm.domain == DomainType::pv;
            return counts && !vm.squeeze_to && gives(vm) >= gibibytes(1);
        });
        std::stable_sort(vms.begin(), vms.end(), [&](Id<Vm> a, Id<Vm> b) {
            return gives(pool_.vms[a]) > gives(pool_.vms[b]);
        });
        if (vms.empty()) return;
        const auto sets_for = [&](std::int64_t count, std::int64_t by) {
            Sets sets;
            for (std::int64_t i = 0; i < count; ++i) {
                const Sets one = squeezed(vms[static_cast<std::size_t>(i)], by);
                sets.insert(sets.end(), one.begin(), one.end());
            }
            return sets;
        };
        const std::int64_t most = divide_up(gives(pool_.vms[vms.front()]).count, 1LL << 30);
        const std::int64_t count =
            least(static_cast<std::int64_t>(vms.size()),
                  [&](std::int64_t some) { return with(sets_for(some, most)).has_value(); });
        if (count == 0) return;
        const std::int64_t by =
            least(most, [&](std::int64_t some) { return with(sets_for(count, some)).has_value(); });
        offer("squeeze",
              "let the memory of " + names_of(vms, static_cast<std::size_t>(count)) +
                  " be squeezed by up to " + gibibytes_text(by) + (count > 1 ? " each" : "") +
                  " before the start, where the guests bear it; mixed mode blocks that later (R14)",
              sets_for(count, by > 0 ? by : most));
    }

    // ---- VMs that are down for a while

    void park() {
        const std::vector<Id<Vm>> vms =
            running([](const Vm& vm) { return vm.mobility == Mobility::pinned; });
        for (const char* how : {"suspend", "restart"}) {
            const std::size_t before = rows_.size();
            offer_fewest(
                how, vms, [&](Id<Vm> vm) -> Sets { return {vm_path(vm) + ".when_pinned=" + how}; },
                [&](const std::string& names) {
                    return std::string(how == std::string("suspend") ? "suspend " : "shut down ") +
                           names + " while the host is upgraded, and bring it back in place";
                });
            if (rows_.size() > before) return;
        }
    }

    Sets stopped(Id<Vm> vm) const {
        return {vm_path(vm) + ".power=halted", vm_path(vm) + ".host=null"};
    }

    // One VM, the smallest that will do; else the fewest of the largest.
    void stop() {
        std::vector<Id<Vm>> vms = running([](const Vm&) { return true; });
        std::stable_sort(vms.begin(), vms.end(), [this](Id<Vm> a, Id<Vm> b) {
            return pool_.vms[a].memory < pool_.vms[b].memory;
        });
        const auto count = static_cast<std::int64_t>(vms.size());
        if (count == 0) return;
        const std::int64_t one = least(count, [&](std::int64_t at) {
            return with(stopped(vms[static_cast<std::size_t>(at - 1)])).has_value();
        });
        const auto sentence = [](const std::string& names) {
            return "shut down " + names + " before the start, and start again at the end";
        };
        if (one > 0) {
            const std::vector<Id<Vm>> alone{vms[static_cast<std::size_t>(one - 1)]};
            offer("stop", sentence(names_of(alone, 1)), stopped(alone.front()));
            return;
        }
        std::reverse(vms.begin(), vms.end());
        offer_fewest(
            "stop", vms, [this](Id<Vm> vm) { return stopped(vm); }, sentence);
    }

    // ---- more memory

    void lend() {
        Bytes largest;
        for (const Host& host : pool_.hosts) largest = std::max(largest, host.memory);
        const auto lent = [&](std::int64_t size) {
            Scenario with_it = scenario_;
            lend_host(with_it, pool_.coordinator, "~lent", gibibytes(size));
            return plan(with_it.pool, with_it.state);
        };
        const std::int64_t size = least(2 * (largest.count >> 30) + 1,
                                        [&](std::int64_t some) { return lent(some).has_value(); });
        if (size == 0) return;
        const auto makespan = lent(size);
        if (!makespan) return;
        rows_.push_back({"spare_host",
                         "back up the database, then lend the pool a host with " +
                             gibibytes_text(size) +
                             " for VMs that runs the target version already and is reached like "
                             "the coordinator; add it to the input, --set cannot",
                         {},
                         *makespan});
    }

    [[nodiscard]] Sets larger(Id<Host> host, std::int64_t more) const {
        const Host& one = pool_.hosts[host];
        return larger("hosts." + name_in_set_path(one.name), one, more);
    }

    static Sets larger(const std::string& path, const Host& one, std::int64_t more) {
        const auto text = [more](Bytes now) {
            const std::int64_t count = (now + gibibytes(more)).count;
            const std::int64_t mebibyte = mebibytes(1).count;
            if (count % mebibyte != 0) return std::to_string(count) + " B";
            return std::to_string(count / mebibyte) + " MiB";
        };
        return {path + ".memory=" + text(one.memory),
                path + ".memory_after_upgrade=" + text(one.memory_after)};
    }

    // With what XAPI knows instead of a host's memory taken away, where the input has it.
    std::optional<Duration> with_memory(Sets& sets) {
        if (reread_(sets)) return with(sets);
        Sets bare;
        for (const std::string& set : sets) {
            const std::size_t at = set.find(".memory=");
            if (at == std::string::npos) continue;
            for (const char* member : {"memory_total", "memory_overhead", "dom0_memory"}) {
                bare.push_back(set.substr(0, at + 1) + member + "=null");
            }
        }
        bare.insert(bare.end(), sets.begin(), sets.end());
        const auto makespan = with(bare);
        if (makespan) sets = bare;
        return makespan;
    }

    void offer_memory(const std::string& sentence, Sets sets) {
        const auto makespan = with_memory(sets);
        if (makespan) rows_.push_back({"memory", sentence, sets, *makespan});
    }

    void add_memory() {
        constexpr std::size_t hosts_max = 4;
        constexpr std::int64_t most = 1'024;
        std::vector<Id<Host>> hosts;
        for (const Id<Host> host : pool_.hosts.ids()) hosts.push_back(host);
        std::stable_sort(hosts.begin(), hosts.end(), [this](Id<Host> a, Id<Host> b) {
            return pool_.hosts[a].memory > pool_.hosts[b].memory;
        });
        if (hosts.size() > hosts_max) hosts.resize(hosts_max);
        std::int64_t best = most + 1;
        Id<Host> where = Id<Host>::none();
        for (const Id<Host> host : hosts) {
            if (best <= 1) break;
            const std::int64_t more = least(best - 1, [&](std::int64_t some) {
                Sets sets = larger(host, some);
                return with_memory(sets).has_value();
            });
            if (more == 0) continue;
            best = more;
            where = host;
        }
        if (where.is_none()) return add_everywhere();
        offer_memory("add " + gibibytes_text(best) + " of memory to " + pool_.hosts[where].name,
                     larger(where, best));
    }

    void add_everywhere() {
        const auto sets_for = [this](std::int64_t more) {
            const Host& first = pool_.hosts[pool_.coordinator];
            const bool all_equal =
                std::all_of(pool_.hosts.begin(), pool_.hosts.end(), [&](const Host& one) {
                    return one.memory == first.memory && one.memory_after == first.memory_after;
                });
            if (all_equal) return larger("hosts.*", first, more);
            Sets sets;
            for (const Id<Host> host : pool_.hosts.ids()) {
                const Sets one = larger(host, more);
                sets.insert(sets.end(), one.begin(), one.end());
            }
            return sets;
        };
        const std::int64_t more = least(256, [&](std::int64_t some) {
            Sets sets = sets_for(some);
            return with_memory(sets).has_value();
        });
        if (more == 0) return;
        offer_memory("add " + gibibytes_text(more) + " of memory to every host", sets_for(more));
    }

    const Scenario& scenario_;
    const Pool& pool_;
    const Reread& reread_;
    PlanOptions options_;
    std::vector<RepairRow> rows_;
    int tries_ = 0;
};

}  // namespace

std::vector<RepairRow> find_repairs(const Scenario& scenario, const Reread& reread,
                                    const PlanOptions& options) {
    return Workshop(scenario, reread, options).all();
}

}  // namespace vacate
