// The rules R1 to R15 by name, and a Violation: which rule, about whom, how much is missing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/pool.hpp"
#include "model/result.hpp"
#include "model/step.hpp"

namespace vacate {

/// The rules of model/README.md; `sense` stands for what no rule needs to say: a step begins
/// only from the state that it names, and ends only after it began.
enum class Rule : std::uint8_t {
    sense = 0,
    r1_memory,
    r2_version,
    r3_coordinator_first,
    r4_empty,
    r5_reach,
    r6_width,
    r7_groups,
    r8_pinned,
    r9_spare,
    r10_pause,
    r11_blackout,
    r12_one_way,
    r13_window,
    r14_mixed_mode,
    r15_restore,
};
inline constexpr int rule_count = 15;

/// False in a mutant build for the rule it lacks; such a build exists to prove that the tests
/// notice. Every judgement of a rule asks this first.
constexpr bool is_armed([[maybe_unused]] Rule rule) {
#ifdef VACATE_WITHOUT_RULE
    return static_cast<int>(rule) != VACATE_WITHOUT_RULE;
#else
    return true;
#endif
}

/// "R1", or "sense".
[[nodiscard]] std::string rule_name(Rule rule);

/// What it asks for, in a few words: "no VM moves to an older version"; empty for `sense`.
[[nodiscard]] std::string_view rule_words(Rule rule);

/// What exactly is in the way; decides the sentence.
enum class Cause : std::uint8_t {
    wrong_state,          // sense
    memory,               // needed, available: bytes
    older_version,        // of `host` than of where the VM runs
    target_waits,         // for its upgrade, and the policy wants upgraded targets only
    not_highest_version,  // in mixed mode a VM starts only on the newest hosts
    coordinator_not_ready,
    already_upgraded,
    not_disabled,
    not_empty,  // needed: VMs still there
    host_lost,
    host_disabled,
    same_host,
    storage_unseen,
    network_unseen,
    cd_unseen,
    cpu_features,
    cpu_count,       // needed, available: CPUs
    storage_space,   // needed, available: bytes
    width,           // needed: hosts out, available: hosts_down_max
    kept_apart,      // `other` is on or coming to the target
    kept_together,   // `other` is elsewhere
    cannot_migrate,  // its mobility says so
    not_allowed,     // suspend or stop without the operator's word
    not_in_place,
    no_refuge,  // `vm` would not restart if `host` were lost
    pause,      // needed, available: µs
    coordinator_down,
    in_flight,  // needed: steps under way when the coordinator should go down
    opposite_direction,
    host_window,  // needed, available: migrations
    pair_window,
    pool_window,
    storage_window,
    switch_on,  // HA, WLB or auto power-on is still on
    not_backed_up,
    mixed_versions,
    not_squeezed,  // a VM with memory to give up moves only once that is done
    not_restored,
    still_squeezed,  // needed, available: bytes on `host`, where that is what is in the way
};

/// A rule that forbids an event, or that a state breaks. Cheap: the search makes millions.
struct Violation {
    Rule rule = Rule::sense;
    Cause cause = Cause::wrong_state;
    Id<Vm> vm = Id<Vm>::none();
    Id<Host> host = Id<Host>::none();
    Id<Vm> other = Id<Vm>::none();
    Id<Storage> storage = Id<Storage>::none();
    Id<Network> network = Id<Network>::none();
    std::int64_t needed = 0;
    std::int64_t available = 0;
    friend bool operator==(const Violation&, const Violation&) = default;
};

/// One sentence for people, names in full: "db-1 needs 96 GiB on srv-1, where 64 GiB are free".
[[nodiscard]] std::string explain(const Pool& pool, const Violation& violation);

/// Amounts for people, rounded: "64 GiB", "1.5 GiB", "12 min 30 s".
[[nodiscard]] std::string display(Bytes amount);
[[nodiscard]] std::string display(Bandwidth rate);
[[nodiscard]] std::string display(Duration time);

}  // namespace vacate
