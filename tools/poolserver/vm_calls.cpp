// Each call: asked whether it may, marked, carried out after its time.
#include "tools/poolserver/vm_calls.hpp"

#include <memory>
#include <utility>

#include "tools/poolserver/field_calls.hpp"
#include "tools/poolserver/reads.hpp"
#include "tools/poolserver/storage.hpp"
#include "tools/poolserver/work.hpp"

namespace vacate::poolserver {
namespace {

// No scenario says how long these take; a destroyed domain is gone within seconds.
constexpr Duration hard_stop = std::chrono::seconds(2);
constexpr Duration pause_time = std::chrono::milliseconds(100);

constexpr std::string_view before_hard_shutdown[]{"clean_shutdown", "clean_reboot", "hard_reboot",
                                                  "pool_migrate", "suspend"};
constexpr std::string_view before_hard_reboot[]{"clean_shutdown", "clean_reboot", "pool_migrate",
                                                "suspend"};

/// A host that is down carries nothing out.
std::optional<Failure> host_offline(const Database& database, const std::string& vm) {
    const std::string& host = database.text_of(vm, "resident_on");
    if (host == null_ref || database.flag_of(database.text_of(host, "metrics"), "live")) {
        return std::nullopt;
    }
    return Failure{{"HOST_OFFLINE", host}};
}

void ask_and_carry_out(VmParts& parts, const Caller& caller, const Work& work, const Done& done) {
    std::optional<Failure> refused = parts.operations.refuses(work.vm, work.operation);
    if (!refused) refused = host_offline(parts.service.database(), work.vm);
    if (refused) {
        done(tl::unexpected(std::move(*refused)));
    } else {
        carry_out(parts, caller.task, work, done);
    }
}

// ---- start and resume

/// A VM on its way to a host.
struct Arrival {
    std::string vm;
    std::string host;  // empty: to be chosen
    std::string_view operation;
    bool boots = true;
    bool paused = false;
    std::string key;
    std::optional<Agenda::Entry> entry;
};

/// A VM that boots is charged by the formula of the present xapi, if a formula charged it.
void refresh_overhead(VmParts& parts, const std::string& vm) {
    Database& database = parts.service.database();
    const GuestMemory guest = guest_memory_of(database, vm);
    const Bytes charged{database.number_of(vm, "memory_overhead")};
    for (const OverheadEra era : {OverheadEra::before_26_3, OverheadEra::since_26_3}) {
        if (memory_overhead(guest, era) != charged) continue;
        const Bytes now = memory_overhead(guest, parts.service.era());
        database.set(vm, "memory_overhead", {now.count});
        return;
    }
}

void leave_reservation(VmParts& parts, const Arrival& arrival) {
    if (!arrival.entry) return;
    parts.service.agenda().cancel(*arrival.entry);
    parts.operations.end_on_host(arrival.host, arrival.key);
    parts.states.reserve(arrival.vm, std::string(null_ref));
}

/// Under the lock: the host is found or asked, and the memory is the VM's from here on.
std::optional<Failure> admit(VmParts& parts, Arrival& arrival) {
    if (arrival.boots) refresh_overhead(parts, arrival.vm);
    if (arrival.host.empty()) {
        auto chosen = parts.placement.choose_host(arrival.vm);
        if (!chosen) return chosen.error();
        arrival.host = std::move(*chosen);
    } else if (auto refused = parts.placement.refuses(arrival.vm, arrival.host, {})) {
        return refused;
    }
    const std::string_view on_host = arrival.boots ? "vm_start" : "vm_resume";
    if (auto refused = parts.operations.host_refuses(arrival.host, on_host)) return refused;
    parts.states.reserve(arrival.vm, arrival.host);
    parts.operations.begin_on_host(arrival.host, on_host, arrival.key);
    return std::nullopt;
}

void arrive(VmParts& parts, const Arrival& arrival, const Done& done) {
    parts.operations.end_on_host(arrival.host, arrival.key);
    parts.operations.end(arrival.key);
    parts.states.run(arrival.vm, arrival.host, arrival.boots);
    if (arrival.paused) parts.states.pause(arrival.vm);
    done(Value{});
}

void bring_up(VmParts& parts, const Caller& caller, const Arrival& wanted, const Done& done) {
    if (auto refused = parts.operations.refuses(wanted.vm, wanted.operation)) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    auto arrival = std::make_shared<Arrival>(wanted);
    arrival->key = parts.operations.begin(arrival->vm, arrival->operation, caller.task,
                                          [&parts, arrival, done](const Failure& why) {
                                              leave_reservation(parts, *arrival);
                                              done(tl::unexpected(why));
                                          });
    parts.lock.enter([&parts, arrival, done, began_in = parts.restarts]() -> Duration {
        if (!parts.operations.is_under_way(arrival->key)) return Duration{};
        std::optional<Failure> refused = forgotten(parts, began_in);
        if (!refused) refused = admit(parts, *arrival);
        if (refused) {
            parts.operations.end(arrival->key);
            done(tl::unexpected(std::move(*refused)));
            return Duration{};
        }
        const Timing& timing = parts.migrations.timing();
        const Duration time = arrival->boots ? timing.start
                                             : transfer_time(parts.migrations.ram_of(arrival->vm),
                                                             timing.suspend_rate);
        arrival->entry = parts.service.agenda().after(
            time, [&parts, arrival, done] { arrive(parts, *arrival, done); });
        return Duration{};
    });
}

void add_arrivals(VmParts& parts) {
    for (const bool boots : {true, false}) {
        const std::string_view operation = boots ? "start" : "resume";
        parts.service.handle(
            "VM." + std::string(operation),
            [&parts, boots, operation](const Caller& caller, const Array& arguments,
                                       const Done& done) {
                const bool paused = std::get<bool>(arguments[1].of);
                bring_up(parts, caller,
                         {text_in(arguments, 0), "", operation, boots, paused, "", {}}, done);
            });
    }
    for (const bool boots : {true, false}) {
        const std::string_view operation = boots ? "start_on" : "resume_on";
        parts.service.handle(
            "VM." + std::string(operation),
            [&parts, boots, operation](const Caller& caller, const Array& arguments,
                                       const Done& done) {
                const std::string& host = text_in(arguments, 1);
                if (is_mixed(parts.service) && !parts.placement.is_highest(host)) {
                    done(failure({"NOT_SUPPORTED_DURING_UPGRADE"}));
                    return;
                }
                const auto& current =
                    std::get<Struct>(parts.service.database().get(host, "current_operations").of);
                for (const Member& each : current) {
                    if (!boots || each.value != text("evacuate")) continue;
                    done(failure({"HOST_EVACUATE_IN_PROGRESS", host}));
                    return;
                }
                const bool paused = std::get<bool>(arguments[2].of);
                bring_up(parts, caller,
                         {text_in(arguments, 0), host, operation, boots, paused, "", {}}, done);
            });
    }
}

// ---- suspend

/// Where the image of a VM goes: what the VM says, or the pool, or its host.
///
/// Source: xapi, ocaml/xapi/helpers.ml, choose_suspend_sr.
std::string suspend_storage(const VmParts& parts, const std::string& vm) {
    const Database& database = parts.service.database();
    const std::string& host = database.text_of(vm, "resident_on");
    for (const std::string& ref : {database.text_of(vm, "suspend_SR"),
                                   database.text_of(parts.service.pool(), "suspend_image_SR"),
                                   database.text_of(host, "suspend_image_sr")}) {
        if (database.find("SR", ref) != nullptr && parts.placement.sees(host, ref)) return ref;
    }
    return "";
}

void suspend(VmParts& parts, const Caller& caller, const std::string& vm, const Done& done) {
    Database& database = parts.service.database();
    std::optional<Failure> refused = parts.operations.refuses(vm, "suspend");
    if (!refused) refused = host_offline(database, vm);
    if (refused) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    const std::string storage = suspend_storage(parts, vm);
    if (storage.empty()) {
        done(failure({"VM_NO_SUSPEND_SR", vm}));
        return;
    }
    const Bytes size = parts.migrations.ram_of(vm);
    if (size > free_space(database, storage)) {
        done(tl::unexpected(no_space()));
        return;
    }
    const std::string image =
        create_disk(database, storage, database.text_of(vm, "name_label") + "/suspended", size,
                    {{"name_label", text("Suspend image")}, {"type", text("suspend")}});
    const Duration time = transfer_time(size, parts.migrations.timing().suspend_rate);
    carry_out(parts, caller.task,
              {vm, "suspend", time, [&parts, vm, image] { parts.states.suspend(vm, image); },
               [&database, image] { destroy_disk(database, image); }},
              done);
}

// ---- the rest of a VM's life

/// A call whose only argument that matters is the VM.
using VmCall = std::function<void(const Caller&, const std::string& vm, const Done&)>;

void add(VmParts& parts, std::string_view method, VmCall call) {
    parts.service.handle(
        method,
        [call = std::move(call)](const Caller& caller, const Array& arguments, const Done& done) {
            call(caller, text_in(arguments, 0), done);
        });
}

/// A reset is for VMs whose host is lost: one that lives knows better.
///
/// Source: xapi, ocaml/xapi/xapi_vm.ml, power_state_reset.
std::optional<Failure> refuses_reset(const PoolService& service, const std::string& vm) {
    const Database& database = service.database();
    if (database.flag_of(vm, "is_control_domain")) {
        return Failure{{"CANNOT_RESET_CONTROL_DOMAIN", vm}};
    }
    const std::string& host = database.text_of(vm, "resident_on");
    if (host == null_ref || !service.is_alive(host)) return std::nullopt;
    if (host != service.hosts()[service.coordinator()]) return Failure{{"HOST_IS_LIVE", host}};
    return Failure{{"DOMAIN_EXISTS", vm, std::to_string(database.number_of(vm, "domid"))}};
}

void add_stops(VmParts& parts) {
    const Timing& timing = parts.migrations.timing();
    const auto stops = [&parts](std::string_view operation, Duration time) {
        add(parts, "VM." + std::string(operation),
            [&parts, operation, time](const Caller& caller, const std::string& vm,
                                      const Done& done) {
                ask_and_carry_out(parts, caller,
                                  {vm, operation, time, [&parts, vm] { parts.states.halt(vm); }},
                                  done);
            });
    };
    stops("clean_shutdown", timing.stop);
    stops("shutdown", timing.stop);
    add(parts, "VM.hard_shutdown",
        [&parts](const Caller& caller, const std::string& vm, const Done& done) {
            if (auto refused = parts.operations.refuses(vm, "hard_shutdown")) {
                done(tl::unexpected(std::move(*refused)));
                return;
            }
            parts.operations.interrupt_all(vm, before_hard_shutdown);
            ask_and_carry_out(
                parts, caller,
                {vm, "hard_shutdown", hard_stop, [&parts, vm] { parts.states.halt(vm); }}, done);
        });
    add(parts, "VM.power_state_reset",
        [&parts](const Caller&, const std::string& vm, const Done& done) {
            if (auto refused = refuses_reset(parts.service, vm)) {
                done(tl::unexpected(std::move(*refused)));
                return;
            }
            parts.operations.interrupt_all(vm);
            parts.states.halt(vm);
            done(Value{});
        });
}

void add_reboots(VmParts& parts) {
    const Timing& timing = parts.migrations.timing();
    add(parts, "VM.clean_reboot",
        [&parts, time = timing.stop + timing.start](const Caller& caller, const std::string& vm,
                                                    const Done& done) {
            ask_and_carry_out(parts, caller,
                              {vm, "clean_reboot", time, [&parts, vm] { parts.states.reboot(vm); }},
                              done);
        });
    add(parts, "VM.hard_reboot",
        [&parts, time = hard_stop + timing.start](const Caller& caller, const std::string& vm,
                                                  const Done& done) {
            if (auto refused = parts.operations.refuses(vm, "hard_reboot")) {
                done(tl::unexpected(std::move(*refused)));
                return;
            }
            parts.operations.interrupt_all(vm, before_hard_reboot);
            ask_and_carry_out(parts, caller,
                              {vm, "hard_reboot", time, [&parts, vm] { parts.states.reboot(vm); }},
                              done);
        });
}

void add_pauses(VmParts& parts) {
    add(parts, "VM.suspend",
        [&parts](const Caller& caller, const std::string& vm, const Done& done) {
            suspend(parts, caller, vm, done);
        });
    add(parts, "VM.pause", [&parts](const Caller& caller, const std::string& vm, const Done& done) {
        ask_and_carry_out(parts, caller,
                          {vm, "pause", pause_time, [&parts, vm] { parts.states.pause(vm); }},
                          done);
    });
    add(parts, "VM.unpause",
        [&parts](const Caller& caller, const std::string& vm, const Done& done) {
            ask_and_carry_out(
                parts, caller,
                {vm, "unpause", pause_time, [&parts, vm] { parts.states.unpause(vm); }}, done);
        });
}

// ---- questions

Answer answer_of(std::optional<Failure> refused) {
    if (refused) return tl::unexpected(std::move(*refused));
    return Value{};
}

void add_questions(VmParts& parts) {
    parts.service.handle("VM.assert_can_boot_here", [&parts](const Caller&, const Array& arguments,
                                                             const Done& done) {
        const std::string& vm = text_in(arguments, 0);
        const std::string& host = text_in(arguments, 1);
        const std::string& master =
            parts.service.database().text_of(parts.service.pool(), "master");
        const Placement& placement = parts.placement;
        if (is_mixed(parts.service) &&
            placement.version_of(host).platform != placement.version_of(master).platform) {
            done(failure({"VM_HOST_INCOMPATIBLE_VERSION", host, vm}));
            return;
        }
        done(answer_of(placement.refuses(vm, host, {})));
    });
    add(parts, "VM.assert_agile", [&parts](const Caller&, const std::string& vm, const Done& done) {
        done(answer_of(parts.placement.lacks_agility(vm)));
    });
    add(parts, "VM.get_possible_hosts",
        [&parts](const Caller&, const std::string& vm, const Done& done) {
            Array hosts;
            for (const std::string& host : parts.placement.possible_hosts(vm)) {
                hosts.push_back(text(host));
            }
            done(Value{std::move(hosts)});
        });
    parts.service.handle(
        "VM.assert_operation_valid",
        [&parts](const Caller&, const Array& arguments, const Done& done) {
            done(answer_of(parts.operations.refuses(text_in(arguments, 0), text_in(arguments, 1))));
        });
    add(parts, "VM.update_allowed_operations",
        [&parts](const Caller&, const std::string& vm, const Done& done) {
            parts.operations.update(vm);
            done(Value{});
        });
}

/// Fields that decide what may be done: xapi looks at them when they are set.
void add_fields(VmParts& parts) {
    const Schema& schema = parts.service.database().schema();
    const std::size_t vm_class = *schema.find("VM");
    for (const std::string_view name : {"set_blocked_operations", "add_to_blocked_operations",
                                        "remove_from_blocked_operations"}) {
        const Message* message = schema[vm_class].find_message(name);
        parts.service.handle(
            "VM." + std::string(name),
            [&parts, vm_class, message](const Caller&, const Array& arguments, const Done& done) {
                const std::string vm = text_in(arguments, 0);
                const Answer answer =
                    call_on_field(parts.service.database(), vm_class, *message, arguments);
                parts.operations.update(vm);
                done(answer);
            });
    }
}

}  // namespace

void add_vm_calls(VmParts& parts) {
    add_arrivals(parts);
    add_stops(parts);
    add_reboots(parts);
    add_pauses(parts);
    add_questions(parts);
    add_fields(parts);
}

}  // namespace vacate::poolserver
