// One law for each rule about hosts and the pool: R3, R4, R6, R11, R14, R15.
#include <algorithm>
#include <array>

#include "model/audit.hpp"
#include "tests/property/rules/on_walks.hpp"

namespace vacate {
namespace {

bool is_down(HostPhase phase) { return phase == HostPhase::down || phase == HostPhase::lost; }

// Every VM may leave, and nothing is on: then a walk gets as far as upgrading hosts.
void make_easy(Random& random, World& world) {
    for (Vm& vm : world.pool.vms) {
        if (vm.mobility == Mobility::pinned) vm.mobility = Mobility::suspend;
        vm.pause_limit.reset();
    }
    if (random.chance(1, 2)) world.state.backed_up = true;
    if (random.chance(1, 2)) {
        world.state.ha.on = world.state.wlb.on = world.state.auto_power_on.on = false;
    }
    if (random.chance(3, 4)) world.pool.policy.spare_hosts = 0;
}

TEST_CASE("R3: members follow the coordinator", "[transition][R3][law]") {
    on_walks("a member goes down only behind a coordinator that is ready", {}, make_easy,
             [](const Moment& at) -> std::string {
                 const auto* one = at.begun_as<Upgrade>();
                 if (one == nullptr || one->host == at.pool().coordinator) return "";
                 const HostState& first = at.before.hosts[at.pool().coordinator];
                 if (first.upgraded && first.phase == HostPhase::enabled) return "";
                 return "a member is upgraded before the coordinator is ready";
             });
}

TEST_CASE("R4: only an empty, disabled, old host goes down", "[transition][R4][law]") {
    on_walks("nothing is on a host that goes down", {}, make_easy,
             [](const Moment& at) -> std::string {
                 const auto* one = at.begun_as<Upgrade>();
                 if (one == nullptr) return "";
                 const HostState& host = at.before.hosts[one->host];
                 if (host.phase != HostPhase::disabled) return "it was not disabled";
                 if (host.upgraded) return "it was upgraded before";
                 for (const VmState& vm : at.before.vms) {
                     if (vm.host == one->host || vm.to == one->host) return "a VM is there";
                 }
                 return "";
             });
}

TEST_CASE("R6: no more hosts are out of use than allowed", "[transition][R6][law]") {
    const Preparation narrow = [](Random& random, World& world) {
        make_easy(random, world);
        world.pool.policy.hosts_down_max = random.between(0, 2);
    };
    on_walks("no disable beyond the limit", {}, narrow, [](const Moment& at) -> std::string {
        if (at.begun_as<DisableHost>() == nullptr) return "";
        std::int64_t out = 0;
        for (const HostState& host : at.after().hosts) {
            if (host.phase == HostPhase::disabled || host.phase == HostPhase::down) ++out;
        }
        return out <= at.pool().policy.hosts_down_max ? "" : "too many hosts are out";
    });
}

TEST_CASE("R11: nothing begins in a blackout, nothing goes on into one", "[transition][R11][law]") {
    on_walks("the coordinator is down alone", {.failures = true, .facts = true}, make_easy,
             [](const Moment& at) -> std::string {
                 if (at.begun() == nullptr) return "";
                 const Id<Host> coordinator = at.pool().coordinator;
                 if (is_down(at.before.hosts[coordinator].phase)) return "begun in a blackout";
                 const auto* one = at.begun_as<Upgrade>();
                 if (one == nullptr || one->host != coordinator) return "";
                 const bool alone = at.walk.under_way().size() == 1;  // itself
                 return alone ? "" : "the coordinator goes down while steps are under way";
             });
}

TEST_CASE("R14: what mixed mode blocks is done before, or not at all", "[transition][R14][law]") {
    on_walks("prepared, then upgraded", {}, make_easy, [](const Moment& at) -> std::string {
        const PoolState& was = at.before;
        const bool mixed = is_mixed(at.pool(), was);
        if (at.begun_as<Upgrade>() != nullptr) {
            if (was.ha.on || was.wlb.on || was.auto_power_on.on) return "a switch is on";
            if (!was.backed_up && !mixed) return "there is no backup";
        }
        if (at.begun_as<DisableHost>() != nullptr && was.ha.on) return "HA is on";
        const bool blocked =
            at.begun_as<EnableHa>() != nullptr || at.begun_as<BackUpDatabase>() != nullptr;
        return mixed && blocked ? "blocked while versions are mixed" : "";
    });
}

// The switches that we turned off last, as the events tell.
class Switches {
  public:
    void see(const Event& event, bool accepted) {
        const auto* ended = std::get_if<Ended>(&event);
        if (ended == nullptr || !accepted) return;
        const std::size_t first = Step{DisableHa{}}.index();  // off, on, off, on, off, on
        const std::size_t kind = ended->step.index();
        if (kind < first || kind >= first + 6) return;
        is_off_[(kind - first) / 2] = (kind - first) % 2 == 0;
    }
    [[nodiscard]] std::size_t off() const {
        return static_cast<std::size_t>(std::count(is_off_.begin(), is_off_.end(), true));
    }

  private:
    std::array<bool, 3> is_off_{};
};

// Hosts and VMs that differ from the start in a way that we caused, counted anew.
std::size_t owed(const Pool& pool, const PoolState& start, const PoolState& now) {
    std::size_t count = 0;
    for (const Id<Host> host : pool.hosts.ids()) {
        const bool was = start.hosts[host].phase == HostPhase::enabled;
        if (was && now.hosts[host].phase != HostPhase::enabled) ++count;
    }
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool ran = start.vms[vm].power == Power::running;
        const bool stands = ran && now.vms[vm].power != Power::running;
        const bool disc_is_out = now.vms[vm].cd_ejected && !start.vms[vm].cd_ejected;
        if (stands || disc_is_out) ++count;
    }
    return count;
}

TEST_CASE("R15: what is not as it was is listed, thing by thing", "[audit][R15][law]") {
    rc::prop("owed is what differs from the start", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        const int length = *rc::gen::inRange(0, 120);
        Random random(seed);
        World world = varied_world(random);
        make_easy(random, world);
        const World start = world;
        Walk walk(std::move(world), random.next());
        Switches switches;
        for (int i = 0; i < length; ++i) {
            const Event event = walk.propose();
            switches.see(event, walk.take(event));
            const auto listed = not_restored(start.pool, start.state, walk.state());
            const std::size_t things = owed(start.pool, start.state, walk.state());
            if (listed.size() == things + switches.off()) continue;
            RC_LOG() << "seed " << seed << ", event " << i << "\n"
                     << picture(start) << "then:\n"
                     << picture(walk.world());
            RC_FAIL("not_restored() lists " + std::to_string(listed.size()) + " things");
        }
    });
}

}  // namespace
}  // namespace vacate
