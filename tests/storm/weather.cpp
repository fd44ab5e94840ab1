// Swarm testing: each seed turns on few or many kinds of faults, each seldom or often.
#include "tests/storm/weather.hpp"

#include <algorithm>
#include <array>

#include "model/check.hpp"
#include "sim/live/canary.hpp"
#include "sim/search/plan_job.hpp"
#include "tests/support/world.hpp"

namespace vacate::storm {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Chances of the kinds of faults, of which a seed turns on a share.
class Swarm {
  public:
    explicit Swarm(Random& random) : random_(&random) {
        constexpr std::array<std::uint64_t, 6> shares{0, 1, 2, 4, 6, 9};
        share_ = shares[random.below(shares.size())];
    }
    bool on() { return random_->chance(share_, 10); }
    /// Nothing, or up to `most` permille; small chances as likely as large ones.
    std::int64_t permille(std::int64_t most) {
        if (!on()) return 0;
        return random_->chance(1, 2) ? random_->between(1, std::max<std::int64_t>(most / 8, 1))
                                     : random_->between(1, most);
    }

  private:
    Random* random_;
    std::uint64_t share_ = 0;
};

Duration between(Random& random, Duration low, Duration high) {
    return Duration{random.between(low.count(), high.count())};
}

// Some VMs have disks on a storage of their host alone; some of these may take them along.
void draw_local_disks(Random& random, World& world) {
    std::vector<Id<Storage>> local;
    for (Host& host : world.pool.hosts) {
        const Bytes free = gibibytes(random.between(0, 60));
        local.push_back(world.pool.storages.push_back({"local-" + host.name, "lvm", false, free}));
        host.storages.push_back(local.back());
    }
    for (const Id<Vm> id : world.pool.vms.ids()) {
        const Id<Host> host = world.state.vms[id].host;
        if (host.is_none() || !random.chance(1, 4)) continue;
        Vm& vm = world.pool.vms[id];
        vm.mobility = random.chance(1, 8) ? Mobility::pinned : Mobility::storage;
        vm.storages = {local[host.index]};
        vm.local_disk = gibibytes(random.between(1, 40));
    }
}

Scenario draw_start(Random& random) {
    World world = random_world(random, {2, 5, 8, true, random.chance(1, 3)});
    world.state.auto_power_on.on = random.chance(1, 4);
    const auto hosts = static_cast<std::uint32_t>(world.pool.hosts.size());
    world.pool.coordinator = Id<Host>{static_cast<std::uint32_t>(random.below(hosts))};
    world.pool.name = "storm";
    if (random.chance(1, 4)) draw_local_disks(random, world);
    for (const Id<Vm> id : world.pool.vms.ids()) {
        if (!random.chance(1, 16)) continue;
        VmState& vm = world.state.vms[id];
        if (vm.host.is_none()) continue;
        world.state.hosts[vm.host].committed -= charge_in(world.pool, world.state, id);
        keep_range(world.pool.vms[id]);
        --world.state.hosts[vm.host].vms;
        vm = VmState{};
        vm.power = Power::halted;
    }
    return {"", std::move(world.pool), std::move(world.state), {}, {}};
}

Job draw_placement(Random& random, const Scenario& start) {
    Job job;
    job.action = HostAction::place;
    const Pool& pool = start.pool;
    job.goal = Placement(pool.vms.size(), Id<Host>::none());
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> at = start.state.vms[vm].host;
        if (at.is_none() || random.chance(1, 2)) continue;
        job.goal[vm] = Id<Host>{static_cast<std::uint32_t>(random.below(pool.hosts.size()))};
    }
    return job;
}

Job draw_job(Random& random, const Scenario& start) {
    Job job;
    if (random.chance(1, 4)) job.home = random.chance(1, 2) ? Home::original : Home::balanced;
    if (!random.chance(1, 5)) return job;
    if (random.chance(1, 3)) return draw_placement(random, start);
    constexpr std::array<HostAction, 3> actions{HostAction::upgrade, HostAction::reboot,
                                                HostAction::evacuate};
    job.action = actions[static_cast<std::size_t>(random.between(0, 2))];
    if (job.action == HostAction::evacuate) job.home = Home::none;
    for (const Id<Host> id : start.pool.hosts.ids()) {
        const bool first = job.action == HostAction::upgrade && id == start.pool.coordinator;
        if (first || random.chance(1, 2)) job.hosts.push_back(id);
    }
    if (job.hosts.empty()) job.action = HostAction::upgrade;
    return job;
}

live::Mission draw_mission(Random& random, const Job& job) {
    live::Mission mission;
    mission.job = job;
    mission.search.effort = random.between(1, 400);
    mission.search.seed = random.next();
    mission.search.placements_max = random.chance(1, 10) ? 2'000 : 0;
    mission.search.explain_no = false;
    mission.search.moments_max = 0;  // the shortest of schedules is nothing to a storm
    mission.ask_before_hosts = random.chance(1, 8);
    mission.go_on_without = random.chance(3, 4);
    mission.look_every = between(random, seconds(20), seconds(180));
    mission.grace = between(random, seconds(10), seconds(120));
    mission.host_patience = between(random, minutes(2), minutes(20));
    mission.host_deadline = between(random, minutes(20), minutes(60));
    mission.away_max = between(random, minutes(10), minutes(40));
    const auto later = [&random] { return between(random, minutes(1), std::chrono::hours(4)); };
    if (random.chance(1, 3)) mission.silence_max = between(random, seconds(20), minutes(5));
    if (random.chance(1, 12)) mission.finish_by = Instant{later()};
    if (random.chance(1, 12)) mission.mixed_max = later();
    mission.stop_when_mixed_too_long = random.chance(1, 2);
    mission.retries = static_cast<int>(random.between(1, 5));
    mission.replans = static_cast<int>(random.between(1, 8));
    return mission;
}

void draw_faults(Random& random, Weather& weather) {
    Swarm swarm(random);
    live::Temper& temper = weather.temper;
    temper.enforces_memory = random.chance(1, 2);
    temper.enforces_versions = random.chance(1, 2);
    temper.upgrades = weather.mission.job.action != HostAction::reboot;
    temper.enables_itself = random.chance(1, 3);
    temper.hands_over = weather.mission.hands_over = random.chance(1, 4);
    temper.moves_guests = random.chance(1, 3);
    temper.migration_fails = swarm.permille(400);
    temper.migration_halts = swarm.permille(100);
    temper.refuses_for_now = swarm.permille(300);
    temper.vm_stays = swarm.permille(150);
    temper.host_late = swarm.permille(400);
    temper.host_never = swarm.permille(200);
    temper.host_same = swarm.permille(200);
    temper.host_other = swarm.permille(200);
    temper.storage_late = swarm.permille(500);
    for (std::int64_t& chance : weather.wire.chances) chance = swarm.permille(250);
    for (std::int64_t& weight : weather.meddles) weight = swarm.on() ? random.between(1, 8) : 0;
    if (swarm.on()) weather.meddles_every = between(random, minutes(1), minutes(30));
    if (swarm.on()) weather.told_permille = random.between(1, 300);
    weather.death_permille = swarm.permille(100);
    if (swarm.on()) weather.dies_at_write = random.between(0, 120);
    weather.deaths_max = static_cast<int>(random.between(1, 8));
    weather.locked = random.chance(1, 40);
    weather.calm_at = Instant{between(random, minutes(5), std::chrono::hours(4))};
    temper.until = weather.wire.until = weather.calm_at;
    weather.wire.grace = temper.unseen_max = weather.mission.grace;
}

}  // namespace

Weather draw_weather(std::uint64_t seed) {
    Random random = Random::stream(seed, 0, 0, 0);
    constexpr int tries = 200;
    for (int i = 0; i < tries; ++i) {
        Weather weather;
        weather.start = draw_start(random);
        weather.mission = draw_mission(random, draw_job(random, weather.start));
        Pool pool = weather.start.pool;
        PoolState state = weather.start.state;
        narrow(weather.mission.job, pool, state);
        PlanOptions options = weather.mission.search;
        options.bounds = Effort::quick;
        auto planned = plan_job(pool, state, weather.mission.job, options);
        if (!planned || planned->plan.steps.empty()) continue;
        weather.plan = std::move(planned->plan);
        draw_faults(random, weather);
        if (live::is_broken(live::Canary::restarts_unseen)) {
            // Plans empty hosts first; only what comes to them behind that tells.
            weather.meddles[static_cast<std::size_t>(Meddling::create_vm)] = 8;
            weather.meddles[static_cast<std::size_t>(Meddling::enable_host)] = 8;
            weather.meddles_every = minutes(1);
        }
        if (live::is_broken(live::Canary::trusts_one_look)) {
            // Of what goes on unseen only hosts that take more than they have tell.
            weather.meddles.fill(0);
            weather.meddles[static_cast<std::size_t>(Meddling::restart_toolstack)] = 8;
            weather.meddles_every = minutes(2);
            weather.temper.enforces_memory = false;
        }
        if (live::is_broken(live::Canary::decides_at_once)) weather.mission.grace = Duration{};
        if (live::is_broken(live::Canary::never_gives_up)) {
            weather.mission.retries = weather.mission.replans = 1'000'000'000;
        }
        return weather;
    }
    VACATE_CHECK(false, "no pool with a plan was drawn");
    return {};
}

}  // namespace vacate::storm
