// Plans what a machine does next in the pool's agenda, and writes down what it finds.
#include "tools/poolserver/hosts.hpp"

#include <algorithm>
#include <utility>

#include "tools/poolserver/departure.hpp"
#include "tools/poolserver/emergency.hpp"
#include "tools/poolserver/population.hpp"

// Sources of HostTimes: xapi, ocaml/xapi/xapi_host.ml:888-932 (10 s before a reboot),
// xapi_globs.ml:720-723 (10 min and 30 s), xapi_globs.ml emergency_reboot_delay_base and _extra
// (60 s and up to 120 s more). The others are what is usual.

namespace vacate::poolserver {
namespace {

// A boot in eighths of its last part: see boot().
constexpr std::int64_t steps_of_boot = 8;
constexpr Duration last_part_of_boot = std::chrono::seconds(40);

std::string seconds_text(DateTime date) { return std::to_string(date.seconds) + "."; }

}  // namespace

Hosts::Hosts(PoolService& service, Behaviour& behaviour, const Scenario& scenario,
             const Options& options)
    : service_(&service),
      behaviour_(&behaviour),
      scenario_(scenario),
      options_(options),
      era_(era_of(scenario)),
      random_(options.seed),
      machines_(scenario.pool.hosts.size()) {
    const std::size_t coordinator = service.coordinator();
    for (const Id<Host> id : scenario.pool.hosts.ids()) {
        Machine& machine = machines_[id.index];
        machine.version = version_in(scenario.pool, scenario.state, id);
        machine.memory = capacity_in(scenario.pool, scenario.state, id);
        machine.follows = coordinator;
        const HostPhase phase = scenario.state.hosts[id].phase;
        machine.up = phase != HostPhase::down && phase != HostPhase::lost;
        if (machine.up) continue;
        machine.agent = Agent::stopped;
        service.set_listening(id.index, false);
    }
    service.set_gate([this](std::size_t host, std::string_view method) {
        return gate(*this, *service_, host, method);
    });
    for (std::size_t host = 0; host < machines_.size(); ++host) update_operations(host);
}

std::optional<std::size_t> Hosts::index_of(const std::string& wanted) const {
    const auto& refs = service_->hosts();
    const auto found = std::ranges::find(refs, wanted);
    if (found == refs.end()) return std::nullopt;
    return static_cast<std::size_t>(found - refs.begin());
}

bool Hosts::pool_answers() const {
    return machines_[service_->coordinator()].agent == Agent::ready;
}

bool Hosts::is_live(std::size_t host) const {
    if (machines_[host].forgotten) return false;
    const Database& database = service_->database();
    return database.flag_of(database.text_of(ref(host), "metrics"), "live");
}

const std::vector<std::string>& Hosts::cause(std::size_t host) const {
    return machines_[host].cause;
}

void Hosts::after(std::size_t host, Duration wait, std::function<void()> act) {
    const std::uint64_t life = machines_[host].life;
    service_->agenda().after(wait, [this, host, life, act = std::move(act)] {
        if (machines_[host].life == life) act();
    });
}

std::vector<std::string> Hosts::guests_of(std::size_t host) const {
    const Database& database = service_->database();
    std::vector<std::string> guests = database.set_of(ref(host), "resident_VMs");
    std::erase_if(guests,
                  [&](const std::string& vm) { return database.flag_of(vm, "is_control_domain"); });
    return guests;
}

void Hosts::set_live(std::size_t host, bool live) {
    if (machines_[host].forgotten) return;
    Database& database = service_->database();
    const std::string metrics = database.text_of(ref(host), "metrics");
    if (database.flag_of(metrics, "live") != live) {
        database.set(metrics, "last_updated", {service_->date()});
    }
    database.set(metrics, "live", {live});
    update_operations(host);
}

void Hosts::set_entry(std::size_t host, std::string_view field, std::string_view key,
                      const std::string& words) {
    service_->database().put_entry(ref(host), field, key, text(words));
}

// ---- enabled or not

void Hosts::disable(std::size_t host, bool auto_enable) {
    machines_[host].auto_enable = auto_enable;
    service_->database().set(ref(host), "enabled", {false});
    update_operations(host);
}

std::optional<Failure> Hosts::enable(std::size_t host) {
    Machine& machine = machines_[host];
    if (!machine.settled) return Failure{{"HOST_STILL_BOOTING"}};
    if (machine.until_reboot) return Failure{{"HOST_DISABLED_UNTIL_REBOOT"}};
    machine.auto_enable = true;
    service_->database().set(ref(host), "enabled", {true});
    update_operations(host);
    return std::nullopt;
}

/// Source: xapi, ocaml/xapi/xapi_host_helpers.ml:36-160.
void Hosts::update_operations(std::size_t host) {
    Database& database = service_->database();
    const bool live = is_live(host);
    Array allowed;
    if (live) {
        const Value all = host_operations(database.flag_of(ref(host), "enabled"));
        allowed = std::get<Array>(all.of);
    } else if (!database.text_of(ref(host), "power_on_mode").empty()) {
        allowed.push_back(text("power_on"));
    }
    if (is_mixed(*service_)) {
        std::erase_if(allowed, [](const Value& each) {
            return each != text("evacuate") && each != text("provision");
        });
    }
    database.set(ref(host), "allowed_operations", {std::move(allowed)});
}

// ---- down

void Hosts::begin_shutdown(std::size_t host, bool comes_back) {
    Machine& machine = machines_[host];
    machine.until_reboot = true;
    if (!is_mixed(*service_)) {
        const std::string key = "shutdown " + std::to_string(machine.life) + " " + ref(host);
        service_->database().put_entry(ref(host), "current_operations",
                                       "OpaqueRef:" + service_->database().uuid_of(key),
                                       text("shutdown"));
    }
    machine.was_empty = guests_of(host).empty();
    // Of a host that still has VMs later: it must be alive to get rid of them.
    if (machine.was_empty && host != service_->coordinator()) set_live(host, false);
    const Duration upgrade =
        scenario_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(host)}].upgrade_time;
    const Duration wait = std::min(options_.times.until_reboot, upgrade / 4);
    after(host, wait, [this, host, comes_back] {
        leave_vms(*service_, ref(host), [this, host, comes_back, life = machines_[host].life] {
            if (machines_[host].life == life) go_down(host, comes_back, false);
        });
    });
}

void Hosts::crash(std::size_t host, bool comes_back) {
    if (!machines_[host].up || machines_[host].forgotten) return;
    machines_[host].was_empty = guests_of(host).empty();
    go_down(host, comes_back, true);
}

void Hosts::go_down(std::size_t host, bool comes_back, bool crashed) {
    Machine& machine = machines_[host];
    Interventions& interventions = behaviour_->interventions();
    stop_toolstack(host);
    machine.up = false;
    machine.settled = false;
    machine.booted = true;
    if (machine.forgotten) {
        if (comes_back) boot(host, options_.times.plain_reboot);
        return;
    }
    service_->database().set(ref(host), "current_operations", {Struct{}});
    interventions.stop_work_on(ref(host));
    if (crashed) {
        give_up_later(host);
    } else {
        interventions.halt_residents_of(ref(host));
        set_live(host, false);
    }
    const Fate fate = fates_ ? fates_(host, downs_) : Fate{};
    ++downs_;
    if (fate.never_returns || !comes_back) return;
    Duration time = options_.times.plain_reboot;
    if (!crashed && installs_upgrade(host, fate)) {
        const Id<Host> id{static_cast<std::uint32_t>(host)};
        const Duration upgrade = scenario_.pool.hosts[id].upgrade_time;
        // The model's time begins with the call.
        time = upgrade - std::min(options_.times.until_reboot, upgrade / 4);
        install(host, fate);
    }
    boot(host, time + fate.late);
}

void Hosts::power_on(std::size_t host) {
    Machine& machine = machines_[host];
    if (machine.up) return;
    ++machine.life;
    const Fate fate;
    if (installs_upgrade(host, fate)) install(host, fate);
    boot(host, options_.times.plain_reboot);
}

/// An operator upgrades a host that was emptied for it.
bool Hosts::installs_upgrade(std::size_t host, const Fate& fate) const {
    const Machine& machine = machines_[host];
    const Id<Host> id{static_cast<std::uint32_t>(host)};
    if (fate.version) return true;
    if (same_version(machine.version, scenario_.pool.hosts[id].target)) return false;
    if (machine.installs) return true;
    const Database& database = service_->database();
    return !options_.reboot_plainly && machine.was_empty &&
           !database.flag_of(ref(host), "enabled") &&
           database.entry_of(ref(host), "other_config", "vacate_reboot") != "plain";
}

void Hosts::install(std::size_t host, const Fate& fate) {
    Machine& machine = machines_[host];
    const Host& of = scenario_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(host)}];
    machine.installs = false;
    if (fate.old_version) return;
    machine.version = fate.version.value_or(of.target);
    machine.memory = of.memory_after;
}

/// Silent hosts are found at the tests, which began with the coordinator.
void Hosts::give_up_later(std::size_t host) {
    const bool ha = service_->database().flag_of(service_->pool(), "ha_enabled");
    if (ha) {
        after(host, options_.times.fencing, [this, host] {
            if (machines_[host].agent == Agent::ready || machines_[host].forgotten) return;
            if (host == service_->coordinator()) elect();
            set_live(host, false);
            behaviour_->interventions().halt_residents_of(ref(host));
            if (fenced_) fenced_(host);
        });
        return;
    }
    const Duration test = options_.times.liveness_test;
    const Instant silent = service_->agenda().now() + options_.times.assumed_dead;
    const Duration rest = (silent - coordinator_since_) % test;
    const Instant found = rest == Duration{} ? silent : silent + (test - rest);
    after(host, found - service_->agenda().now(), [this, host] {
        if (pool_answers() && machines_[host].agent != Agent::ready) set_live(host, false);
    });
}

// ---- up again

/// The last part of a boot, in steps of an eighth: the toolstack takes connections, says that it
/// boots, is back, has its networks, its storage, and lets itself be used.
void Hosts::boot(std::size_t host, Duration time) {
    const Duration last = std::min(last_part_of_boot, time / 2);
    after(host, time - last, [this, host, last] {
        machines_[host].up = true;
        start_toolstack(host, last);
    });
}

void Hosts::stop_toolstack(std::size_t host) {
    Machine& machine = machines_[host];
    ++machine.life;
    const bool was_ready = machine.agent == Agent::ready;
    machine.agent = Agent::stopped;
    machine.settled = false;
    service_->set_listening(host, false);
    if (host == service_->coordinator() && was_ready) coordinator_stopped();
}

/// `time` is what there is until the host could be enabled.
void Hosts::start_toolstack(std::size_t host, Duration time) {
    const Duration step = time / steps_of_boot;
    machines_[host].agent = Agent::unready;
    service_->set_listening(host, true);
    after(host, step, [this, host] { machines_[host].agent = Agent::booting; });
    after(host, 3 * step, [this, host, step] { join(host, step); });
}

void Hosts::restart_agent(std::size_t host) {
    stop_toolstack(host);
    const Duration time = options_.times.agent_restart;
    after(host, time / 4, [this, host, time] { start_toolstack(host, time - time / 4); });
}

void Hosts::stop_agent(std::size_t host) {
    stop_toolstack(host);
    give_up_later(host);
}

/// A member newer than its coordinator does not join.
///
/// Source: xapi, ocaml/xapi/xapi.ml:445-483.
bool Hosts::is_too_new(std::size_t host) const {
    const Version& coordinator = machines_[service_->coordinator()].version;
    return coordinator.manager < machines_[host].version.manager;
}

void Hosts::join(std::size_t host, Duration step) {
    Machine& machine = machines_[host];
    if (machine.forgotten) return enter_emergency(host, machine.cause);
    const std::size_t coordinator = service_->coordinator();
    if (host == coordinator) {
        machine.follows = host;
        register_host(host, step);
        coordinator_ready();
        return;
    }
    // Another took over while it was away. A real one would come back as a second coordinator.
    if (machine.follows == host) {
        const std::string uuid = service_->database().text_of(ref(host), "uuid");
        return enter_emergency(host, {"HOST_UNKNOWN_TO_MASTER", uuid});
    }
    if (machine.follows != coordinator || !pool_answers()) {
        return enter_emergency(host, {"HOST_STILL_BOOTING"});
    }
    if (is_too_new(host)) {
        std::string number;
        for (const std::int64_t part : machine.version.manager) {
            number += (number.empty() ? "" : ".") + std::to_string(part);
        }
        return enter_emergency(host, {"HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR", number});
    }
    register_host(host, step);
}

/// The toolstack gives up and starts anew after a while.
void Hosts::enter_emergency(std::size_t host, std::vector<std::string> cause) {
    Machine& machine = machines_[host];
    machine.agent = Agent::emergency;
    machine.cause = std::move(cause);
    const HostTimes& times = options_.times;
    const Duration wait =
        times.emergency_least + Duration{random_.between(0, times.emergency_extra.count())};
    after(host, wait, [this, host] { restart_agent(host); });
}

void Hosts::register_host(std::size_t host, Duration step) {
    Machine& machine = machines_[host];
    machine.agent = Agent::ready;
    machine.cause.clear();
    const bool booted = machine.booted;
    if (booted) {
        write_boot(host);
        machine.booted = false;
        attach_networks(host, false);
        after(host, step, [this, host] { attach_networks(host, true); });
        after(host, 2 * step, [this, host, step] { attach_storages(host, step); });
    }
    set_entry(host, "other_config", "agent_start_time", seconds_text(service_->date()));
    set_live(host, true);
    behaviour_->rolling_flag().versions_changed();
    after(host, 5 * step, [this, host, booted] { settle(host, booted); });
}

/// What a machine finds out about itself once per boot.
void Hosts::write_boot(std::size_t host) {
    Machine& machine = machines_[host];
    Database& database = service_->database();
    behaviour_->interventions().halt_residents_of(ref(host));
    machine.until_reboot = false;
    database.set(ref(host), "enabled", {false});
    const std::string name = database.text_of(ref(host), "hostname");
    database.set(ref(host), "software_version", {software_version(machine.version, name)});
    set_entry(host, "other_config", "boot_time", seconds_text(service_->date()));
    write_memory(host);
    for (const std::string& pbd : database.set_of(ref(host), "PBDs")) {
        database.set(pbd, "currently_attached", {false});
    }
    if (host != service_->coordinator()) return;
    if (Dotted{26, 3} <= machine.version.manager) service_->set_era(OverheadEra::since_26_3);
}

/// The machine has what it had; what guests cannot use any more went to the control domain.
void Hosts::write_memory(std::size_t host) {
    Database& database = service_->database();
    const std::string metrics = database.text_of(ref(host), "metrics");
    const std::string dom0 = database.text_of(ref(host), "control_domain");
    const Bytes total{database.number_of(metrics, "memory_total")};
    const Bytes before = total - Bytes{database.number_of(ref(host), "memory_overhead")} -
                         Bytes{database.number_of(dom0, "memory_dynamic_min")} -
                         Bytes{database.number_of(dom0, "memory_overhead")};
    const Bytes now = machines_[host].memory;
    if (before == now) return;
    GuestMemory guest{DomainType::pv, {}, {}, database.number_of(dom0, "VCPUs_max"), 1000};
    guest.dynamic_min = std::max(
        gibibytes(1), Bytes{database.number_of(dom0, "memory_dynamic_min")} + before - now);
    guest.static_max = guest.dynamic_min;
    const Bytes charged = memory_overhead(guest, era_);
    // The hypervisor's share is measured at each boot; it takes the rest, or gives it.
    const Bytes overhead = total - now - guest.dynamic_min - charged;
    for (const std::string_view field :
         {"memory_static_max", "memory_dynamic_max", "memory_dynamic_min", "memory_target"}) {
        database.set(dom0, field, {guest.dynamic_min.count});
    }
    database.set(dom0, "memory_overhead", {charged.count});
    database.set(database.text_of(dom0, "metrics"), "memory_actual", {guest.dynamic_min.count});
    database.set(ref(host), "memory_overhead", {overhead.count});
}

void Hosts::attach_networks(std::size_t host, bool attached) {
    Database& database = service_->database();
    for (const std::string& pif : database.set_of(ref(host), "PIFs")) {
        database.set(pif, "currently_attached", {attached});
    }
}

/// One after the other, evenly over two steps.
void Hosts::attach_storages(std::size_t host, Duration step) {
    Database& database = service_->database();
    const std::vector<std::string> pbds = database.set_of(ref(host), "PBDs");
    for (std::size_t i = 0; i < pbds.size(); ++i) {
        const auto part = static_cast<std::int64_t>(i);
        const auto count = static_cast<std::int64_t>(pbds.size());
        after(host, 2 * step * part / count, [&database, pbd = pbds[i]] {
            if (database.find("PBD", pbd) != nullptr) {
                database.set(pbd, "currently_attached", {true});
            }
        });
    }
}

/// What a boot, or a start of the toolstack, was waited for.
void Hosts::clear_guidances(std::size_t host, bool booted) {
    Database& database = service_->database();
    for (const std::string_view field : {"pending_guidances", "pending_guidances_recommended"}) {
        Array left;
        for (const std::string& each : database.set_of(ref(host), field)) {
            const bool met =
                each == "restart_toolstack" || (booted && each.starts_with("reboot_host"));
            if (!met) left.push_back(text(each));
        }
        database.set(ref(host), field, {std::move(left)});
    }
}

/// Started up: enables itself, unless somebody or something holds it back.
///
/// Source: xapi, ocaml/xapi/xapi_host_helpers.ml:393-490.
void Hosts::settle(std::size_t host, bool booted) {
    Machine& machine = machines_[host];
    machine.settled = true;
    clear_guidances(host, booted);
    Database& database = service_->database();
    const std::vector<std::string> pbds = database.set_of(ref(host), "PBDs");
    const bool stored = std::ranges::all_of(
        pbds, [&](const std::string& pbd) { return database.flag_of(pbd, "currently_attached"); });
    const bool ha = database.flag_of(service_->pool(), "ha_enabled");
    const bool guided = !database.set_of(ref(host), "pending_guidances").empty();
    if (!machine.auto_enable || machine.until_reboot || guided || (ha && !stored)) {
        update_operations(host);
        return;
    }
    database.set(ref(host), "enabled", {true});
    update_operations(host);
}

void Hosts::detach_storage(std::size_t host, const std::string& storage) {
    if (machines_[host].forgotten) return;
    Database& database = service_->database();
    for (const std::string& pbd : database.set_of(ref(host), "PBDs")) {
        if (database.text_of(pbd, "SR") == storage) {
            database.set(pbd, "currently_attached", {false});
        }
    }
}

/// What xapi's collector of what refers to nothing takes away goes at once.
void Hosts::forget(std::size_t host, bool leaves) {
    Machine& machine = machines_[host];
    Database& database = service_->database();
    machine.cause = {"HOST_UNKNOWN_TO_MASTER", database.text_of(ref(host), "uuid")};
    std::vector<std::string> gone{ref(host), database.text_of(ref(host), "metrics")};
    const auto take = [&](const std::vector<std::string>& refs, std::string_view metrics) {
        for (const std::string& each : refs) {
            gone.push_back(each);
            if (!metrics.empty()) gone.push_back(database.text_of(each, metrics));
        }
    };
    take(database.set_of(ref(host), "resident_VMs"), "metrics");  // the control domain
    take(database.set_of(ref(host), "PIFs"), "metrics");
    for (const std::string_view field : {"PBDs", "host_CPUs", "PCIs"}) {
        take(database.set_of(ref(host), field), "");
    }
    for (const std::string& each : gone) database.destroy(each);
    machine.forgotten = true;
    behaviour_->rolling_flag().versions_changed();
    if (leaves) {
        stop_toolstack(host);
        machine.up = false;
    } else if (machine.agent == Agent::ready && !machine.until_reboot) {
        restart_agent(host);
    }
}

// ---- the coordinator

/// Connections through members end too; what was only in its memory is forgotten.
void Hosts::coordinator_stopped() {
    behaviour_->interventions().restart_coordinator();
    service_->forget_volatile();
    for (std::size_t host = 0; host < machines_.size(); ++host) {
        service_->drop_connections(host);
        if (host == service_->coordinator() || machines_[host].agent != Agent::ready) continue;
        after(host, options_.times.patience, [this, host] {
            if (!pool_answers()) restart_agent(host);
        });
    }
}

void Hosts::coordinator_ready() {
    coordinator_since_ = service_->agenda().now();
    service_->forget_volatile();
    behaviour_->rolling_flag().start();
    const std::size_t coordinator = service_->coordinator();
    for (std::size_t host = 0; host < machines_.size(); ++host) {
        if (host == coordinator) continue;
        const Machine& machine = machines_[host];
        // Members that had not given up are simply there.
        const bool there = machine.agent == Agent::ready && machine.follows == coordinator;
        set_live(host, there);
        if (there && is_too_new(host)) restart_agent(host);
    }
}

/// With HA the next host that can becomes coordinator, and all follow it.
void Hosts::elect() {
    for (std::size_t host = 0; host < machines_.size(); ++host) {
        const Machine& machine = machines_[host];
        // Its toolstack may just be restarting for want of a coordinator.
        const bool can =
            machine.up && !machine.forgotten && service_->database().flag_of(ref(host), "enabled");
        if (!can) continue;
        for (Machine& each : machines_) each.follows = host;
        service_->database().set(service_->pool(), "master", text(ref(host)));
        restart_agent(host);
        return;
    }
}

void Hosts::hand_over(std::size_t to) {
    const std::size_t from = service_->coordinator();
    for (Machine& machine : machines_) machine.follows = to;
    stop_toolstack(from);
    service_->database().set(service_->pool(), "master", text(ref(to)));
    restart_agent(to);
    const Duration time = options_.times.agent_restart;
    // Back a little later than the new one, so that it finds it.
    after(from, time, [this, from, time] { start_toolstack(from, time); });
}

void Hosts::take_over(std::size_t host) {
    service_->database().set(service_->pool(), "master", text(ref(host)));
    machines_[host].follows = host;
    restart_agent(host);
}

void Hosts::follow(std::size_t host, std::size_t coordinator) {
    machines_[host].follows = coordinator;
    restart_agent(host);
}

std::vector<std::size_t> Hosts::recover_members() {
    std::vector<std::size_t> recovered;
    const std::size_t coordinator = service_->coordinator();
    for (std::size_t host = 0; host < machines_.size(); ++host) {
        const Machine& machine = machines_[host];
        const bool with_us = machine.agent == Agent::ready && machine.follows == coordinator;
        if (host == coordinator || with_us || machine.forgotten) continue;
        if (machine.agent != Agent::emergency && machine.agent != Agent::ready) continue;
        follow(host, coordinator);
        recovered.push_back(host);
    }
    return recovered;
}

}  // namespace vacate::poolserver
