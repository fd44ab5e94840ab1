// Counts what could be struck, and strikes.
#include "tools/poolserver/faults.hpp"

#include <algorithm>
#include <utility>

#include "tools/poolserver/faults_text.hpp"

namespace vacate::poolserver {
namespace {

using What = Fault::What;

constexpr std::uint64_t purpose = 0x706f6f6c;  // sets these draws apart from all others

bool is_of_calls(What what) { return what <= What::repeat_call; }
bool is_of_migrations(What what) {
    return what >= What::migration_fails && what <= What::migration_slow;
}
bool is_of_boots(What what) { return what >= What::host_late && what <= What::host_other_version; }
bool is_act(What what) { return what >= What::host_crashes; }

std::string_view without_async(std::string_view method) {
    if (method.starts_with("Async.")) method.remove_prefix(6);
    return method;
}

std::string first_of(const std::vector<std::string>& refs) {
    return refs.empty() ? std::string() : refs[0];
}

}  // namespace

Faults::Faults(PoolService& service, Behaviour& behaviour, Hosts& hosts, const Scenario& scenario,
               std::vector<Fault> faults, std::uint64_t seed)
    : service_(&service), behaviour_(&behaviour), hosts_(&hosts) {
    const Database& database = service.database();
    for (const Host& host : scenario.pool.hosts) host_names_.push_back(host.name);
    for (const Vm& vm : scenario.pool.vms) {
        vms_.push_back(first_of(database.find_by_name("VM", vm.name)));
        vm_names_.push_back(vm.name);
    }
    for (const Storage& storage : scenario.pool.storages) {
        storages_.push_back(first_of(database.find_by_name("SR", storage.name)));
    }
    for (std::size_t i = 0; i < faults.size(); ++i) {
        armed_.push_back({std::move(faults[i]), Random::stream(seed, 0, purpose, i)});
    }
    for (const Armed& armed : armed_) {
        if (!armed.fault.at) continue;
        service.agenda().at(Instant{*armed.fault.at}, [this, fault = armed.fault] { act(fault); });
    }
    behaviour.vms().migrations.set_faults(
        [this](const MigrationOrder& order, std::uint64_t) { return on_migration(order); });
    hosts.set_fates([this](std::size_t host, std::uint64_t) { return on_down(host); });
}

bool Faults::strikes(Armed& armed) {
    ++armed.met;
    const Fault& fault = armed.fault;
    if (fault.nth && armed.met != *fault.nth) return false;
    if (!fault.chance) return true;
    return armed.random.chance(static_cast<std::uint64_t>(*fault.chance), 1'000'000);
}

std::string Faults::name_of(const Fault& fault) const {
    std::string name;
    if (fault.vm) name += " VM " + vm_names_[fault.vm->index];
    if (fault.host) name += " host " + host_names_[fault.host->index];
    return name;
}

void Faults::tell(const Fault& fault, const std::string& subject) {
    const std::int64_t now = service_->agenda().now().time_since_epoch().count();
    std::string part = std::to_string(now % 1'000'000);
    part.insert(0, 6 - part.size(), '0');
    story_.push_back(std::to_string(now / 1'000'000) + "." + part + " s " +
                     std::string(word_of(fault.what)) + subject);
    if (teller_) teller_(story_.back());
}

CallFault Faults::on_call(std::string_view method) {
    method = without_async(method);
    CallFault found;
    for (Armed& armed : armed_) {
        const Fault& fault = armed.fault;
        const bool matches = fault.method == method || fault.method == "*";
        if (fault.at || !matches || !strikes(armed)) continue;
        if (is_act(fault.what)) {
            service_->agenda().after(fault.after, [this, fault] { act(fault); });
            continue;
        }
        if (!is_of_calls(fault.what)) continue;
        tell(fault, " " + std::string(method));
        found.refused = found.refused || fault.what == What::refuse_call;
        found.lost = found.lost || fault.what == What::lose_answer;
        found.repeated = found.repeated || fault.what == What::repeat_call;
        if (fault.what == What::slow_answer) found.slow += fault.by;
        if (fault.what == What::fail_call) found.error = fault.error;
    }
    return found;
}

std::optional<MigrationFault> Faults::on_migration(const MigrationOrder& order) {
    std::optional<MigrationFault> found;
    for (Armed& armed : armed_) {
        const Fault& fault = armed.fault;
        if (!is_of_migrations(fault.what)) continue;
        if (fault.vm && vms_[fault.vm->index] != order.vm) continue;
        if (fault.host && service_->hosts()[fault.host->index] != order.to) continue;
        if (!strikes(armed)) continue;
        if (!found) found = MigrationFault{};
        if (fault.what == What::migration_slow) {
            found->speed_permille = std::min(found->speed_permille, fault.share_permille);
        } else {
            found->fails_at_permille = fault.at_permille;
            found->halts = found->halts || fault.what == What::migration_halts_vm;
        }
        const auto vm = std::ranges::find(vms_, order.vm) - vms_.begin();
        tell(fault, " VM " + vm_names_[static_cast<std::size_t>(vm)]);
    }
    return found;
}

Fate Faults::on_down(std::size_t host) {
    Fate fate;
    for (Armed& armed : armed_) {
        const Fault& fault = armed.fault;
        if (!is_of_boots(fault.what)) continue;
        if (fault.host && fault.host->index != host) continue;
        if (!strikes(armed)) continue;
        if (fault.what == What::host_late) fate.late += fault.by;
        if (fault.what == What::host_never_returns) fate.never_returns = true;
        if (fault.what == What::host_old_version) fate.old_version = true;
        if (fault.what == What::host_other_version) fate.version = fault.version;
        tell(fault, " host " + host_names_[host]);
    }
    return fate;
}

// ---- acts

void Faults::act(const Fault& fault) {
    tell(fault, name_of(fault));
    if (fault.vm) {
        act_on_vm(fault);
    } else {
        act_on_host(fault);
    }
}

void Faults::act_on_host(const Fault& fault) {
    const std::size_t host = fault.host ? fault.host->index : service_->coordinator();
    Migrations& migrations = behaviour_->vms().migrations;
    const std::string& ref = service_->hosts()[host];
    switch (fault.what) {
        case What::host_crashes:
        case What::coordinator_dies:
            hosts_->crash(host, fault.returns);
            break;
        case What::agent_restarts:
            if (hosts_->is_up(host)) hosts_->restart_agent(host);
            break;
        case What::storage_detached:
            hosts_->detach_storage(host, storages_[fault.storage->index]);
            break;
        case What::link_slow:
            migrations.set_link(ref, fault.share_permille);
            if (fault.lasts == Duration{}) break;
            service_->agenda().after(fault.lasts,
                                     [&migrations, ref] { migrations.set_link(ref, 1000); });
            break;
        default:
            break;
    }
}

void Faults::act_on_vm(const Fault& fault) {
    const std::string& vm = vms_[fault.vm->index];
    if (service_->database().find("VM", vm) == nullptr) return;
    Interventions& interventions = behaviour_->interventions();
    // Nobody starts anything on a machine that is off.
    const bool possible =
        !fault.host || (service_->is_member(fault.host->index) && hosts_->is_up(fault.host->index));
    if (!possible) return;
    switch (fault.what) {
        case What::vm_moved:
            interventions.move_vm(vm, service_->hosts()[fault.host->index]);
            break;
        case What::vm_started:
            interventions.start_vm(vm, service_->hosts()[fault.host->index]);
            break;
        case What::vm_stopped:
            interventions.stop_vm(vm);
            break;
        case What::vm_paused:
            interventions.pause_vm(vm);
            break;
        default:
            break;
    }
}

}  // namespace vacate::poolserver
