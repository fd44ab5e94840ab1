// Ends what is under way, then changes the records.
#include "tools/poolserver/interventions.hpp"

namespace vacate::poolserver {

void Interventions::end_calls(const std::string& vm, const Failure& why) {
    parts_->operations.interrupt_all(vm, {}, why);
}

std::vector<std::string> Interventions::guests_of(const std::string& host) const {
    const Database& database = parts_->service.database();
    std::vector<std::string> guests;
    for (const std::string& vm : database.set_of(host, "resident_VMs")) {
        if (!database.flag_of(vm, "is_control_domain")) guests.push_back(vm);
    }
    return guests;
}

void Interventions::move_vm(const std::string& vm, const std::string& host) {
    end_calls(vm, Failure{{"INTERNAL_ERROR", "the VM was moved meanwhile"}});
    const std::string power = parts_->service.database().text_of(vm, "power_state");
    if (power == "Running") {
        parts_->states.move(vm, host);
    } else {
        if (power == "Paused") parts_->states.halt(vm);
        parts_->states.run(vm, host, power != "Suspended");
    }
}

void Interventions::stop_vm(const std::string& vm) {
    end_calls(vm, Failure{{"INTERNAL_ERROR", "the VM was stopped meanwhile"}});
    parts_->states.halt(vm);
}

void Interventions::pause_vm(const std::string& vm) {
    end_calls(vm, Failure{{"INTERNAL_ERROR", "the VM was paused meanwhile"}});
    if (parts_->service.database().text_of(vm, "power_state") != "Running") return;
    parts_->states.pause(vm);
}

void Interventions::stop_work_on(const std::string& host) {
    const Failure offline{{"HOST_OFFLINE", host}};
    for (const std::string& vm : guests_of(host)) end_calls(vm, offline);
    std::vector<std::string> coming;
    const Database& database = parts_->service.database();
    for (const auto& [vm, object] : database.table("VM")) {
        if (database.text_of(vm, "scheduled_to_be_resident_on") == host) coming.push_back(vm);
    }
    for (const std::string& vm : coming) end_calls(vm, offline);
}

void Interventions::halt_residents_of(const std::string& host) {
    for (const std::string& vm : guests_of(host)) {
        end_calls(vm, Failure{{"HOST_OFFLINE", host}});
        parts_->states.halt(vm);
    }
}

void Interventions::restart_coordinator() { ++parts_->restarts; }

}  // namespace vacate::poolserver
