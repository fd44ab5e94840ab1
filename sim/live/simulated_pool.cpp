// The pool that is not there: orders, what refuses them, and what becomes of hosts and VMs.
#include "sim/live/simulated_pool.hpp"

#include <algorithm>
#include <utility>

#include "model/check.hpp"
#include "sim/live/act_kinds.hpp"
#include "sim/live/view.hpp"

namespace vacate::live {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// How long after the order a host goes down, and a silent one counts as dead (2.6, 4.5).
constexpr Duration reboot_delay = seconds(10);
constexpr Duration assumed_dead = seconds(600);
constexpr Duration never = hours(24 * 365);

int version_elsewhere(int target, bool newer) { return newer ? target + 10 : target - 5; }

template <class T>
std::size_t find(const std::vector<T>& all, const std::string& name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&name](const T& one) { return one.name == name; });
    return found == all.end() ? nowhere : static_cast<std::size_t>(found - all.begin());
}

}  // namespace

Bytes least_of(const std::string& range) { return read_range(range).value_or(MemoryRange{}).least; }

int version_number(const Version& version) {
    const auto digit = [&version](std::size_t at) {
        return version.platform.size() > at ? static_cast<int>(version.platform[at]) : 0;
    };
    return digit(0) * 10 + digit(1);
}

SimulatedPool::SimulatedPool(const Scenario& start, const Temper& temper, Random random)
    : start_(start), temper_(temper), random_(random) {
    const Pool& pool = start_.pool;
    coordinator_ = pool.coordinator.index;
    for (const Id<Host> id : pool.hosts.ids()) {
        const Host& host = pool.hosts[id];
        HostTruth truth;
        truth.name = host.name;
        truth.version = version_number(host.version);
        truth.target = version_number(host.target);
        truth.memory = truth.version == truth.target ? host.memory_after : host.memory;
        truth.enabled = start_.state.hosts[id].phase == HostPhase::enabled;
        hosts_.push_back(std::move(truth));
    }
    for (const Id<Vm> id : pool.vms.ids()) {
        const Vm& vm = pool.vms[id];
        const VmState& now = start_.state.vms[id];
        VmTruth truth;
        truth.name = vm.name;
        truth.memory = charge_in(pool, start_.state, id);
        truth.range = print_range({full_ram(vm), full_ram(vm)});
        truth.power = now.power;
        truth.host = now.host.is_none() ? nowhere : now.host.index;
        truth.off_by_hand = now.power != Power::running;
        truth.stays = happens(temper_.vm_stays);
        if (vm.cd) truth.disc = "disc of " + vm.name;
        truth.likeness = id.index;
        vms_.push_back(std::move(truth));
    }
    next_version_.resize(hosts_.size());
    ha_.on = start_.state.ha.on;
    wlb_.on = start_.state.wlb.on;
    auto_power_on_.on = start_.state.auto_power_on.on;
}

// ---- questions

std::size_t SimulatedPool::find_host(const std::string& name) const { return find(hosts_, name); }

std::size_t SimulatedPool::find_vm(const std::string& name) const {
    const std::size_t found = find(vms_, name);
    return found != nowhere && vms_[found].deleted ? nowhere : found;
}

bool SimulatedPool::switches_ha() const {
    return std::any_of(operations_.begin(), operations_.end(), [](const Operation& one) {
        return one.act == Act::enable_ha || one.act == Act::disable_ha;
    });
}

bool SimulatedPool::is_busy(std::size_t vm) const {
    return std::any_of(operations_.begin(), operations_.end(),
                       [vm](const Operation& one) { return one.vm == vm; });
}

bool SimulatedPool::is_seen_busy(std::size_t vm) const {
    return std::any_of(operations_.begin(), operations_.end(),
                       [vm](const Operation& one) { return one.vm == vm && !one.forgotten; });
}

// Operations that XAPI writes down at the host itself, those that bring VMs included (2.4).
bool SimulatedPool::has_work(std::size_t host) const {
    return std::any_of(operations_.begin(), operations_.end(), [host](const Operation& one) {
        if (one.forgotten) return false;
        if (is_about_host(one.act)) return one.host == host;
        return is_arrival(one.act) && one.to == host;
    });
}

Bytes SimulatedPool::used(std::size_t host) const {
    Bytes sum;
    for (const VmTruth& vm : vms_) {
        if (vm.power == Power::running && vm.host == host) sum += vm.memory;
    }
    for (const Operation& one : operations_) {
        if (is_arrival(one.act) && one.to == host) sum += vms_[one.vm].memory;
        const bool grows = changes_range(one.act) && vms_[one.vm].host == host;
        if (grows) sum += std::max(Bytes{}, least_of(one.range) - least_of(vms_[one.vm].range));
    }
    return sum;
}

std::int64_t SimulatedPool::guests(std::size_t host) const {
    std::int64_t count = 0;
    for (const VmTruth& vm : vms_) {
        const bool here = vm.power == Power::running && vm.host == host;
        if (here || vm.believed_on == host) ++count;
    }
    for (const Operation& one : operations_) {
        if (is_arrival(one.act) && one.to == host) ++count;
    }
    return count;
}

std::int64_t SimulatedPool::guests_seen(std::size_t host) const {
    const auto unseen = [host](const Operation& one) {
        return one.forgotten && is_arrival(one.act) && one.to == host;
    };
    return guests(host) - std::count_if(operations_.begin(), operations_.end(), unseen);
}

bool SimulatedPool::is_mixed() const {
    return std::any_of(hosts_.begin(), hosts_.end(), [this](const HostTruth& host) {
        return host.version != hosts_[coordinator_].version;
    });
}

bool SimulatedPool::answers() const {
    return hosts_[coordinator_].runs && hosts_[coordinator_].heard;
}

std::optional<Instant> SimulatedPool::next_at() const {
    std::optional<Instant> first;
    const auto consider = [&first](Instant at) {
        if (!first || at < *first) first = at;
    };
    for (const Timer& timer : timers_) consider(timer.at);
    for (const Operation& one : operations_) consider(one.ends);
    return first;
}

// ---- chance

bool SimulatedPool::happens(std::int64_t permille) {
    const bool drawn = random_.chance(static_cast<std::uint64_t>(permille), 1000);
    return drawn && !is_calm();
}

Duration SimulatedPool::draw(std::int64_t low_ms, std::int64_t high_ms) {
    return std::chrono::milliseconds(random_.between(low_ms, high_ms));
}

// ---- orders

Operation SimulatedPool::plan_operation(const Commanded& command, const Subjects& at) {
    const Act act = command.order.act;
    Operation one{act,
                  command.key,
                  at.vm,
                  at.host,
                  at.to,
                  now_,
                  {},
                  false,
                  command.order.memo,
                  wanted_range(command.order),
                  id_of(start_.pool.storages, command.order.storage)};
    switch (act) {
        case Act::migrate:
        case Act::migrate_storage:
            one.ends += random_.chance(1, 30) ? draw(120'000, 900'000) : draw(3'000, 120'000);
            one.host = vms_[at.vm].host;
            break;
        case Act::resume:
        case Act::start:
            one.to = at.host;
            [[fallthrough]];
        case Act::suspend:
        case Act::stop:
            one.ends += draw(3'000, 60'000);
            break;
        case Act::back_up_database:
            one.ends += draw(500, 20'000);
            break;
        case Act::restart_host:
            one.ends += reboot_delay;
            return one;
        case Act::lock_pool:
        case Act::unlock_pool:
        case Act::disable_wlb:  // fields of the database: no operation goes on
        case Act::enable_wlb:
        case Act::disable_auto_power_on:
        case Act::enable_auto_power_on:
            return one;
        case Act::enable_ha:
            one.ends += draw(500, 60'000);
            break;
        default:
            if (random_.chance(1, 2)) one.ends += draw(500, 5'000);
            return one;
    }
    if (happens(temper_.migration_fails)) one.outcome = Operation::Outcome::failed;
    if (is_migration(act) && happens(temper_.migration_halts)) {
        one.outcome = Operation::Outcome::halted;
    }
    return one;
}

Answered SimulatedPool::give(const Commanded& command, const std::string& run) {
    VACATE_CHECK(answers(), "an order reached a pool that does not answer");
    const Order& order = command.order;
    const Subjects at{find_vm(order.vm), find_host(order.host), find_host(order.to)};
    Answered answer;
    answer.key = command.key;
    if (const Verdict refusal = judge(order, at, run)) {
        note(Happening::Kind::refused, order.act, command.key, at, refusal->code);
        answer.kind = Answered::Kind::refused;
        answer.advice = refusal->advice;
        answer.code = answer.sentence = refusal->code;
        return answer;
    }
    if (order.act == Act::restart_host && temper_.hands_over && command.key != 0) {
        note(Happening::Kind::began, order.act, command.key, at);
        const Instant then =
            now_ + (random_.chance(1, 2) ? draw(1'000, 60'000) : draw(60'000, 3'600'000));
        timers_.push_back({then, What::go_down, at.host, hosts_[at.host].started, command.key});
        answer.kind = Answered::Kind::begun;
        return answer;
    }
    const Operation one = plan_operation(command, at);
    note(Happening::Kind::began, one.act, one.key, {one.vm, one.host, one.to});
    if (one.ends > now_) {
        operations_.push_back(one);
        answer.kind = Answered::Kind::begun;
        return answer;
    }
    answer.kind = Answered::Kind::done;
    answer.memo = take_effect(one, run);
    note(Happening::Kind::done, one.act, one.key, {one.vm, one.host, one.to});
    return answer;
}

// Returns: what undoing it needs.
std::string SimulatedPool::take_effect(const Operation& one, const std::string& run) {
    const bool by_hand = one.key == 0;
    const auto turn = [by_hand](SwitchTruth& which, bool on) {
        which.off_by_order = !on && (which.off_by_order || (which.on && !by_hand));
        which.on = on;
    };
    switch (one.act) {
        case Act::lock_pool:
            lock_ = run;
            break;
        case Act::unlock_pool:
            lock_.clear();
            break;
        case Act::back_up_database:
            backed_up_ = backed_up_ || !is_mixed();  // else the dump is empty (1.7)
            break;
        case Act::disable_ha:
            turn(ha_, false);
            break;
        case Act::enable_ha:
            turn(ha_, true);
            ha_memo_ = by_hand ? ha_by_hand : one.memo;
            break;
        case Act::disable_wlb:
        case Act::enable_wlb:
            turn(wlb_, one.act == Act::enable_wlb);
            break;
        case Act::disable_auto_power_on:
        case Act::enable_auto_power_on:
            turn(auto_power_on_, one.act == Act::enable_auto_power_on);
            break;
        case Act::eject_cd:
            if (!by_hand) vms_[one.vm].disc_before = vms_[one.vm].disc;
            return std::exchange(vms_[one.vm].disc, {});
        case Act::insert_cd:
            vms_[one.vm].disc = one.memo;
            vms_[one.vm].disc_before.clear();
            break;
        case Act::squeeze_memory:
        case Act::restore_memory: {
            VmTruth& vm = vms_[one.vm];
            const bool squeezes = one.act == Act::squeeze_memory;
            if (squeezes && !by_hand && vm.range_before.empty()) vm.range_before = vm.range;
            if (!squeezes) vm.range_before.clear();
            vm.memory += least_of(one.range) - least_of(vm.range);
            vm.range = one.range;
            break;
        }
        case Act::disable_host: {
            HostTruth& host = hosts_[one.host];
            host.disabled_by_order = host.disabled_by_order || (host.enabled && !by_hand);
            host.enabled = false;
            break;
        }
        case Act::enable_host:
            hosts_[one.host].enabled = true;
            hosts_[one.host].disabled_by_order = false;
            break;
        case Act::restart_host:
            go_down(one.host, one.key);
            break;
        default:
            end_vm_operation(one);
    }
    return {};
}

void SimulatedPool::end_vm_operation(const Operation& one) {
    VmTruth& vm = vms_[one.vm];
    const bool by_hand = one.key == 0;
    switch (one.act) {
        case Act::migrate_storage:
            vm.disks = one.storage;
            [[fallthrough]];
        case Act::migrate:
            vm.host = one.to;
            break;
        case Act::suspend:
        case Act::stop:
            vm.power = one.act == Act::stop ? Power::halted : Power::suspended;
            vm.parked_on = by_hand ? nowhere : vm.host;
            vm.off_by_hand = by_hand;
            vm.host = nowhere;
            break;
        case Act::start:
        case Act::resume:
            vm.power = Power::running;
            vm.host = one.to;
            vm.parked_on = nowhere;
            vm.off_by_hand = false;
            break;
        default:
            break;
    }
}

void SimulatedPool::end(const Operation& one) {
    const Subjects at{one.vm, one.host, one.to};
    Answered answer;
    answer.key = one.key;
    answer.kind = Answered::Kind::done;
    if (one.outcome == Operation::Outcome::done) {
        answer.memo = take_effect(one, {});
        note(Happening::Kind::done, one.act, one.key, at);
    } else {
        answer.kind = Answered::Kind::refused;
        answer.advice = Answered::Advice::retry;
        answer.code = answer.sentence = "INTERNAL_ERROR";
        if (one.act == Act::enable_ha &&
            one.key != 0) {  // on, but not as it was: it stays somebody's debt
            ha_.on = true;
            ha_memo_ = ha_half_set;
        }
        note(Happening::Kind::failed, one.act, one.key, at);
    }
    if (one.outcome == Operation::Outcome::halted) {
        vms_[one.vm].power = Power::halted;
        vms_[one.vm].host = nowhere;
        note(Happening::Kind::killed, one.act, one.key, at);
    }
    const bool told = one.key != 0 && !one.forgotten && one.act != Act::restart_host;
    if (told) results_.push_back(std::move(answer));
}

std::vector<Answered> SimulatedPool::take_results() { return std::exchange(results_, {}); }

// ---- time and fate

void SimulatedPool::advance(Instant to) {
    for (std::optional<Instant> at = next_at(); at && *at <= to; at = next_at()) {
        now_ = std::max(now_, *at);
        const auto due = [this](const auto& one) { return one <= now_; };
        const auto operation = std::find_if(operations_.begin(), operations_.end(),
                                            [&due](const Operation& one) { return due(one.ends); });
        if (operation != operations_.end()) {
            const Operation one = *operation;
            operations_.erase(operation);
            end(one);
            continue;
        }
        const auto timer = std::find_if(timers_.begin(), timers_.end(),
                                        [&due](const Timer& one) { return due(one.at); });
        const Timer one = *timer;
        timers_.erase(timer);
        ring(one);
    }
    now_ = std::max(now_, to);
}

void SimulatedPool::ring(const Timer& timer) {
    HostTruth& host = hosts_[timer.host];
    if (timer.what == What::come_back) return come_back(timer.host);
    const bool outdated = timer.started != host.started;
    switch (timer.what) {
        case What::go_down:
            if (!outdated && host.runs) go_down(timer.host, timer.key);
            return;
        case What::miss:
            if (outdated || host.runs) return;
            host.heard = false;
            return note(Happening::Kind::not_heard, {}, 0, {nowhere, timer.host, nowhere});
        case What::hear:
            if (!outdated && host.runs) hear(timer.host);
            return;
        case What::attach:
            if (outdated || !host.runs) return;
            host.attached = true;
            return note(Happening::Kind::attached, {}, 0, {nowhere, timer.host, nowhere});
        case What::enable:
            if (outdated || !host.runs || host.enabled) return;
            host.enabled = true;
            host.disabled_by_order = false;
            return note(Happening::Kind::enabled, {}, 0, {nowhere, timer.host, nowhere});
        case What::come_back:
            return;
    }
}

void SimulatedPool::call_off(std::size_t host) {
    std::erase_if(timers_, [host](const Timer& one) {
        return one.what == What::go_down && (host == nowhere || one.host == host);
    });
}

// VMs of a host that goes down: some are moved away where the pool tries it, the others die.
void SimulatedPool::lose_guests(std::size_t host, std::uint64_t key) {
    std::vector<Operation> over;
    std::vector<Operation> left;
    for (const Operation& one : operations_) {
        const bool here = one.vm != nowhere && (vms_[one.vm].host == host || one.to == host);
        const bool about_it = is_about_host(one.act) && one.host == host;
        (here || about_it ? over : left).push_back(one);
    }
    operations_ = std::move(left);
    for (Operation& one : over) {
        one.outcome = Operation::Outcome::failed;
        end(one);
    }
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        VmTruth& vm = vms_[i];
        if (vm.power != Power::running || vm.host != host) continue;
        const bool moves = temper_.moves_guests && key != 0;
        std::size_t refuge = nowhere;
        for (std::size_t to = 0; moves && to < hosts_.size(); ++to) {
            const bool fits = used(to) + vm.memory <= hosts_[to].memory;
            if (to != host && hosts_[to].runs && hosts_[to].enabled && fits) refuge = to;
        }
        if (refuge != nowhere) {
            vm.host = refuge;
            continue;
        }
        vm.power = Power::halted;
        vm.host = nowhere;
        vm.believed_on = host;
        note(Happening::Kind::killed, {}, key, {i, host, nowhere});
    }
}

void SimulatedPool::go_down(std::size_t index, std::uint64_t key, Duration away) {
    HostTruth& host = hosts_[index];
    note(Happening::Kind::went_down, {}, key, {nowhere, index, nowhere});
    const bool ordered = key != 0;
    lose_guests(index, key);
    host.runs = false;
    host.attached = false;
    host.comes_back_enabled = ordered ? temper_.enables_itself : host.enabled;
    next_version_[index] = ordered && temper_.upgrades ? host.target : host.version;
    if (ordered && happens(temper_.host_same)) next_version_[index] = host.version;
    if (ordered && temper_.upgrades && happens(temper_.host_other)) {
        next_version_[index] = version_elsewhere(host.target, random_.chance(1, 2));
    }
    const Host& there = start_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(index)}];
    const std::int64_t usual = there.upgrade_time.count() / 1000;
    if (ordered) away = draw(usual / 2, usual * 6 / 5);
    if (ordered && happens(temper_.host_late)) away += draw(600'000, 10'800'000);
    if (ordered && happens(temper_.host_never)) {
        away = random_.chance(1, 2) ? never : temper_.until - now_ + draw(1'000, 3'600'000);
    }
    if (ordered) timers_.push_back({now_ + away, What::come_back, index, 0, 0});
    if (ordered || index == coordinator_) {
        host.heard = false;
    } else {
        timers_.push_back(
            {now_ + assumed_dead + draw(0, 30'000), What::miss, index, host.started, 0});
    }
    if (index == coordinator_) forget_operations(away);
}

// Tasks live in the memory of the coordinator (4.4); what hypervisors do goes on.
void SimulatedPool::forget_operations(Duration away) {
    results_.clear();
    const Instant latest = now_ + std::min(away, never) + temper_.unseen_max;
    std::vector<Operation> left;
    for (Operation one : operations_) {
        one.forgotten = true;
        const bool goes_on = (one.vm != nowhere && one.ends > now_) || one.act == Act::restart_host;
        if (!goes_on) continue;
        if (one.vm != nowhere && random_.chance(1, 4)) one.outcome = Operation::Outcome::failed;
        one.ends = std::min(one.ends, latest);
        left.push_back(one);
    }
    operations_ = std::move(left);
}

void SimulatedPool::restart_toolstack(Duration away) {
    if (!answers()) return;
    HostTruth& host = hosts_[coordinator_];
    host.heard = false;
    note(Happening::Kind::toolstack_down, {}, 0, {nowhere, coordinator_, nowhere});
    forget_operations(away);
    timers_.push_back({now_ + away, What::hear, coordinator_, host.started, 0});
    if (host.enabled || !temper_.enables_itself) return;
    timers_.push_back(
        {now_ + away + draw(1'000, 60'000), What::enable, coordinator_, host.started, 0});
}

void SimulatedPool::crash(std::size_t host, Duration away) {
    if (!hosts_[host].runs) return;
    go_down(host, 0, away);
    timers_.push_back({now_ + away, What::come_back, host, 0, 0});
}

void SimulatedPool::come_back(std::size_t index) {
    HostTruth& host = hosts_[index];
    const Host& there = start_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(index)}];
    host.runs = true;
    host.enabled = false;
    ++host.started;
    host.version = next_version_[index];
    if (host.version == host.target) host.memory = there.memory_after;
    note(Happening::Kind::came_back, {}, 0, {nowhere, index, nowhere});
    const Duration attaches =
        happens(temper_.storage_late) ? draw(30'000, 600'000) : draw(0, 20'000);
    timers_.push_back({now_ + draw(500, 20'000), What::hear, index, host.started, 0});
    timers_.push_back({now_ + attaches, What::attach, index, host.started, 0});
    if (host.comes_back_enabled) {
        const Instant at = now_ + draw(21'000, 60'000);
        timers_.push_back({at, What::enable, index, host.started, 0});
    }
}

void SimulatedPool::hear(std::size_t index) {
    HostTruth& host = hosts_[index];
    const bool coordinates = index == coordinator_;
    const bool joins = coordinates || (answers() && host.version <= hosts_[coordinator_].version);
    if (!joins) {  // emergency mode (2.6): it tries again
        timers_.push_back({now_ + minutes(1), What::hear, index, host.started, 0});
        return;
    }
    host.heard = true;
    for (VmTruth& vm : vms_) {
        if (vm.believed_on == index) vm.believed_on = nowhere;
    }
    note(Happening::Kind::heard, {}, 0, {nowhere, index, nowhere});
    for (std::size_t i = 0; coordinates && i < hosts_.size(); ++i) {
        HostTruth& member = hosts_[i];
        if (i == index || !member.heard) continue;
        member.heard = false;  // until its heartbeats come in again
        timers_.push_back({now_ + draw(100, 60'000), What::hear, i, member.started, 0});
    }
}

bool SimulatedPool::create_vm(const std::string& name, std::size_t host, Bytes memory) {
    const HostTruth& there = hosts_[host];
    const bool fits = used(host) + memory <= there.memory && there.enabled && there.heard;
    if (!fits || !answers() || vms_.empty()) return false;
    VmTruth vm;
    vm.name = name;
    vm.memory = memory;
    vm.range = print_range({memory, memory});
    vm.host = host;
    vm.likeness = 0;
    vms_.push_back(std::move(vm));
    note(Happening::Kind::created, {}, 0, {vms_.size() - 1, host, nowhere});
    return true;
}

void SimulatedPool::delete_vm(std::size_t index) {
    VmTruth& vm = vms_[index];
    if (vm.deleted || is_busy(index) || !answers() || vm.believed_on != nowhere) return;
    vm.range_before.clear();
    vm.deleted = vm.off_by_hand = true;
    vm.power = Power::halted;
    vm.host = vm.parked_on = nowhere;
    vm.disc_before.clear();
    note(Happening::Kind::deleted, {}, 0, {index, nowhere, nowhere});
}

// ---- what others see

void SimulatedPool::note(Happening::Kind kind, std::optional<Act> act, std::uint64_t key,
                         const Subjects& at, const char* code) {
    if (watcher_ == nullptr) return;
    watcher_->happened(*this, {now_, kind, act, key, at.vm, at.host, at.to, code});
}

std::string describe(const SimulatedPool& pool, const Happening& happening) {
    const std::string what(happening_names[static_cast<std::size_t>(happening.kind)]);
    if (!happening.act && happening.vm == nowhere)
        return pool.hosts()[happening.host].name + " " + what;
    std::string text = what;
    if (happening.act)
        text += " " + std::string(act_names[static_cast<std::size_t>(*happening.act)]);
    if (happening.vm != nowhere) text += " " + pool.vms()[happening.vm].name;
    if (happening.host != nowhere) text += " at " + pool.hosts()[happening.host].name;
    if (happening.to != nowhere) text += " to " + pool.hosts()[happening.to].name;
    if (!happening.code.empty()) text += ": " + happening.code;
    if (happening.key != 0) return text + " (order " + std::to_string(happening.key) + ")";
    return happening.act ? text + " (by hand)" : text;
}

}  // namespace vacate::live
