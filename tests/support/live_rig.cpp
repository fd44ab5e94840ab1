// Orders carried out after a while, and looks at how things are.
#include "tests/support/live_rig.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "model/codec/journal_text.hpp"
#include "model/effect.hpp"
#include "sim/search/plan_job.hpp"

namespace vacate {
namespace {

using std::chrono::seconds;

[[noreturn]] void stop_tests(const std::string& why) {
    std::fprintf(stderr, "the pool was harmed: %s\n", why.c_str());
    std::abort();
}

}  // namespace

LiveRig::LiveRig(World drawn) : world(std::move(drawn)) {
    for (Host& one : world.pool.hosts) one.upgrade_time = seconds(60);
    for (const Id<Host> id : world.pool.hosts.ids()) {
        HostTruth truth;
        truth.upgraded = world.state.hosts[id].upgraded;
        truth.enabled = world.state.hosts[id].phase == HostPhase::enabled;
        hosts.push_back(truth);
    }
    for (const Id<Vm> id : world.pool.vms.ids()) {
        VmTruth truth;
        truth.host = world.state.vms[id].host;
        truth.power = world.state.vms[id].power;
        truth.cd = world.pool.vms[id].cd.has_value();
        vms.push_back(truth);
    }
    ha = world.state.ha.on;
}

Duration LiveRig::lasts(const Order& order) const {
    if (order.act == Act::restart_host) return seconds(60);
    if (order.act == Act::migrate && moves_last) return *moves_last;
    return order.vm.empty() ? seconds(1) : seconds(10);
}

bool LiveRig::is_coordinator_down() const { return !hosts[world.pool.coordinator].live; }

Id<Host> LiveRig::host_id(const std::string& name) const { return host(world, name); }
LiveRig::HostTruth& LiveRig::host_called(const std::string& name) {
    return hosts[host(world, name)];
}
LiveRig::VmTruth& LiveRig::vm_called(const std::string& name) { return vms[vm(world, name)]; }

std::int64_t LiveRig::times_sent(const std::string& description) const {
    return std::count_if(sent.begin(), sent.end(),
                         [&](const Order& order) { return describe(order) == description; });
}

// What must never be asked for, however the pool misbehaves.
void LiveRig::judge_safety(const Order& order) const {
    const Pool& pool = world.pool;
    if (order.act == Act::restart_host) {
        const Id<Host> id = host(world, order.host);
        if (hosts[id].enabled) stop_tests("restart of an enabled host");
        for (const VmTruth& one : vms) {
            if (one.host == id) stop_tests("restart of a host with a VM");
        }
        const bool first = id == pool.coordinator || hosts[pool.coordinator].upgraded;
        if (!first) stop_tests("a member before the coordinator");
    }
    if (order.act == Act::migrate) {
        const bool older =
            hosts[host(world, order.host)].upgraded && !hosts[host(world, order.to)].upgraded;
        if (older) stop_tests("a move to an older host");
    }
}

void LiveRig::submit(const Commanded& command) {
    sent.push_back(command.order);
    judge_safety(command.order);
    if (instead) {
        if (auto answer = instead(command)) {
            answer->key = command.key;
            queue_.push_back(std::move(*answer));
            return;
        }
    }
    const bool mute = is_mute && is_mute(command);
    if (!mute) {
        Answered begun;
        begun.key = command.key;
        begun.kind = Answered::Kind::begun;
        queue_.push_back(begun);
    }
    work_.push_back({command, now + lasts(command.order), mute, false});
}

void LiveRig::look() {
    ++looks_;
    ++looks_asked;
}

void LiveRig::forget_answers() {
    for (Work& one : work_) one.mute = true;
    queue_.clear();
    looks_ = 0;
    crashed = false;
    records_until_crash.reset();
}

void LiveRig::carry_out(const Order& order) {
    const auto set_place = [&](Id<Host> place, Power power) {
        VmTruth& one = vms[vm(world, order.vm)];
        one.host = place;
        one.power = power;
    };
    switch (order.act) {
        case Act::lock_pool:
            lock = "run-1";
            break;
        case Act::unlock_pool:
            lock.clear();
            break;
        case Act::disable_ha:
        case Act::enable_ha:
            ha = order.act == Act::enable_ha;
            if (ha) ha_memo = order.memo;
            break;
        case Act::eject_cd:
        case Act::insert_cd:
            vms[vm(world, order.vm)].cd = order.act == Act::insert_cd;
            break;
        case Act::squeeze_memory:
        case Act::restore_memory:
            vms[vm(world, order.vm)].squeezed = order.act == Act::squeeze_memory;
            break;
        case Act::disable_host:
        case Act::enable_host:
            hosts[host(world, order.host)].enabled = order.act == Act::enable_host;
            break;
        case Act::migrate:
            set_place(host(world, order.to), Power::running);
            break;
        case Act::suspend:
            set_place(Id<Host>::none(), Power::suspended);
            break;
        case Act::stop:
            set_place(Id<Host>::none(), Power::halted);
            break;
        case Act::resume:
        case Act::start:
            set_place(host(world, order.host), Power::running);
            break;
        case Act::restart_host: {
            HostTruth& one = hosts[host(world, order.host)];
            one.live = true;
            one.upgraded = true;
            one.enabled = enables_itself;
            ++one.started;
            break;
        }
        default:
            break;
    }
}

void LiveRig::advance() {
    std::vector<Work> left;
    for (Work& one : work_) {
        const Order& order = one.command.order;
        if (order.act == Act::restart_host && !one.down) {
            one.down = true;
            hosts[host(world, order.host)].live = false;
        }
        if (one.ends > now) {
            left.push_back(one);
            continue;
        }
        carry_out(order);
        if (one.mute || order.act == Act::restart_host) continue;
        Answered done;
        done.key = one.command.key;
        done.kind = Answered::Kind::done;
        done.memo = order.act == Act::back_up_database ? "/backup/pool.db" : "";
        queue_.push_back(done);
    }
    work_ = std::move(left);
}

live::Snapshot LiveRig::snapshot() const {
    live::Snapshot seen;
    Scenario& scenario = seen.scenario;
    scenario.pool = world.pool;
    Pool& pool = scenario.pool;
    std::vector<Vm> present;
    for (const Id<Vm> id : pool.vms.ids()) {
        if (!vms[id].present) continue;
        Vm one = pool.vms[id];
        if (!vms[id].cd) one.cd.reset();
        if (vms[id].squeezed) one.squeeze = Bytes{};
        present.push_back(one);
    }
    if (present.size() < pool.vms.size()) {  // ids change: no group is kept
        pool.vms = Table<Vm>(present);
        pool.groups = {};
        pool.groups_of = Table<Vm, std::vector<Id<Group>>>(present.size());
    } else {
        pool.vms = Table<Vm>(present);
    }
    scenario.state = empty_state(pool);
    scenario.state.ha.on = ha;
    for (const Id<Host> id : pool.hosts.ids()) {
        const HostTruth& truth = hosts[id];
        Host& one = pool.hosts[id];
        HostState& state = scenario.state.hosts[id];
        if (truth.upgraded && !truth.other_version) {
            one.version = one.target;
            one.memory = one.memory_after;
            if (!state.upgraded) ++scenario.state.hosts_upgraded;
            state.upgraded = true;
        }
        if (truth.other_version) one.version.label = "v9", one.version.platform = {9};
        if (!truth.enabled) {
            state.phase = HostPhase::disabled;
            ++scenario.state.hosts_out;
        }
        live::HostLook look;
        look.live = truth.live;
        look.enabled = truth.enabled;
        look.attached = truth.attached;
        look.started = truth.started;
        for (const VmTruth& vm : vms) look.guests += vm.present && vm.host == id ? 1 : 0;
        seen.hosts.push_back(look);
    }
    for (const Id<Vm> id : pool.vms.ids()) {
        const Id<Vm> before = vm(world, pool.vms[id].name);
        live::VmLook look;
        look.busy = vms[before].busy;
        look.range = print_range({full_ram(pool.vms[id]), full_ram(pool.vms[id])});
        for (const Work& one : work_) {
            look.busy = look.busy || (!hides_work && one.command.order.vm == pool.vms[id].name);
        }
        seen.vms.push_back(look);
        scenario.state.vms[id].power = vms[before].power;
        if (vms[before].host.is_none()) continue;
        place(pool, scenario.state, id, vms[before].host);
    }
    for (const Id<Host> id : pool.hosts.ids()) {
        if (!hosts[id].live) lose(pool, scenario.state, id);
    }
    seen.lock = lock;
    if (ha) seen.ha = ha_memo;
    return seen;
}

std::vector<live::Observation> LiveRig::poll(Instant) {
    std::vector<live::Observation> all;
    const bool answers = reachable && !is_coordinator_down();
    for (; looks_ > 0; --looks_) {
        if (answers) {
            all.emplace_back(snapshot());
        } else {
            all.emplace_back(live::Unreachable{"connection refused"});
        }
    }
    if (answers) {
        all.insert(all.end(), queue_.begin(), queue_.end());
        queue_.clear();
    }
    return all;
}

Result<void> LiveRig::append(const std::vector<Record>& records) {
    for (const Record& record : records) {
        if (records_until_crash && journal.size() >= *records_until_crash) {
            crashed = true;
            return tl::unexpected<Error>(bad_input("journal", "", "no space left on device"));
        }
        journal.push_back(record);
    }
    return {};
}

void LiveRig::run(live::Executor& executor, Duration longest) {
    const Instant until = now + longest;
    while (!executor.is_over() && now < until) {
        now += seconds(1);
        advance();
        if (each_second) each_second();
        live::turn(executor, *this, *this, now);
    }
}

live::Mission small_mission() {
    live::Mission mission;
    mission.search.effort = 20'000;
    mission.look_every = seconds(5);
    mission.grace = seconds(20);
    mission.host_patience = seconds(60);
    mission.host_deadline = seconds(300);
    mission.away_max = seconds(120);
    return mission;
}

live::Executor new_run(const LiveRig& rig, const live::Mission& mission) {
    Scenario scenario = rig.scenario();
    narrow(mission.job, scenario.pool, scenario.state);
    const auto planned = plan_job(scenario.pool, scenario.state, mission.job, mission.search);
    if (!planned) stop_tests("there is no plan to begin with");
    return live::Executor(mission, Opened{"run-1", "pool", "2026-03-01T22:00:00Z", "{}"},
                          planned->plan, scenario);
}

bool all_upgraded(const LiveRig& rig) {
    return std::all_of(rig.hosts.begin(), rig.hosts.end(),
                       [](const auto& one) { return one.upgraded && one.enabled && one.live; });
}

bool all_run(const LiveRig& rig) {
    return std::all_of(rig.vms.begin(), rig.vms.end(), [](const auto& one) {
        return !one.present || (one.power == Power::running && !one.host.is_none());
    });
}

std::set<std::string> codes_of(const live::Executor& executor, Instant now) {
    std::set<std::string> codes;
    for (const Finding& one : executor.status(now).findings) codes.insert(one.code);
    return codes;
}

bool was_noted(const LiveRig& rig, const std::string& code) {
    return std::any_of(rig.journal.begin(), rig.journal.end(), [&code](const Record& record) {
        const auto* one = std::get_if<Noted>(&record.body);
        return one != nullptr && one->finding.code == code;
    });
}

live::Executor resumed(const LiveRig& rig, const live::Mission& mission) {
    std::string text;
    for (const Record& record : rig.journal) text += print_record(record);
    const auto read = read_journal(text, "journal");
    if (!read || !(read->journal == rig.journal)) stop_tests("the journal is not read back");
    auto executor = live::Executor::resume(mission, read->journal);
    if (!executor) stop_tests(executor.error().items.front().sentence);
    return std::move(*executor);
}

}  // namespace vacate
