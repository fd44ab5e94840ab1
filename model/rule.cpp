// Violations in words.
#include "model/rule.hpp"

#include <array>
#include <cstdio>

namespace vacate {
namespace {

std::string with_unit(double amount, const char* unit) {
    std::array<char, 48> text{};
    const bool whole = amount == static_cast<double>(static_cast<std::int64_t>(amount));
    std::snprintf(text.data(), text.size(), whole || amount >= 100 ? "%.0f %s" : "%.1f %s", amount,
                  unit);
    return text.data();
}

struct Words {
    const Pool& pool;
    const Violation& violation;

    [[nodiscard]] std::string vm() const { return name_of(violation.vm); }
    [[nodiscard]] std::string other() const { return name_of(violation.other); }
    [[nodiscard]] std::string host() const {
        return violation.host.is_none() ? "the pool" : pool.hosts[violation.host].name;
    }
    [[nodiscard]] std::string storage() const {
        return violation.storage.is_none() ? "its storage"
                                           : "storage " + pool.storages[violation.storage].name;
    }
    [[nodiscard]] std::string network() const {
        return violation.network.is_none() ? "its network"
                                           : "network " + pool.networks[violation.network].name;
    }
    [[nodiscard]] std::string count(std::int64_t n) const { return std::to_string(n); }

  private:
    [[nodiscard]] std::string name_of(Id<Vm> id) const {
        return id.is_none() ? "a VM" : pool.vms[id].name;
    }
};

std::string memory_sentence(const Words& words, const Violation& violation) {
    const std::string needed = display(Bytes{violation.needed});
    const std::string available = display(Bytes{violation.available});
    if (violation.vm.is_none()) {
        return words.host() + " holds VMs of " + needed + ", and has memory for " + available;
    }
    return words.vm() + " needs " + needed + " on " + words.host() + ", which has " + available +
           " free";
}

std::string reach_sentence(const Words& words, const Violation& violation) {
    switch (violation.cause) {
        case Cause::host_lost:
            return words.host() + " is down or not reachable";
        case Cause::host_disabled:
            return words.host() + " is disabled and takes no VMs";
        case Cause::same_host:
            return words.vm() + " is on " + words.host() + " already";
        case Cause::storage_unseen:
            return words.host() + " does not see " + words.storage() + " of " + words.vm();
        case Cause::network_unseen:
            return words.host() + " is not on " + words.network() + " of " + words.vm();
        case Cause::cd_unseen:
            return words.host() + " does not see " + words.storage() + " of the CD in " +
                   words.vm();
        case Cause::cpu_features:
            return "the CPU of " + words.host() + " lacks features that " + words.vm() +
                   " was booted with";
        case Cause::cpu_count:
            return words.vm() + " has " + words.count(violation.needed) + " vCPUs, and " +
                   words.host() + " only " + words.count(violation.available) + " CPUs";
        default:
            return "the disks of " + words.vm() + " need " + display(Bytes{violation.needed}) +
                   " on " + words.storage() + ", which has " + display(Bytes{violation.available}) +
                   " free";
    }
}

std::string window_sentence(const Words& words, const Violation& violation) {
    const std::string allowed = words.count(violation.available);
    switch (violation.cause) {
        case Cause::opposite_direction:
            return words.host() + " has migrations in the other direction";
        case Cause::pool_window:
            return "the pool already runs " + allowed + " migrations at once";
        case Cause::pair_window:
            return "these two hosts already run " + allowed + " migrations between them";
        case Cause::storage_window:
            return words.host() + " already runs " + allowed + " storage motions";
        default:
            return words.host() + " already takes part in " + allowed + " migrations";
    }
}

std::string host_sentence(const Words& words, const Violation& violation) {
    switch (violation.cause) {
        case Cause::coordinator_not_ready:
            return "the coordinator is not upgraded and ready yet, so " + words.host() +
                   " must wait";
        case Cause::already_upgraded:
            return words.host() + " runs its target version already";
        case Cause::not_disabled:
            return words.host() + " is not disabled";
        case Cause::not_empty:
            if (violation.needed == 0) return words.host() + " may still hold VMs then";
            return words.host() + " still holds " + words.count(violation.needed) + " VMs";
        case Cause::width:
            return words.host() + " would be host " + words.count(violation.needed) +
                   " out of use at once; " + words.count(violation.available) + " are allowed";
        case Cause::coordinator_down:
            return "the coordinator is down, so nothing can begin";
        case Cause::in_flight:
            return words.count(violation.needed) +
                   " steps are under way, so the coordinator cannot go down";
        case Cause::switch_on:
            return "HA, WLB or auto power-on is still on";
        case Cause::not_backed_up:
            return "the pool database is not backed up";
        case Cause::mixed_versions:
            return "the pool runs mixed versions, where this is blocked";
        case Cause::not_squeezed:
            return words.vm() + " moves only once its memory is squeezed";
        default:
            return words.host() + " is not in a state to do this";
    }
}

std::string squeezed_sentence(const Words& words, const Violation& violation) {
    const std::string left = words.vm() + " stays squeezed";
    if (violation.needed <= violation.available) return left;
    return left + ": its full range needs " + display(Bytes{violation.needed}) + " more on " +
           words.host() + ", which has " + display(Bytes{violation.available}) + " free, " +
           display(Bytes{violation.needed - violation.available}) + " too little";
}

std::string restore_sentence(const Words& words, const Violation& violation) {
    if (violation.cause == Cause::still_squeezed) return squeezed_sentence(words, violation);
    if (!violation.storage.is_none()) {
        return "the CD in " + words.storage() + " is not back in the drive of " + words.vm() +
               ", which ends on " + words.host();
    }
    if (!violation.vm.is_none()) return words.vm() + " was not put back as it was";
    if (!violation.host.is_none()) return words.host() + " was not enabled again";
    return "HA, WLB or auto power-on was not turned on again";
}

std::string vm_sentence(const Words& words, const Violation& violation) {
    switch (violation.cause) {
        case Cause::older_version:
            return words.host() + " runs an older version than " + words.vm() + " runs on";
        case Cause::target_waits:
            return "versions are mixed and " + words.host() +
                   " is not upgraded yet; the policy lets VMs move to upgraded hosts only";
        case Cause::not_highest_version:
            return words.vm() + " can start only on a host of the newest version, and " +
                   words.host() + " is none";
        case Cause::kept_apart:
            return words.vm() + " must stay apart from " + words.other() + ", which is on " +
                   words.host();
        case Cause::kept_together:
            return words.vm() + " must stay together with " + words.other();
        case Cause::cannot_migrate:
            return words.vm() + " cannot be migrated live";
        case Cause::not_allowed:
            return "suspending or stopping " + words.vm() + " is not allowed";
        case Cause::not_in_place:
            return words.vm() + " was not suspended or stopped on " + words.host();
        case Cause::no_refuge:
            return words.vm() + " would find no room if " + words.host() + " were lost";
        case Cause::pause:
            return words.vm() + " would stand still for " + display(Duration{violation.needed}) +
                   " on its way to " + words.host() + "; its limit is " +
                   display(Duration{violation.available});
        default:
            return words.vm() + " is not in a state to do this";
    }
}

}  // namespace

std::string rule_name(Rule rule) {
    return rule == Rule::sense ? "sense" : "R" + std::to_string(static_cast<int>(rule));
}

std::string_view rule_words(Rule rule) {
    constexpr std::array<std::string_view, rule_count + 1> words{
        "",
        "the VMs on a host and on their way to it fit into its memory",
        "no VM moves to an older version",
        "the coordinator is upgraded first",
        "a host restarts only when it is disabled and empty",
        "a VM comes only to an enabled host that has all it uses",
        "only so many hosts are out of use at once",
        "VMs of a group stay apart or together, as it says",
        "a VM that cannot migrate stays, or is parked as it allows",
        "whichever hosts are lost, the protected VMs fit on the others",
        "the pause of a move stays within the VM's limit",
        "nothing begins while the coordinator is down",
        "no host sends and receives VMs at the same time",
        "only so many moves run at once",
        "no backup, HA or change of memory ranges while versions are mixed",
        "at the end everything is put back"};
    return words[static_cast<std::size_t>(rule)];
}

std::string explain(const Pool& pool, const Violation& violation) {
    const Words words{pool, violation};
    switch (violation.rule) {
        case Rule::r1_memory:
            return memory_sentence(words, violation);
        case Rule::r5_reach:
            return reach_sentence(words, violation);
        case Rule::r12_one_way:
        case Rule::r13_window:
            return window_sentence(words, violation);
        case Rule::r3_coordinator_first:
        case Rule::r4_empty:
        case Rule::r6_width:
        case Rule::r11_blackout:
        case Rule::r14_mixed_mode:
            return host_sentence(words, violation);
        case Rule::r15_restore:
            return restore_sentence(words, violation);
        case Rule::sense:
            return violation.vm.is_none() ? host_sentence(words, violation)
                                          : vm_sentence(words, violation);
        default:
            return vm_sentence(words, violation);
    }
}

std::string display(Bytes amount) {
    const auto bytes = static_cast<double>(amount.count);
    if (amount.count < 0) return "-" + display(Bytes{-amount.count});
    if (amount >= gibibytes(1)) return with_unit(bytes / (1024.0 * 1024 * 1024), "GiB");
    if (amount >= mebibytes(1)) return with_unit(bytes / (1024.0 * 1024), "MiB");
    if (amount >= kibibytes(1)) return with_unit(bytes / 1024, "KiB");
    return with_unit(bytes, "B");
}

std::string display(Bandwidth rate) {
    const double bits = static_cast<double>(rate.count) * 8;
    if (bits >= 1e9) return with_unit(bits / 1e9, "Gbps");
    if (bits >= 1e6) return with_unit(bits / 1e6, "Mbps");
    return with_unit(bits / 1e3, "kbps");
}

std::string display(Duration time) {
    const std::int64_t microseconds = time.count();
    if (microseconds < 0) return "-" + display(-time);
    if (microseconds < 1'000'000) {
        return with_unit(static_cast<double>(microseconds) / 1e3, "ms");
    }
    if (microseconds < 60'000'000) {
        return with_unit(static_cast<double>(microseconds) / 1e6, "s");
    }
    const std::int64_t seconds = divide_up(microseconds, 1'000'000);
    const std::int64_t hours = seconds / 3600;
    const std::int64_t minutes = seconds / 60 % 60;
    std::string text;
    if (hours > 0) text += std::to_string(hours) + " h ";
    text += std::to_string(minutes) + " min";
    if (seconds % 60 != 0) text += " " + std::to_string(seconds % 60) + " s";
    return text;
}

}  // namespace vacate
