// Names of steps, in files and for people.
#include "model/step.hpp"

#include <array>

#include "model/rule.hpp"

namespace vacate {
namespace {

constexpr std::array<std::string_view, step_kinds> names{"disable_host",
                                                         "upgrade",
                                                         "enable_host",
                                                         "migrate",
                                                         "migrate_storage",
                                                         "suspend",
                                                         "resume",
                                                         "stop",
                                                         "start",
                                                         "back_up_database",
                                                         "disable_ha",
                                                         "enable_ha",
                                                         "disable_wlb",
                                                         "enable_wlb",
                                                         "disable_auto_power_on",
                                                         "enable_auto_power_on",
                                                         "eject_cd",
                                                         "insert_cd",
                                                         "squeeze_memory",
                                                         "restore_memory"};

constexpr std::array<std::string_view, step_kinds> words{"disable",
                                                         "upgrade",
                                                         "enable",
                                                         "migrate",
                                                         "migrate with its disks",
                                                         "suspend",
                                                         "resume",
                                                         "shut down",
                                                         "start",
                                                         "back up the pool database",
                                                         "turn HA off",
                                                         "turn HA on",
                                                         "turn WLB off",
                                                         "turn WLB on",
                                                         "turn auto power-on off",
                                                         "turn auto power-on on",
                                                         "eject the CD of",
                                                         "insert the CD of",
                                                         "squeeze the memory of",
                                                         "restore the memory of"};

}  // namespace

std::string_view kind_name(std::size_t kind) { return names[kind]; }

namespace {

bool is_reboot(const Pool& pool, const Step& step) {
    const auto* upgrade = std::get_if<Upgrade>(&step);
    return upgrade != nullptr && !needs_upgrade(pool.hosts[upgrade->host]);
}

}  // namespace

std::string_view kind_name(const Pool& pool, const Step& step) {
    return is_reboot(pool, step) ? reboot_name : kind_name(step.index());
}

StepSubject subject_of(const Step& step) {
    return std::visit(
        [](const auto& one) {
            StepSubject subject;
            if constexpr (requires { one.vm; }) subject.vm = one.vm;
            if constexpr (requires { one.host; }) subject.host = one.host;
            if constexpr (requires { one.from; }) subject.from = one.from;
            if constexpr (requires { one.to; }) subject.to = one.to;
            return subject;
        },
        step);
}

bool counts_in_makespan(const Step& step) { return step.index() < Step{BackUpDatabase{}}.index(); }

bool is_migration(const Step& step) {
    return std::holds_alternative<Migrate>(step) || std::holds_alternative<MigrateStorage>(step);
}

std::string describe(const Pool& pool, const Step& step) {
    std::string text{is_reboot(pool, step) ? reboot_name : words[step.index()]};
    const StepSubject subject = subject_of(step);
    if (!subject.vm.is_none()) text += " " + pool.vms[subject.vm].name;
    if (!subject.from.is_none()) text += " from " + pool.hosts[subject.from].name;
    if (!subject.to.is_none()) text += " to " + pool.hosts[subject.to].name;
    if (!subject.host.is_none()) {
        text += (subject.vm.is_none() ? " " : " on ") + pool.hosts[subject.host].name;
    }
    if (const auto* squeeze = std::get_if<SqueezeMemory>(&step)) {
        text += " to " + display(pool.vms[squeeze->vm].ram);
    }
    if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
        text += " (storage " + pool.storages[motion->storage].name + ")";
    }
    return text;
}

}  // namespace vacate
