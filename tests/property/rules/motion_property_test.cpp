// One law for each rule about VMs: R1, R2, R5, R7, R8, R9, R10.
#include <algorithm>
#include <optional>

#include "model/audit.hpp"
#include "tests/property/rules/on_walks.hpp"
#include "tests/support/naive_pause.hpp"
#include "tests/support/recount.hpp"

namespace vacate {
namespace {

// The host that a step brings a VM to; none for other steps.
Id<Host> arrival(const Step& step) {
    if (const auto* one = std::get_if<Resume>(&step)) return one->host;
    if (const auto* one = std::get_if<Start>(&step)) return one->host;
    return subject_of(step).to;
}

TEST_CASE("R1: no host is ever overcommitted", "[transition][R1][law]") {
    const Preparation crowd = [](Random& random, World& world) {
        for (Host& host : world.pool.hosts) {
            if (random.chance(1, 2)) host.memory = host.memory_after = 10_GiB;
        }
        if (overcommitted(world.pool, world.state).empty()) return;
        for (Host& host : world.pool.hosts) host.memory = host.memory_after = 24_GiB;
    };
    on_walks("memory is there for all, at every moment", {}, crowd, [](const Moment& at) {
        const std::string names = overcommitted(at.pool(), at.after());
        return names.empty() ? names : names + "hold more than they have";
    });
}

TEST_CASE("R1: audit() finds exactly the hosts that hold too much", "[audit][R1][law]") {
    on_walks("facts are believed, and named", {.failures = true, .facts = true}, {},
             [](const Moment& at) {
                 std::string named;
                 for (const Violation& one : audit(at.pool(), at.after())) {
                     if (one.rule != Rule::r1_memory) continue;
                     named += at.pool().hosts[one.host].name + " ";
                 }
                 const std::string counted = overcommitted(at.pool(), at.after());
                 return named == counted ? "" : "audit says [" + named + "] not [" + counted + "]";
             });
}

TEST_CASE("R2: the version under a running VM never gets older", "[transition][R2][law]") {
    on_walks("a VM goes forward only", {}, {}, [](const Moment& at) -> std::string {
        const VersionRule rule = at.pool().version_rule;
        for (const Id<Vm> vm : at.pool().vms.ids()) {
            const VmState& was = at.before.vms[vm];
            const VmState& is = at.after().vms[vm];
            if (was.power != Power::running || is.host.is_none()) continue;
            const Version& old_one = version_in(at.pool(), at.before, was.host);
            const Version& new_one = version_in(at.pool(), at.after(), is.host);
            if (!not_older(rule, new_one, old_one)) return at.pool().vms[vm].name + " went back";
        }
        const Step* step = at.begun();
        if (step == nullptr || is_migration(*step) || arrival(*step).is_none()) return "";
        if (!is_mixed(at.pool(), at.before)) return "";
        for (const Id<Host> host : at.pool().hosts.ids()) {
            const Version& target = version_in(at.pool(), at.before, arrival(*step));
            if (not_older(rule, target, version_in(at.pool(), at.before, host))) continue;
            return "a VM starts on a host older than " + at.pool().hosts[host].name;
        }
        return "";
    });
}

bool has(const auto& sorted, auto id) {
    return std::find(sorted.begin(), sorted.end(), id) != sorted.end();
}

// What the host lacks for the VM, read from the pool line by line.
std::string missing(const Pool& pool, const VmState& now, const Vm& vm, const Host& host) {
    const bool moved = !now.storage.is_none();
    for (const Id<Storage> storage : vm.storages) {
        const bool left_behind = moved && !pool.storages[storage].shared;
        if (!left_behind && !has(host.storages, storage)) return "storage";
    }
    if (moved && !has(host.storages, now.storage)) return "its own storage";
    if (vm.cd && !now.cd_ejected && !has(host.storages, *vm.cd)) return "the CD";
    for (const Id<Network> network : vm.networks) {
        if (!has(host.networks, network)) return "network";
    }
    const auto& offered = vm.domain == DomainType::pv ? host.pv_features : host.hvm_features;
    if (vm.features && offered && !runs_on(*vm.features, *offered)) return "CPU features";
    if (!vm.vcpu_unrestricted && host.cpus != 0 && vm.vcpus > host.cpus) return "CPUs";
    return "";
}

TEST_CASE("R5: a VM comes only to a host that takes VMs and has what it needs",
          "[transition][R5][law]") {
    on_walks("arrivals are reachable", {}, {}, [](const Moment& at) -> std::string {
        const Step* step = at.begun();
        if (step == nullptr || arrival(*step).is_none()) return "";
        const HostState& host = at.before.hosts[arrival(*step)];
        if (host.phase != HostPhase::enabled || host.busy) return "the target takes no VMs";
        if (subject_of(*step).from == arrival(*step)) return "a move to where it is";
        const Id<Vm> vm = subject_of(*step).vm;
        const std::string lack = missing(at.pool(), at.after().vms[vm], at.pool().vms[vm],
                                         at.pool().hosts[arrival(*step)]);
        return lack.empty() ? "" : "the target lacks " + lack;
    });
}

void group_all(Random& random, World& world) {
    const auto kind = random.chance(1, 2) ? Group::Kind::apart : Group::Kind::together;
    if (world.pool.vms.size() < 2) return;
    const std::string first = world.pool.vms[Id<Vm>{0}].name;
    const std::string second = world.pool.vms[Id<Vm>{1}].name;
    group(world, kind, {first, second});
}

// Both hosts of a VM: where it is and where it goes.
std::vector<Id<Host>> places(const VmState& vm) {
    std::vector<Id<Host>> hosts;
    for (const Id<Host> host : {vm.host, vm.to}) {
        if (!host.is_none()) hosts.push_back(host);
    }
    return hosts;
}

// The pairs of VMs that share a host although they must not, or are on three hosts together.
std::int64_t broken_pairs(const Pool& pool, const PoolState& state, Group::Kind kind) {
    std::int64_t count = 0;
    for (const Group& group : pool.groups) {
        if (group.kind != kind) continue;
        for (const Id<Vm> a : group.members) {
            for (const Id<Vm> b : group.members) {
                if (b <= a) continue;
                std::vector<Id<Host>> all = places(state.vms[a]);
                const std::vector<Id<Host>> others = places(state.vms[b]);
                const bool share = std::any_of(all.begin(), all.end(),
                                               [&](Id<Host> host) { return has(others, host); });
                all.insert(all.end(), others.begin(), others.end());
                std::sort(all.begin(), all.end());
                all.erase(std::unique(all.begin(), all.end()), all.end());
                count += kind == Group::Kind::apart ? share : all.size() > 2;
            }
        }
    }
    return count;
}

TEST_CASE("R7: no step brings VMs together that must stay apart", "[transition][R7][law]") {
    for (const Group::Kind kind : {Group::Kind::apart, Group::Kind::together}) {
        on_walks(kind == Group::Kind::apart ? "apart stays apart" : "together is on two hosts", {},
                 group_all, [kind](const Moment& at) {
                     const bool worse = broken_pairs(at.pool(), at.after(), kind) >
                                        broken_pairs(at.pool(), at.before, kind);
                     return worse ? "a group was broken" : "";
                 });
    }
}

TEST_CASE("R8: every VM gets what its mobility allows, and nothing else", "[transition][R8][law]") {
    on_walks("mobility is kept", {}, {}, [](const Moment& at) -> std::string {
        if (at.begun() == nullptr || subject_of(*at.begun()).vm.is_none()) return "";
        const Id<Vm> vm = subject_of(*at.begun()).vm;
        const Mobility mobility = at.pool().vms[vm].mobility;
        const VmState& was = at.before.vms[vm];
        const bool moved = !was.storage.is_none();
        if (at.begun_as<Migrate>() != nullptr && mobility != Mobility::live &&
            !(mobility == Mobility::storage && moved)) {
            return "migrated, but cannot be";
        }
        if (at.begun_as<MigrateStorage>() != nullptr && (mobility != Mobility::storage || moved)) {
            return "disks moved, but need not be";
        }
        if (at.begun_as<Suspend>() != nullptr && mobility != Mobility::suspend) return "suspended";
        if (at.begun_as<Stop>() != nullptr && mobility != Mobility::restart) return "stopped";
        const bool comes_back = !is_migration(*at.begun()) && !arrival(*at.begun()).is_none();
        if (comes_back && was.parked != arrival(*at.begun())) return "back at another place";
        return "";
    });
}

// ---- R9, by trying every way to put the homeless somewhere

struct Refuge {
    const Pool& pool;
    const PoolState& state;
    std::vector<char> lost;
    std::vector<Id<Vm>> homeless;
    std::vector<Bytes> room;

    // In every order too: a VM may need more to be admitted than it keeps.
    bool place_all() {
        if (homeless.empty()) return true;
        for (std::size_t i = 0; i < homeless.size(); ++i) {
            const Id<Vm> vm = homeless[i];
            homeless.erase(homeless.begin() + static_cast<std::ptrdiff_t>(i));
            const bool found = place_rest_behind(vm);
            homeless.insert(homeless.begin() + static_cast<std::ptrdiff_t>(i), vm);
            if (found) return true;
        }
        return false;
    }

    bool place_rest_behind(Id<Vm> vm) {
        for (const Id<Host> host : pool.hosts.ids()) {
            const bool open = !lost[host.index] && state.hosts[host].phase == HostPhase::enabled;
            if (!open || room[host.index] < pool.vms[vm].admission) continue;
            if (!missing(pool, state.vms[vm], pool.vms[vm], pool.hosts[host]).empty()) continue;
            room[host.index] -= pool.vms[vm].memory;
            if (place_all()) return true;
            room[host.index] += pool.vms[vm].memory;
        }
        return false;
    }

    bool exists() {
        for (const Id<Host> host : pool.hosts.ids()) {
            const Host& one = pool.hosts[host];
            room.push_back((state.hosts[host].upgraded ? one.memory_after : one.memory) -
                           held_by(pool, state, host));
        }
        for (const Id<Vm> vm : pool.vms.ids()) {
            const Id<Host> host = state.vms[vm].host;
            if (pool.vms[vm].protect && !host.is_none() && lost[host.index]) {
                homeless.push_back(vm);
            }
        }
        return place_all();
    }
};

bool survives_any_loss(const Pool& pool, const PoolState& state) {
    for (const Id<Host> dying : pool.hosts.ids()) {
        std::vector<char> lost(pool.hosts.size(), 0);
        const std::string& domain = pool.hosts[dying].domain;
        for (const Id<Host> host : pool.hosts.ids()) {
            const bool with_it = !domain.empty() && pool.hosts[host].domain == domain;
            if (host == dying || with_it) lost[host.index] = 1;
        }
        if (!Refuge{pool, state, std::move(lost), {}, {}}.exists()) return false;
    }
    return true;
}

TEST_CASE("R9: behind every step any host may be lost", "[transition][R9][law]") {
    const Preparation protect = [](Random& random, World& world) {
        world.pool.policy.spare_hosts = 1;
        for (Vm& vm : world.pool.vms) vm.protect = random.chance(3, 4);
    };
    // One step at a time, as plans with spare hosts are: of two that overlap, each is judged with
    // the other still under way.
    on_walks("protected VMs find room", {.overlap = false}, protect,
             [](const Moment& at) -> std::string {
                 // What failed is as it was before it began, and that was judged.
                 if (!at.accepted || std::holds_alternative<Failed>(at.event)) return "";
                 // A CD ties its VM to hosts that see it, and nobody asks R9 before inserting.
                 const auto* ended = std::get_if<Ended>(&at.event);
                 if (ended && std::holds_alternative<InsertCd>(ended->step)) return "";
                 if (!survives_any_loss(at.pool(), at.before)) return "";
                 if (survives_any_loss(at.pool(), at.after())) return "";
                 return "a loss would leave a protected VM without a place";
             });
}

TEST_CASE("R9: audit() promises no refuge that is not there", "[audit][R9][law]") {
    const Preparation protect = [](Random& random, World& world) {
        world.pool.policy.spare_hosts = 1;
        for (Vm& vm : world.pool.vms) vm.protect = random.chance(3, 4);
    };
    on_walks("no violation, so any host may be lost", {.failures = true, .facts = true}, protect,
             [](const Moment& at) -> std::string {
                 for (const Violation& one : audit(at.pool(), at.after())) {
                     if (one.rule == Rule::r9_spare) return "";
                 }
                 return survives_any_loss(at.pool(), at.after()) ? "" : "audit() says all is well";
             });
}

TEST_CASE("R10: no migration begins that may pause its VM for too long", "[transition][R10][law]") {
    const Preparation limit = [](Random& random, World& world) {
        for (Vm& vm : world.pool.vms) {
            vm.mobility = Mobility::live;
            vm.pause_limit = std::chrono::milliseconds(random.between(0, 200));
        }
    };
    on_walks("the predicted pause stays within its limit", {}, limit,
             [](const Moment& at) -> std::string {
                 if (at.begun() == nullptr || !is_migration(*at.begun())) return "";
                 const StepSubject subject = subject_of(*at.begun());
                 const Vm& vm = at.pool().vms[subject.vm];
                 if (!vm.pause_limit) return "";
                 const NaivePause pause = naive_pause(at.pool(), vm, at.pool().hosts[subject.from],
                                                      at.pool().hosts[subject.to]);
                 // In exponentials the last byte may differ, and with it the microsecond.
                 if (pause.is_close) return "";
                 const std::int64_t unsure = pause.is_exact ? 0 : 10;
                 if (pause.microseconds <= vm.pause_limit->count() + unsure) return "";
                 return vm.name + " may pause for " + std::to_string(pause.microseconds) + " us";
             });
}

}  // namespace
}  // namespace vacate
