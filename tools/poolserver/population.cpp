// Translates a scenario object by object; what it does not say gets one plain answer.
#include "tools/poolserver/population.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "model/check.hpp"
#include "tools/poolserver/population_parts.hpp"
#include "tools/poolserver/storage.hpp"
#include "tools/poolserver/vm_population.hpp"

namespace vacate::poolserver {
namespace {

std::string dotted_text(const Dotted& dotted) {
    std::string result;
    for (const std::int64_t part : dotted) {
        if (!result.empty()) result.push_back('.');
        result += std::to_string(part);
    }
    return result;
}

/// The words of a pool that no licence holds back, as xapi lists them.
Value restrictions_of(const std::vector<Note>& notes) {
    static constexpr std::pair<std::string_view, std::string_view> keys[]{
        {"restrict_pooling", ""},
        {"restrict_wlb", ""},
        {"restrict_rbac", ""},
        {"restrict_dmc", ""},
        {"restrict_checkpoint", ""},
        {"restrict_storage_xen_motion", "LICENCE_NO_STORAGE_MOTION"},
        {"restrict_xen_motion", "LICENCE_NO_MOTION"},
        {"restrict_rpu", "LICENCE_NO_RPU"}};
    Struct restrictions;
    for (const auto& [key, code] : keys) {
        restrictions.push_back(entry(key, has_note(notes, code) ? "true" : "false"));
    }
    return {std::move(restrictions)};
}

/// Builds the objects of one scenario.
class Populator {
  public:
    Populator(Database& database, const Scenario& scenario, DateTime started_at)
        : database_(database),
          scenario_(scenario),
          pool_(scenario.pool),
          started_at_(started_at),
          era_(era_of(scenario)) {}

    Population run(const Addresses& addresses) {
        for (const Network& network : pool_.networks) add_network(network);
        for (const Id<Host> host : pool_.hosts.ids()) add_host(host, addresses);
        for (const Id<Storage> storage : pool_.storages.ids()) add_storage(storage);
        add_vms(database_, scenario_, started_at_, era_, made_);
        if (scenario_.state.ha.on) add_state_file();
        for (const Id<Storage> storage : pool_.storages.ids()) settle_storage(storage);
        add_groups();
        add_pool();
        return std::move(made_);
    }

  private:
    void add_network(const Network& network) {
        const std::string bridge = "xenbr" + std::to_string(made_.networks.size());
        made_.networks.push_back(
            database_.create("network", network.name,
                             {{"name_label", text(network.name)}, {"bridge", text(bridge)}}));
    }

    Struct cpu_info(const Host& host) const {
        Struct info;
        if (host.cpus > 0) {
            info.push_back(entry("cpu_count", std::to_string(host.cpus)));
            info.push_back(entry("socket_count", host.cpus > 1 ? "2" : "1"));
        }
        const auto& cpu = host.hvm_features ? host.hvm_features : host.pv_features;
        if (cpu) info.push_back(entry("vendor", cpu->vendor));
        if (host.hvm_features) {
            info.push_back(entry("features_hvm", feature_text(*host.hvm_features)));
        }
        if (host.pv_features) {
            info.push_back(entry("features_pv", feature_text(*host.pv_features)));
        }
        return info;
    }

    void add_host(Id<Host> id, const Addresses& addresses) {
        const Host& host = pool_.hosts[id];
        const HostState& state = scenario_.state.hosts[id];
        const bool live = state.phase != HostPhase::lost && state.phase != HostPhase::down;
        const HostFigures figures = host_figures(capacity_in(pool_, scenario_.state, id), era_);
        const std::string metrics = database_.create("host_metrics", host.name,
                                                     {{"memory_total", number(figures.total.count)},
                                                      {"live", flag(live)},
                                                      {"last_updated", {started_at_}}});
        const bool enabled = state.phase == HostPhase::enabled;
        const std::string since = std::to_string(started_at_.seconds - uptime_seconds) + ".";
        const std::string ref = database_.create(
            "host", host.name,
            {{"name_label", text(host.name)},
             {"hostname", text(host.name)},
             {"address", text(address_of(id, addresses))},
             {"enabled", flag(enabled)},
             {"metrics", text(metrics)},
             {"memory_overhead", number(figures.overhead.count)},
             {"software_version",
              {software_version(version_in(pool_, scenario_.state, id), host.name)}},
             {"cpu_info", {cpu_info(host)}},
             {"API_version_major", number(2)},
             {"API_version_minor", number(20)},
             {"API_version_vendor", text("XenSource")},
             {"capabilities", texts({"xen-3.0-x86_64", "hvm-3.0-x86_32", "hvm-3.0-x86_64"})},
             {"supported_bootloaders", texts({"pygrub", "eliloader"})},
             {"virtual_hardware_platform_versions", {Array{number(0), number(1), number(2)}}},
             {"allowed_operations", host_operations(enabled)},
             {"other_config",
              {Struct{entry("boot_time", since), entry("agent_start_time", since)}}},
             {"power_on_mode", text(has_note(host.notes, "POWER_ON_ILO") ? "iLO" : "")},
             {"ssl_legacy", flag(is_named(pool_.notes, "LEGACY_SSL", "host " + host.name))},
             {"pending_guidances", guidances_of(database_.schema(), host.notes)}});
        made_.hosts.push_back(ref);
        made_.host_metrics.push_back(metrics);
        add_dom0(host, ref, figures);
        add_cpus(host, ref);
        add_pifs(id, ref);
    }

    std::string address_of(Id<Host> id, const Addresses& addresses) const {
        if (id.index < addresses.of_hosts.size()) return addresses.of_hosts[id.index];
        return "10.0." + std::to_string(id.index / 250) + "." + std::to_string(id.index % 250 + 1);
    }

    void add_dom0(const Host& host, const std::string& ref, const HostFigures& figures) {
        const std::int64_t memory = figures.dom0.dynamic_min.count;
        const std::string metrics =
            database_.create("VM_metrics", "dom0 " + host.name,
                             {{"memory_actual", number(memory)},
                              {"VCPUs_number", number(figures.dom0.vcpus)},
                              {"current_domain_type", text("pv")},
                              {"start_time", {DateTime{started_at_.seconds - uptime_seconds}}}});
        const std::string label = "Control domain on host: " + host.name;
        made_.dom0s.push_back(
            database_.create("VM", label,
                             {{"name_label", text(label)},
                              {"is_control_domain", flag(true)},
                              {"power_state", text("Running")},
                              {"domid", number(0)},
                              {"resident_on", text(ref)},
                              {"affinity", text(ref)},
                              {"domain_type", text("pv")},
                              {"metrics", text(metrics)},
                              {"VCPUs_max", number(figures.dom0.vcpus)},
                              {"VCPUs_at_startup", number(figures.dom0.vcpus)},
                              {"memory_static_max", number(memory)},
                              {"memory_dynamic_max", number(memory)},
                              {"memory_dynamic_min", number(memory)},
                              {"memory_target", number(memory)},
                              {"memory_overhead", number(figures.dom0_overhead.count)}}));
        database_.set(ref, "control_domain", text(made_.dom0s.back()));
    }

    void add_cpus(const Host& host, const std::string& ref) {
        for (std::int64_t i = 0; i < host.cpus; ++i) {
            const auto& cpu = host.hvm_features ? host.hvm_features : host.pv_features;
            database_.create("host_cpu", host.name + "/" + std::to_string(i),
                             {{"host", text(ref)},
                              {"number", number(i)},
                              {"vendor", text(cpu ? cpu->vendor : "")},
                              {"features", text(cpu ? feature_text(*cpu) : "")}});
        }
    }

    /// One PIF for each network of the host; the first carries management and migrations. A host
    /// without networks has one for these, which no VM uses.
    void add_pifs(Id<Host> id, const std::string& ref) {
        const Host& host = pool_.hosts[id];
        for (std::size_t i = 0; i < host.networks.size(); ++i) {
            add_pif(host, ref, i, made_.networks[host.networks[i].index]);
        }
        if (!host.networks.empty()) return;
        if (management_.empty()) {
            management_ = database_.create(
                "network", "management",
                {{"name_label", text("management")}, {"bridge", text("xenbr-management")}});
        }
        add_pif(host, ref, 0, management_);
    }

    void add_pif(const Host& host, const std::string& ref, std::size_t at,
                 const std::string& network) {
        const std::string device = "eth" + std::to_string(at);
        const std::string name = host.name + "/" + device;
        const bool first = at == 0;
        const std::int64_t speed = host.link.count / megabits_per_second(1).count;
        const std::string metrics = database_.create("PIF_metrics", name,
                                                     {{"carrier", flag(true)},
                                                      {"speed", number(speed)},
                                                      {"duplex", flag(host.full_duplex)},
                                                      {"device_name", text("Ethernet")},
                                                      {"last_updated", {started_at_}}});
        database_.create("PIF", name,
                         {{"host", text(ref)},
                          {"network", text(network)},
                          {"device", text(device)},
                          {"MAC", text(mac_of(database_.uuid_of("MAC " + name)))},
                          {"metrics", text(metrics)},
                          {"physical", flag(true)},
                          {"currently_attached", flag(true)},
                          {"management", flag(first)},
                          {"ip_configuration_mode", text(first ? "Static" : "None")},
                          {"IP", text(first ? database_.text_of(ref, "address") : "")},
                          {"netmask", text(first ? "255.0.0.0" : "")}});
    }

    void add_storage(Id<Storage> id) {
        const Storage& storage = pool_.storages[id];
        const bool tools = std::ranges::any_of(
            pool_.vms, [&](const Vm& vm) { return vm.cd == id && has_note(vm.notes, "TOOLS_CD"); });
        const bool removable = storage.type == "iso" || storage.type == "udev" || tools;
        const std::string ref =
            database_.create("SR", storage.name,
                             {{"name_label", text(storage.name)},
                              {"type", text(storage.type)},
                              {"content_type", text(removable ? "iso" : "user")},
                              {"shared", flag(storage.shared)},
                              {"is_tools_sr", flag(tools)}});
        made_.storages.push_back(ref);
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool attached = sees(pool_.hosts[host], id);
            const std::vector<Note>& notes = pool_.hosts[host].notes;
            const bool unplugged =
                std::ranges::find(notes, Note{"PBD_UNPLUGGED", storage.name}) != notes.end();
            if (!attached && !unplugged) continue;
            database_.create("PBD", storage.name + "@" + pool_.hosts[host].name,
                             {{"host", text(made_.hosts[host.index])},
                              {"SR", text(ref)},
                              {"currently_attached", flag(attached)}});
            if (!storage.shared && !removable) keep_images(made_.hosts[host.index], ref);
        }
    }

    /// A host's own storage takes what an installation puts there.
    void keep_images(const std::string& host, const std::string& storage) {
        if (database_.text_of(host, "suspend_image_sr") != null_ref) return;
        database_.set(host, "suspend_image_sr", text(storage));
        database_.set(host, "crash_dump_sr", text(storage));
    }

    /// Sizes, once all disks are known: what is not used is free.
    void settle_storage(Id<Storage> id) {
        const std::string& ref = made_.storages[id.index];
        std::int64_t used = 0;
        for (const std::string& vdi : database_.set_of(ref, "VDIs")) {
            used += database_.number_of(vdi, "virtual_size");
        }
        database_.set(ref, "virtual_allocation", number(used));
        database_.set(ref, "physical_utilisation", number(used));
        database_.set(ref, "physical_size", number(used + pool_.storages[id].free.count));
    }

    void add_groups() {
        if (!database_.schema().find("VM_group")) return;
        for (const Group& group : pool_.groups) {
            const bool apart = group.kind == Group::Kind::apart;
            const std::string ref =
                database_.create("VM_group", group.name,
                                 {{"name_label", text(group.name)},
                                  {"placement", text(apart ? "anti_affinity" : "normal")}});
            for (const Id<Vm> member : group.members) {
                Array groups = std::get<Array>(database_.get(made_.vms[member.index], "groups").of);
                groups.push_back(text(ref));
                database_.set(made_.vms[member.index], "groups", {std::move(groups)});
            }
        }
    }

    /// On the first storage that all hosts share; a pool without one has HA by some other means.
    void add_state_file() {
        for (const Id<Storage> id : pool_.storages.ids()) {
            const Storage& storage = pool_.storages[id];
            if (!storage.shared || storage.type == "iso" || storage.type == "udev") continue;
            const bool everywhere =
                std::ranges::all_of(pool_.hosts, [&](const Host& host) { return sees(host, id); });
            if (!everywhere) continue;
            state_files_.push_back(text(create_state_file(database_, made_.storages[id.index])));
            return;
        }
    }

    /// What every host's CPU offers: what VMs see.
    Struct pool_cpu_info() const {
        Struct info = cpu_info(pool_.hosts[pool_.coordinator]);
        for (const bool hvm : {true, false}) {
            std::optional<CpuFeatures> common;
            for (const Host& host : pool_.hosts) {
                const auto& offered = hvm ? host.hvm_features : host.pv_features;
                if (!offered) continue;
                if (!common) common = offered;
                const std::size_t size = std::min(common->words.size(), offered->words.size());
                common->words.resize(size);
                for (std::size_t i = 0; i < size; ++i) common->words[i] &= offered->words[i];
            }
            const auto found =
                std::ranges::find(info, hvm ? "features_hvm" : "features_pv", &Member::name);
            if (common && found != info.end()) found->value = text(feature_text(*common));
        }
        return info;
    }

    void add_pool() {
        const PoolState& state = scenario_.state;
        Struct other{entry("memory-ratio-hvm", "0.25"), entry("memory-ratio-pv", "0.25")};
        if (state.auto_power_on.on) other.push_back(entry("auto_poweron", "true"));
        if (is_mixed(pool_, state) || has_note(pool_.notes, "ROLLING_UPGRADE_IN_PROGRESS")) {
            other.push_back(entry("rolling_upgrade_in_progress", "true"));
        }
        const Note* controller = find_note(pool_.notes, "VSWITCH_CONTROLLER");
        Struct health;
        if (has_note(pool_.notes, "HEALTH_CHECK")) health.push_back(entry("Enrollment", "true"));
        Fields fields{{"name_label", text(pool_.name)},
                      {"master", text(made_.hosts[pool_.coordinator.index])},
                      {"other_config", {std::move(other)}},
                      {"ha_enabled", flag(state.ha.on)},
                      {"ha_statefiles", {state_files_}},
                      {"ha_host_failures_to_tolerate", number(pool_.policy.spare_hosts)},
                      {"ha_plan_exists_for", number(state.ha.on ? pool_.policy.spare_hosts : 0)},
                      {"wlb_enabled", flag(state.wlb.on)},
                      {"wlb_url", text(state.wlb.on ? "wlb.example:8012" : "")},
                      {"vswitch_controller", text(controller ? controller->detail : "")},
                      {"health_check_config", {std::move(health)}},
                      {"is_psr_pending", flag(has_note(pool_.notes, "PSR_PENDING"))},
                      {"restrictions", restrictions_of(pool_.notes)},
                      {"cpu_info", {pool_cpu_info()}}};
        for (const Id<Storage> storage : pool_.storages.ids()) {
            const Storage& each = pool_.storages[storage];
            if (!each.shared || each.type == "iso" || each.type == "udev") continue;
            for (const std::string_view field : {"default_SR", "suspend_image_SR"}) {
                fields.emplace_back(field, text(made_.storages[storage.index]));
            }
            break;
        }
        made_.pool = database_.create("pool", pool_.name, std::move(fields));
    }

    Database& database_;
    const Scenario& scenario_;
    const Pool& pool_;
    DateTime started_at_;
    OverheadEra era_;
    Population made_;
    std::string management_;  // the network of hosts without any
    Array state_files_;       // of HA
};

}  // namespace

Release release_of(const Scenario& scenario) {
    const Version& version = version_in(scenario.pool, scenario.state, scenario.pool.coordinator);
    const Dotted& build = version.manager_build;
    const Dotted& xapi = build.empty() || build == absent_dotted() ? version.manager : build;
    return {xapi >= Dotted{24, 19}};
}

Struct software_version(const Version& version, const std::string& hostname) {
    Struct software;
    const std::string label = version.label;
    if (!label.empty()) {
        software.push_back(entry("product_version", label));
        software.push_back(entry("product_version_text", label));
        software.push_back(entry("product_version_text_short", label.substr(0, label.rfind('.'))));
    }
    software.push_back(entry("platform_name", "XCP"));
    const std::pair<std::string_view, const Dotted*> keys[]{{"platform_version", &version.platform},
                                                            {"xapi", &version.manager},
                                                            {"xapi_build", &version.manager_build},
                                                            {"xen", &version.hypervisor}};
    for (const auto& [key, dotted] : keys) {
        if (*dotted == absent_dotted()) continue;  // what a missing key means
        software.push_back(entry(key, dotted->empty() ? "(unknown)" : dotted_text(*dotted)));
    }
    software.push_back(entry("product_brand", "vacate"));
    software.push_back(entry("network_backend", "openvswitch"));
    software.push_back(entry("hostname", hostname));
    software.push_back(entry("build_number", "0"));
    software.push_back(entry("git_id", "0"));
    return software;
}

Value vm_operations(std::string_view power_state) {
    if (power_state == "Running") {
        return texts({"changing_dynamic_range", "migrate_send", "pool_migrate",
                      "changing_VCPUs_live", "suspend", "hard_reboot", "hard_shutdown",
                      "clean_reboot", "clean_shutdown", "pause", "checkpoint", "snapshot"});
    }
    if (power_state == "Paused") return texts({"unpause", "hard_reboot", "hard_shutdown"});
    if (power_state == "Suspended") {
        return texts({"resume", "resume_on", "hard_shutdown", "checkpoint", "snapshot"});
    }
    return texts({"start", "start_on", "clone", "copy", "export", "destroy", "snapshot",
                  "changing_dynamic_range", "changing_static_range", "changing_memory_limits",
                  "migrate_send"});
}

Value host_operations(bool enabled) {
    if (!enabled) return texts({"evacuate", "reboot", "shutdown", "enable"});
    return texts({"vm_migrate", "provision", "vm_resume", "evacuate", "vm_start"});
}

Population populate(Database& database, const Scenario& scenario, DateTime started_at,
                    const Addresses& addresses) {
    return Populator(database, scenario, started_at).run(addresses);
}

}  // namespace vacate::poolserver
