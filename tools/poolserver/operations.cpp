// xapi's checks of an operation, one after the other.
#include "tools/poolserver/operations.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/poolserver/reads.hpp"

namespace vacate::poolserver {
namespace {

using Words = std::vector<std::string_view>;

/// In which power states a VM takes an operation: letters of Halted, Paused, Suspended, Running,
/// in the order in which xapi lists them in errors.
struct Allowed {
    std::string_view operation;
    std::string_view states;
};
constexpr Allowed allowed_states[]{{"changing_dynamic_range", "HR"},
                                   {"changing_shadow_memory", "H"},
                                   {"changing_static_range", "H"},
                                   {"changing_memory_limits", "H"},
                                   {"changing_VCPUs", "H"},
                                   {"make_into_template", "H"},
                                   {"migrate_send", "HSR"},
                                   {"pool_migrate", "R"},
                                   {"changing_VCPUs_live", "R"},
                                   {"changing_memory_live", "R"},
                                   {"awaiting_memory_live", "R"},
                                   {"changing_shadow_memory_live", "R"},
                                   {"send_sysrq", "R"},
                                   {"send_trigger", "R"},
                                   {"data_source_op", "R"},
                                   {"call_plugin", "R"},
                                   {"provision", "H"},
                                   {"destroy", "HS"},
                                   {"export", "HS"},
                                   {"resume_on", "S"},
                                   {"resume", "S"},
                                   {"csvm", "S"},
                                   {"suspend", "R"},
                                   {"hard_reboot", "PR"},
                                   {"hard_shutdown", "PSR"},
                                   {"clean_reboot", "R"},
                                   {"clean_shutdown", "R"},
                                   {"shutdown", "PSR"},
                                   {"unpause", "P"},
                                   {"pause", "R"},
                                   {"start_on", "H"},
                                   {"start", "H"},
                                   {"snapshot_with_quiesce", "R"},
                                   {"checkpoint", "SR"},
                                   {"clone", "HS"},
                                   {"copy", "HS"},
                                   {"snapshot", "HPSR"}};

/// What allowed_operations lists, in xapi's order.
constexpr std::string_view listed[]{"changing_dynamic_range",
                                    "changing_shadow_memory",
                                    "changing_static_range",
                                    "make_into_template",
                                    "migrate_send",
                                    "pool_migrate",
                                    "changing_VCPUs_live",
                                    "destroy",
                                    "export",
                                    "resume_on",
                                    "resume",
                                    "suspend",
                                    "hard_reboot",
                                    "hard_shutdown",
                                    "clean_reboot",
                                    "clean_shutdown",
                                    "unpause",
                                    "pause",
                                    "start_on",
                                    "start",
                                    "checkpoint",
                                    "clone",
                                    "copy",
                                    "snapshot"};

/// Source: xapi, ocaml/xapi/xapi_globs.ml:483.
constexpr std::string_view in_mixed_mode[]{"assert_operation_valid",
                                           "changing_memory_live",
                                           "changing_shadow_memory_live",
                                           "changing_VCPUs_live",
                                           "clean_reboot",
                                           "clean_shutdown",
                                           "clone",
                                           "copy",
                                           "csvm",
                                           "destroy",
                                           "export",
                                           "get_boot_record",
                                           "hard_reboot",
                                           "hard_shutdown",
                                           "import",
                                           "make_into_template",
                                           "migrate_send",
                                           "pause",
                                           "pool_migrate",
                                           "power_state_reset",
                                           "provision",
                                           "resume",
                                           "resume_on",
                                           "send_sysrq",
                                           "send_trigger",
                                           "start",
                                           "start_on",
                                           "suspend",
                                           "unpause",
                                           "update_allowed_operations"};

// Need a guest that can be suspended; checkpoint is one of them.
constexpr std::string_view suspending[]{"suspend", "checkpoint", "pool_migrate", "migrate_send"};
// Need an agent in the guest that answers.
constexpr std::string_view cooperating[]{"clean_shutdown", "clean_reboot", "changing_VCPUs_live"};
// What a forced end overtakes: it cancels these first.
constexpr std::string_view under_shutdown[]{"clean_shutdown", "clean_reboot", "hard_reboot",
                                            "pool_migrate", "suspend"};
constexpr std::string_view under_reboot[]{"clean_shutdown", "clean_reboot", "pool_migrate",
                                          "suspend"};

template <class Range>
bool holds(const Range& range, std::string_view word) {
    return std::ranges::find(range, word) != std::end(range);
}

char letter_of(std::string_view power_state) { return power_state[0]; }

std::string names_of(std::string_view letters) {
    std::string names;
    for (const char letter : letters) {
        if (!names.empty()) names += ", ";
        names += letter == 'H'   ? "halted"
                 : letter == 'P' ? "paused"
                 : letter == 'S' ? "suspended"
                                 : "running";
    }
    return names;
}

/// One operation on one VM.
class Question {
  public:
    Question(const PoolService& service, const std::string& vm, std::string_view operation,
             bool strict)
        : service_(service),
          database_(service.database()),
          vm_(vm),
          operation_(operation),
          strict_(strict) {}

    std::optional<Failure> answer() const {
        using Check = std::optional<Failure> (Question::*)() const;
        static constexpr Check checks[]{&Question::blocked,  &Question::wrong_power_state,
                                        &Question::busy,     &Question::template_or_dom0,
                                        &Question::immobile, &Question::refused_by_guest,
                                        &Question::silent,   &Question::reset_disks,
                                        &Question::attached, &Question::in_upgrade};
        for (const Check check : checks) {
            if (auto failure = (this->*check)()) return failure;
        }
        return std::nullopt;
    }

  private:
    static std::optional<Failure> error(std::vector<std::string> description) {
        return Failure{std::move(description)};
    }
    const std::string& text_in(std::string_view field) const {
        return database_.text_of(vm_, field);
    }

    std::optional<Failure> blocked() const {
        for (const Member& each : std::get<Struct>(database_.get(vm_, "blocked_operations").of)) {
            if (each.name != operation_) continue;
            return error({"OPERATION_BLOCKED", vm_, std::get<std::string>(each.value.of)});
        }
        return std::nullopt;
    }

    std::optional<Failure> wrong_power_state() const {
        const auto* const found =
            std::ranges::find(allowed_states, operation_, &Allowed::operation);
        if (found == std::end(allowed_states)) return std::nullopt;
        const char actual = letter_of(text_in("power_state"));
        if (found->states.find(actual) != std::string_view::npos) return std::nullopt;
        return error({"VM_BAD_POWER_STATE", vm_, names_of(found->states),
                      names_of(std::string_view(&actual, 1))});
    }

    std::optional<Failure> busy() const {
        const auto& current = std::get<Struct>(database_.get(vm_, "current_operations").of);
        for (const Member& each : current) {
            const std::string& other = std::get<std::string>(each.value.of);
            const bool overtakes =
                (operation_ == "hard_shutdown" && holds(under_shutdown, other)) ||
                (operation_ == "hard_reboot" && holds(under_reboot, other));
            if (!overtakes) {
                return error({"OTHER_OPERATION_IN_PROGRESS", "VM", vm_, other, each.name});
            }
        }
        return std::nullopt;
    }

    std::optional<Failure> template_or_dom0() const {
        const std::string operation(operation_);
        if (database_.flag_of(vm_, "is_a_template")) {
            return error({"VM_IS_TEMPLATE", vm_, operation});
        }
        if (database_.flag_of(vm_, "is_a_snapshot")) {
            return error({"VM_IS_SNAPSHOT", vm_, operation});
        }
        if (!database_.flag_of(vm_, "is_control_domain")) return std::nullopt;
        return error({"OPERATION_NOT_ALLOWED", "Operations on domain 0 are not allowed"});
    }

    std::optional<Failure> immobile() const {
        if (!strict_ || !holds(suspending, operation_)) return std::nullopt;
        const std::string& metrics = text_in("metrics");
        if (database_.find("VM_metrics", metrics) == nullptr) return std::nullopt;
        if (!database_.flag_of(metrics, "nomigrate") &&
            !database_.flag_of(metrics, "nested_virt")) {
            return std::nullopt;
        }
        return error({"VM_IS_IMMOBILE", vm_});
    }

    bool has_guest_metrics() const {
        return database_.find("VM_guest_metrics", text_in("guest_metrics")) != nullptr;
    }

    std::optional<Failure> refused_by_guest() const {
        if (!holds(suspending, operation_) || !has_guest_metrics()) return std::nullopt;
        const std::string reason =
            database_.entry_of(text_in("guest_metrics"), "other", "data-cant-suspend-reason");
        if (reason.empty()) return std::nullopt;
        return error({"VM_NON_SUSPENDABLE", vm_, reason});
    }

    std::optional<Failure> silent() const {
        const bool asks = holds(suspending, operation_) || holds(cooperating, operation_);
        if (!strict_ || !asks || text_in("power_state") != "Running") return std::nullopt;
        if (guest_memory_of(database_, vm_).domain != DomainType::hvm) return std::nullopt;
        if (has_guest_metrics()) {
            const std::string& metrics = text_in("guest_metrics");
            if (database_.flag_of(metrics, "PV_drivers_detected")) return std::nullopt;
            if (!database_.entry_of(metrics, "other", "feature-suspend").empty() &&
                holds(suspending, operation_)) {
                return std::nullopt;
            }
        }
        return error({"VM_LACKS_FEATURE", vm_});
    }

    std::optional<Failure> reset_disks() const {
        const bool moves = operation_ == "pool_migrate";
        const bool keeps = holds(Words{"suspend", "checkpoint", "snapshot"}, operation_);
        if (!moves && !keeps) return std::nullopt;
        for (const std::string& vbd : database_.set_of(vm_, "VBDs")) {
            const std::string& vdi = database_.text_of(vbd, "VDI");
            if (database_.find("VDI", vdi) == nullptr) continue;
            const bool resets = database_.text_of(vdi, "on_boot") == "reset";
            if (!resets || (moves && !database_.flag_of(vdi, "allow_caching"))) continue;
            return error({"VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION"});
        }
        return std::nullopt;
    }

    std::optional<Failure> attached() const {
        if (!holds(suspending, operation_)) return std::nullopt;
        const bool passed_through = !database_.set_of(vm_, "attached_PCIs").empty() ||
                                    !database_.entry_of(vm_, "other_config", "pci").empty();
        if (passed_through) return error({"VM_HAS_PCI_ATTACHED", vm_});
        if (!database_.set_of(vm_, "VGPUs").empty()) return error({"VM_HAS_VGPU", vm_});
        if (!database_.set_of(vm_, "VUSBs").empty()) return error({"VM_HAS_VUSBS", vm_});
        return std::nullopt;
    }

    std::optional<Failure> in_upgrade() const {
        if (!is_mixed(service_) || holds(in_mixed_mode, operation_)) return std::nullopt;
        return error({"NOT_SUPPORTED_DURING_UPGRADE"});
    }

    const PoolService& service_;
    const Database& database_;
    const std::string& vm_;
    std::string_view operation_;
    bool strict_;
};

bool is_hvm(const Database& database, const std::string& vbd) {
    const std::string& vm = database.text_of(vbd, "VM");
    return guest_memory_of(database, vm).domain == DomainType::hvm;
}

/// Disks come and go under a running guest that has drivers for it, while nobody stops the VM.
///
/// Source: xapi, ocaml/xapi/xapi_vbd_helpers.ml, valid_operations.
bool takes_hotplug(const Database& database, const std::string& vbd) {
    static constexpr std::string_view stopping[]{"clean_shutdown", "hard_shutdown", "suspend",
                                                 "pause"};
    const std::string& vm = database.text_of(vbd, "VM");
    for (const Member& each : std::get<Struct>(database.get(vm, "current_operations").of)) {
        if (holds(stopping, std::get<std::string>(each.value.of))) return false;
    }
    if (!is_hvm(database, vbd)) return true;
    const std::string& agent = database.text_of(vm, "guest_metrics");
    if (database.find("VM_guest_metrics", agent) == nullptr) return false;
    const std::string& claim = database.text_of(agent, "can_use_hotplug_vbd");
    if (claim != "unspecified") return claim == "yes";
    return database.flag_of(agent, "PV_drivers_detected");
}

Value texts(const std::vector<std::string_view>& words) {
    Array array;
    for (const std::string_view each : words) array.push_back(text(each));
    return {std::move(array)};
}

}  // namespace

bool is_mixed(const PoolService& service) {
    const auto& other = std::get<Struct>(service.database().get(service.pool(), "other_config").of);
    return std::ranges::any_of(
        other, [](const Member& each) { return each.name == "rolling_upgrade_in_progress"; });
}

std::optional<Failure> Operations::refuses(const std::string& vm, std::string_view operation,
                                           bool strict) const {
    return Question(*service_, vm, operation, strict).answer();
}

std::optional<Failure> Operations::host_refuses(const std::string& host,
                                                std::string_view operation) const {
    static constexpr std::string_view bring[]{"provision", "vm_resume", "vm_migrate"};
    static constexpr std::string_view remove[]{"evacuate", "reboot", "shutdown"};
    for (const auto& [key, each] : on_hosts_) {
        if (each.host != host) continue;
        const bool excluded = holds(remove, each.operation)
                                  ? holds(bring, operation) || holds(remove, operation)
                                  : holds(bring, each.operation) && holds(remove, operation);
        if (!excluded) continue;
        return Failure{{"OTHER_OPERATION_IN_PROGRESS", "host", host, each.operation, key}};
    }
    return std::nullopt;
}

void Operations::update(const std::string& vm) {
    Database& database = service_->database();
    if (database.find("VM", vm) == nullptr) return;
    std::vector<std::string_view> allowed;
    for (const std::string_view operation : listed) {
        if (!refuses(vm, operation)) allowed.push_back(operation);
    }
    database.set(vm, "allowed_operations", texts(allowed));
    const std::string power = database.text_of(vm, "power_state");
    for (const std::string& vbd : database.set_of(vm, "VBDs")) update_drive(vbd, power);
}

void Operations::update_all() {
    std::vector<std::string> vms;
    for (const auto& [ref, object] : service_->database().table("VM")) vms.push_back(ref);
    for (const std::string& vm : vms) update(vm);
}

void Operations::update_drive(const std::string& vbd, const std::string& power) {
    Database& database = service_->database();
    std::vector<std::string_view> allowed;
    const bool busy = !std::get<Struct>(database.get(vbd, "current_operations").of).empty();
    if (!busy) {
        allowed.push_back("attach");
        const bool cd = database.text_of(vbd, "type") == "CD";
        if (cd && power != "Suspended") {
            allowed.push_back(database.flag_of(vbd, "empty") ? "insert" : "eject");
        }
        if (power == "Running" && !(cd && is_hvm(database, vbd)) && takes_hotplug(database, vbd)) {
            if (!database.flag_of(vbd, "currently_attached")) {
                allowed.push_back("plug");
            } else if (database.flag_of(vbd, "unpluggable")) {
                allowed.push_back("unplug");
                allowed.push_back("unplug_force");
            }
        }
        if (power == "Running" || power == "Paused") {
            allowed.push_back("pause");
            allowed.push_back("unpause");
        }
    }
    database.set(vbd, "allowed_operations", texts(allowed));
}

std::string Operations::key_of(const std::string& task) {
    if (!task.empty()) return task;
    const std::string name = "operation " + std::to_string(begun_++);
    return "OpaqueRef:" + service_->database().uuid_of(name);
}

std::string Operations::begin(const std::string& vm, std::string_view operation,
                              const std::string& task, Interrupt interrupt) {
    const std::string key = key_of(task);
    running_.insert_or_assign(key, Running{vm, std::string(operation), task, std::move(interrupt)});
    service_->database().put_entry(vm, "current_operations", key, text(operation));
    update(vm);
    service_->tasks().on_cancel(task, [this, key] {
        this->interrupt(key, Failure{{"TASK_CANCELLED", key}});
    });
    return key;
}

void Operations::make_final(const std::string& key) {
    const auto found = running_.find(key);
    if (found == running_.end()) return;
    service_->tasks().on_cancel(found->second.task, nullptr);
}

void Operations::end(const std::string& key) {
    const auto found = running_.find(key);
    if (found == running_.end()) return;
    const Running running = std::move(found->second);
    running_.erase(found);
    service_->tasks().on_cancel(running.task, nullptr);
    if (service_->database().find("VM", running.vm) == nullptr) return;
    service_->database().put_entry(running.vm, "current_operations", key, std::nullopt);
    update(running.vm);
}

void Operations::interrupt(const std::string& key, const Failure& failure) {
    const auto found = running_.find(key);
    if (found == running_.end()) return;
    // A copy: the work ends its operation.
    const Interrupt act = found->second.interrupt;
    act(failure);
    end(key);
}

void Operations::interrupt_all(const std::string& vm, std::span<const std::string_view> operations,
                               const std::optional<Failure>& failure) {
    std::vector<std::string> keys;
    for (const auto& [key, each] : running_) {
        const bool meant = operations.empty() || holds(operations, each.operation);
        if (each.vm == vm && meant) keys.push_back(key);
    }
    for (const std::string& key : keys) {
        interrupt(key, failure.value_or(Failure{{"TASK_CANCELLED", key}}));
    }
}

void Operations::begin_on_host(const std::string& host, std::string_view operation,
                               const std::string& key) {
    on_hosts_.insert_or_assign(key, OnHost{host, std::string(operation)});
    const bool shown = operation == "evacuate" || operation == "provision" || !is_mixed(*service_);
    if (shown) service_->database().put_entry(host, "current_operations", key, text(operation));
}

void Operations::end_on_host(const std::string& host, const std::string& key) {
    on_hosts_.erase(key);
    if (service_->database().find(host) == nullptr) return;
    service_->database().put_entry(host, "current_operations", key, std::nullopt);
}

}  // namespace vacate::poolserver
