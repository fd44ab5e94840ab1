// One small function for each check of xapi.
#include "tools/poolserver/placement.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "model/memory.hpp"
#include "tools/poolserver/reads.hpp"

namespace vacate::poolserver {
namespace {

std::optional<Failure> error(std::vector<std::string> description) {
    return Failure{std::move(description)};
}

const std::string* entry_in(const Database& database, const std::string& ref,
                            std::string_view field, std::string_view key) {
    const auto& members = std::get<Struct>(database.get(ref, field).of);
    const auto found = std::ranges::find(members, key, &Member::name);
    return found == members.end() ? nullptr : &std::get<std::string>(found->value.of);
}

std::int64_t number_in(std::string_view words) {
    std::int64_t number = 0;
    std::from_chars(words.data(), words.data() + words.size(), number);
    return number;
}

/// "17cbfbff-f7fa3223" as words of 32 bits.
std::vector<std::uint32_t> features_in(std::string_view words) {
    std::vector<std::uint32_t> features;
    while (!words.empty()) {
        const std::size_t dash = std::min(words.find('-'), words.size());
        std::uint32_t word = 0;
        std::from_chars(words.data(), words.data() + dash, word, 16);
        features.push_back(word);
        words.remove_prefix(std::min(dash + 1, words.size()));
    }
    return features;
}

Bytes size_for_plan(const Database& database, const std::string& vm) {
    return memory_for_admission(guest_memory_of(database, vm),
                                Bytes{database.number_of(vm, "memory_overhead")});
}

}  // namespace

Placement::Placement(const PoolService& service, const Operations& operations,
                     const VmStates& states, const Scenario& scenario, const Options& options)
    : service_(&service),
      database_(&service.database()),
      operations_(&operations),
      states_(&states),
      options_(options) {
    const Pool& pool = scenario.pool;
    const VersionRule expected = version_rule_of(pool.hosts[pool.coordinator].target);
    if (pool.version_rule != expected) pinned_rule_ = pool.version_rule;
}

// ---- versions

Version Placement::version_of(const std::string& host) const {
    const auto key = [&](std::string_view name) {
        const std::string* words = entry_in(*database_, host, "software_version", name);
        return words == nullptr ? absent_dotted() : parse_dotted(*words);
    };
    return {"", key("platform_version"), key("xapi"), key("xapi_build"), key("xen")};
}

VersionRule Placement::rule() const {
    return pinned_rule_.value_or(
        version_rule_of(version_of(database_->text_of(service_->pool(), "master"))));
}

bool Placement::may_move(const std::string& from, const std::string& to) const {
    return not_older(rule(), version_of(to), version_of(from));
}

bool Placement::is_highest(const std::string& host) const {
    return std::ranges::all_of(service_->members(),
                               [&](const std::string& other) { return may_move(other, host); });
}

// ---- one VM on one host

std::optional<Failure> Placement::refuses(const std::string& vm, const std::string& host,
                                          const Checks& checks) const {
    return refuses_with(vm, host, checks, std::nullopt);
}

std::optional<Failure> Placement::refuses_with(const std::string& vm, const std::string& host,
                                               const Checks& checks,
                                               std::optional<Bytes> free) const {
    if (auto failure = lacks_sense(vm)) return failure;
    if (auto failure = lacks_host(vm, host)) return failure;
    if (checks.cpu) {
        if (auto failure = lacks_cpu(vm, host)) return failure;
    }
    if (checks.storage) {
        if (auto failure = lacks_storage(vm, host)) return failure;
    }
    if (auto failure = lacks_network(vm, host)) return failure;
    if (auto failure = lacks_device(vm, host)) return failure;
    if (checks.memory) {
        if (!free) free = host_free_memory(*database_, host);
        if (auto failure = lacks_memory(vm, *free)) return failure;
    }
    return lacks_processors(vm, host);
}

std::optional<Failure> Placement::lacks_sense(const std::string& vm) const {
    const std::int64_t startup = database_->number_of(vm, "VCPUs_at_startup");
    if (startup < 1 || startup > database_->number_of(vm, "VCPUs_max")) {
        return error({"INVALID_VALUE", "VCPUs_at_startup", std::to_string(startup)});
    }
    const std::int64_t least = database_->number_of(vm, "memory_dynamic_min");
    const std::int64_t most = database_->number_of(vm, "memory_dynamic_max");
    if (least <= most && most <= database_->number_of(vm, "memory_static_max")) {
        return std::nullopt;
    }
    return error({"MEMORY_CONSTRAINT_VIOLATION_ORDER"});
}

std::optional<Failure> Placement::lacks_host(const std::string& vm, const std::string& host) const {
    if (!database_->flag_of(database_->text_of(host, "metrics"), "live")) {
        return error({"HOST_NOT_LIVE"});
    }
    if (database_->flag_of(vm, "is_control_domain") &&
        database_->text_of(vm, "resident_on") != host) {
        return error({"OPERATION_NOT_ALLOWED", "A control domain runs on its own host only"});
    }
    if (!database_->flag_of(host, "enabled")) return error({"HOST_DISABLED", host});
    const std::int64_t needed = database_->number_of(vm, "hardware_platform_version");
    std::string known;
    for (const Value& each :
         std::get<Array>(database_->get(host, "virtual_hardware_platform_versions").of)) {
        const std::int64_t version = std::get<std::int64_t>(each.of);
        if (version == needed) return std::nullopt;
        known += (known.empty() ? "" : "; ") + std::to_string(version);
    }
    return error({"VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION", host, "[" + known + "]",
                  vm, std::to_string(needed)});
}

std::optional<Failure> Placement::lacks_cpu(const std::string& vm, const std::string& host) const {
    if (database_->text_of(vm, "power_state") == "Halted") return std::nullopt;
    const std::string* vendor = entry_in(*database_, vm, "last_boot_CPU_flags", "vendor");
    const std::string* features = entry_in(*database_, vm, "last_boot_CPU_flags", "features");
    const std::string* offered_vendor = entry_in(*database_, host, "cpu_info", "vendor");
    if (vendor != nullptr && offered_vendor != nullptr && *vendor != *offered_vendor) {
        return error(
            {"VM_INCOMPATIBLE_WITH_THIS_HOST", vm, host, "it booted on a CPU of another vendor"});
    }
    const bool hvm = guest_memory_of(*database_, vm).domain == DomainType::hvm;
    const std::string* offered =
        entry_in(*database_, host, "cpu_info", hvm ? "features_hvm" : "features_pv");
    if (features == nullptr || offered == nullptr) return std::nullopt;
    const auto needed = features_in(*features);
    auto present = features_in(*offered);
    present.resize(std::max(present.size(), needed.size()), 0);
    for (std::size_t i = 0; i < needed.size(); ++i) {
        if ((needed[i] & ~present[i]) == 0) continue;
        return error({"VM_INCOMPATIBLE_WITH_THIS_HOST", vm, host,
                      "it booted with CPU features that the host lacks"});
    }
    return std::nullopt;
}

bool Placement::sees(const std::string& host, const std::string& storage) const {
    const auto pbds = database_->set_of(storage, "PBDs");
    return std::ranges::any_of(pbds, [&](const std::string& pbd) {
        return database_->text_of(pbd, "host") == host &&
               database_->flag_of(pbd, "currently_attached");
    });
}

std::optional<Failure> Placement::lacks_storage(const std::string& vm,
                                                const std::string& host) const {
    std::vector<std::string> vdis;
    for (const std::string& vbd : database_->set_of(vm, "VBDs")) {
        if (!database_->flag_of(vbd, "empty")) vdis.push_back(database_->text_of(vbd, "VDI"));
    }
    vdis.push_back(database_->text_of(vm, "suspend_VDI"));
    for (const std::string& vdi : vdis) {
        if (database_->find("VDI", vdi) == nullptr) continue;
        const std::string& storage = database_->text_of(vdi, "SR");
        if (!sees(host, storage)) return error({"VM_REQUIRES_SR", vm, storage});
    }
    return std::nullopt;
}

/// A network that no host has an interface for connects VMs of one host.
std::optional<Failure> Placement::lacks_network(const std::string& vm,
                                                const std::string& host) const {
    for (const std::string& vif : database_->set_of(vm, "VIFs")) {
        const std::string& network = database_->text_of(vif, "network");
        const auto pifs = database_->set_of(network, "PIFs");
        const auto here = std::ranges::find_if(
            pifs, [&](const std::string& pif) { return database_->text_of(pif, "host") == host; });
        if (here != pifs.end()) {
            if (database_->text_of(*here, "bond_slave_of") == null_ref) continue;
            return error({"HOST_CANNOT_ATTACH_NETWORK", host, network});
        }
        if (!pifs.empty()) return error({"VM_REQUIRES_NETWORK", vm, network});
        if (database_->entry_of(network, "other_config", "assume_network_is_shared") == "true") {
            continue;
        }
        for (const std::string& other_vif : database_->set_of(network, "VIFs")) {
            const std::string& other = database_->text_of(other_vif, "VM");
            const std::string& where = database_->text_of(other, "resident_on");
            if (other == vm || where == null_ref || where == host) continue;
            return error({"HOST_CANNOT_ATTACH_NETWORK", host, network});
        }
    }
    return std::nullopt;
}

std::optional<Failure> Placement::lacks_device(const std::string& vm,
                                               const std::string& host) const {
    const std::string home = states_->home_of_devices(vm);
    if (!home.empty() && home != host) {
        const auto gpus = database_->set_of(vm, "VGPUs");
        if (!gpus.empty()) {
            return error({"VM_REQUIRES_GPU", vm, database_->text_of(gpus[0], "GPU_group")});
        }
        return error({"OPERATION_NOT_ALLOWED", "The VM's USB device is not on that host"});
    }
    if (guest_memory_of(*database_, vm).domain != DomainType::hvm) return std::nullopt;
    for (const std::string& capability : database_->set_of(host, "capabilities")) {
        if (capability.starts_with("hvm")) return std::nullopt;
    }
    return error({"VM_HVM_REQUIRED", vm});
}

std::optional<Failure> Placement::lacks_memory(const std::string& vm, Bytes free) const {
    const Bytes needed = memory_for_boot(guest_memory_of(*database_, vm),
                                         Bytes{database_->number_of(vm, "memory_overhead")});
    if (needed <= free) return std::nullopt;
    return error(
        {"HOST_NOT_ENOUGH_FREE_MEMORY", std::to_string(needed.count), std::to_string(free.count)});
}

std::optional<Failure> Placement::lacks_processors(const std::string& vm,
                                                   const std::string& host) const {
    const std::string* count = entry_in(*database_, host, "cpu_info", "cpu_count");
    if (count == nullptr) return std::nullopt;
    if (database_->entry_of(vm, "platform", "vcpu-unrestricted") == "true") return std::nullopt;
    const std::int64_t wanted = database_->number_of(vm, "VCPUs_max");
    if (wanted <= number_in(*count)) return std::nullopt;
    return error({"HOST_NOT_ENOUGH_PCPUS", std::to_string(wanted), *count});
}

// ---- one VM on any host

std::vector<std::string> Placement::possible_hosts(const std::string& vm) const {
    const std::map<std::string, Bytes> free = free_memory();
    std::vector<std::string> hosts;
    for (const std::string& host : service_->members()) {
        if (!refuses_with(vm, host, {}, free.at(host))) hosts.push_back(host);
    }
    return hosts;
}

tl::expected<std::string, Failure> Placement::choose_host(const std::string& vm) const {
    const std::string& affinity = database_->text_of(vm, "affinity");
    const std::map<std::string, Bytes> free = free_memory();
    std::string chosen;
    for (const std::string& host : possible_hosts(vm)) {
        if (is_mixed(*service_) && !is_highest(host)) continue;
        const auto& current = std::get<Struct>(database_->get(host, "current_operations").of);
        const bool leaving = std::ranges::any_of(
            current, [](const Member& each) { return each.value == text("evacuate"); });
        if (leaving) continue;
        if (host == affinity) return host;
        if (chosen.empty() || free.at(host) > free.at(chosen)) chosen = host;
    }
    if (chosen.empty()) return failure({"NO_HOSTS_AVAILABLE"});
    return chosen;
}

std::optional<Failure> Placement::lacks_agility(const std::string& vm) const {
    std::vector<std::string> enabled;
    for (const std::string& host : service_->members()) {
        if (database_->flag_of(host, "enabled")) enabled.push_back(host);
    }
    for (const std::string& vbd : database_->set_of(vm, "VBDs")) {
        const std::string& vdi = database_->text_of(vbd, "VDI");
        if (database_->find("VDI", vdi) == nullptr) continue;
        const std::string& storage = database_->text_of(vdi, "SR");
        const bool everywhere = std::ranges::all_of(
            enabled, [&](const std::string& host) { return sees(host, storage); });
        if (!everywhere || !database_->flag_of(storage, "shared")) {
            return error({"HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", storage});
        }
    }
    for (const std::string& vif : database_->set_of(vm, "VIFs")) {
        const std::string& network = database_->text_of(vif, "network");
        const auto pifs = database_->set_of(network, "PIFs");
        const bool everywhere = std::ranges::all_of(enabled, [&](const std::string& host) {
            return std::ranges::any_of(pifs, [&](const std::string& pif) {
                return database_->text_of(pif, "host") == host &&
                       database_->text_of(pif, "bond_slave_of") == null_ref;
            });
        });
        if (!everywhere) return error({"HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED", network});
    }
    if (!database_->set_of(vm, "VGPUs").empty()) return error({"VM_HAS_VGPU", vm});
    if (!database_->set_of(vm, "VUSBs").empty()) return error({"VM_HAS_VUSBS", vm});
    return std::nullopt;
}

// ---- all VMs of a host

/// host_free_memory() of every host, in one pass over the VMs.
std::map<std::string, Bytes> Placement::free_memory() const {
    std::map<std::string, Bytes> free;
    for (const std::string& host : service_->members()) {
        const std::string& metrics = database_->text_of(host, "metrics");
        free[host] = Bytes{database_->number_of(metrics, "memory_total") -
                           database_->number_of(host, "memory_overhead")};
    }
    for (const auto& [vm, object] : database_->table("VM")) {
        const std::string& here = database_->text_of(vm, "resident_on");
        const std::string& coming = database_->text_of(vm, "scheduled_to_be_resident_on");
        const Bytes charged{database_->number_of(vm, "memory_dynamic_min") +
                            database_->number_of(vm, "memory_overhead")};
        if (const auto at = free.find(here); at != free.end()) at->second -= charged;
        if (coming == here) continue;
        if (const auto at = free.find(coming); at != free.end()) at->second -= charged;
    }
    for (auto& [host, bytes] : free) bytes = std::max(Bytes{0}, bytes);
    return free;
}

std::vector<std::string> Placement::targets_of(const std::string& host) const {
    const bool upgraded_only = options_.evacuates_to_upgraded_only && is_mixed(*service_);
    const std::string& coordinator = database_->text_of(service_->pool(), "master");
    std::vector<std::string> targets;
    for (const std::string& other : service_->members()) {
        if (other == host || !database_->flag_of(other, "enabled")) continue;
        if (!may_move(host, other)) continue;
        if (upgraded_only && !may_move(coordinator, other)) continue;
        targets.push_back(other);
    }
    return targets;
}

std::optional<Failure> Placement::evacuation_error(const std::string& vm,
                                                   const std::vector<std::string>& targets) const {
    if (targets.empty()) return error({"NO_HOSTS_AVAILABLE", vm});
    if (auto refused = operations_->refuses(vm, "pool_migrate")) return refused;
    Checks checks;
    checks.memory = false;
    for (const std::string& target : targets) {
        if (auto refused = refuses(vm, target, checks)) return refused;
    }
    if (!database_->flag_of(service_->pool(), "ha_enabled")) return std::nullopt;
    if (database_->text_of(vm, "ha_restart_priority") == "restart") return std::nullopt;
    static const Dotted named_since{26, 17};
    const Version coordinator = version_of(database_->text_of(service_->pool(), "master"));
    if (coordinator.manager < named_since) return error({"HOST_NOT_ENOUGH_FREE_MEMORY", vm});
    return error({"HOST_EVACUATE_VM_NOT_HA_PROTECTED", vm});
}

EvacuationPlan Placement::plan_evacuation(const std::string& host) const {
    const std::vector<std::string> targets = targets_of(host);
    EvacuationPlan plan;
    std::vector<std::string> vms = database_->set_of(host, "resident_VMs");
    std::ranges::sort(vms);
    std::erase_if(
        vms, [&](const std::string& vm) { return database_->flag_of(vm, "is_control_domain"); });
    place(vms, targets, plan);
    for (const std::string& vm : vms) {
        if (auto refused = evacuation_error(vm, targets)) {
            plan.targets.erase(vm);
            plan.errors.insert_or_assign(vm, std::move(*refused));
        }
    }
    return plan;
}

/// The first group of the VM that stays apart, and who of it is where, or on the way there.
std::string Placement::note_group(const std::string& vm, Neighbours& neighbours) const {
    if (!database_->schema().find("VM_group")) return "";
    for (const std::string& group : database_->set_of(vm, "groups")) {
        if (database_->find("VM_group", group) == nullptr) continue;
        if (database_->text_of(group, "placement") != "anti_affinity") continue;
        if (!neighbours.try_emplace(group).second) return group;
        for (const std::string& other : database_->set_of(group, "VMs")) {
            const std::string& coming = database_->text_of(other, "scheduled_to_be_resident_on");
            const std::string& here = database_->text_of(other, "resident_on");
            ++neighbours[group][coming == null_ref ? here : coming];
        }
        return group;
    }
    return "";
}

void Placement::place(const std::vector<std::string>& vms, const std::vector<std::string>& targets,
                      EvacuationPlan& plan) const {
    const std::map<std::string, Bytes> free = free_memory();
    Room room;
    for (const std::string& target : targets) room.emplace_back(target, free.at(target));
    std::vector<PackedVm> packed;
    Neighbours neighbours;
    const bool apart = service_->members().size() >= 3;
    for (const std::string& vm : vms) {
        packed.push_back({vm, size_for_plan(*database_, vm),
                          apart ? note_group(vm, neighbours) : std::string()});
    }
    plan.targets = pack_apart(packed, room, neighbours);
    for (const std::string& vm : vms) {
        if (plan.targets.contains(vm)) continue;
        plan.errors.emplace(vm, Failure{{"HOST_NOT_ENOUGH_FREE_MEMORY", vm}});
    }
}

}  // namespace vacate::poolserver
