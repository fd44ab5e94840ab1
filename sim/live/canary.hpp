// Faults put in on purpose, to prove that the storm catches them; the product is built without.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace vacate::live {

/// What a broken executor does. Those of the second half are put in at its port, by the storm.
enum class Canary {
    none,
    gives_back_too_soon,   // a host at which somebody may still be at work
    restarts_unseen,       // without a look since the last VM left
    drops_reservations,    // of what is under way, also when it plans anew
    forgets_ha,            // does not owe what turns HA on again
    forgets_how_ha_was,    // remembers what it is when it turns HA off once more
    trusts_one_look,       // what one look does not show does not go on either
    forgets_halted_vm,     // does not tell of a VM that runs no more
    moves_to_older,        // takes every version for equal
    ignores_pause,         // begins more although it was told to pause
    skips_backup,          // does not wait for the dump of the database
    unknown_is_done,       // takes a missing answer for success
    begun_is_done,         // takes the beginning for the end
    refused_is_done,       // takes a refusal for success
    stale_look,            // believes the look before the last one
    journal_late,          // writes a record down after its command was sent
    decides_at_once,       // what is late to take effect counts as lost
    ignores_lock,          // takes the lock of another run for its own
    coordinator_confused,  // takes a member for the coordinator
    never_gives_up,        // tries again without bound
};
inline constexpr std::array<std::string_view, 20> canary_names{"none",
                                                               "gives_back_too_soon",
                                                               "restarts_unseen",
                                                               "drops_reservations",
                                                               "forgets_ha",
                                                               "forgets_how_ha_was",
                                                               "trusts_one_look",
                                                               "forgets_halted_vm",
                                                               "moves_to_older",
                                                               "ignores_pause",
                                                               "skips_backup",
                                                               "unknown_is_done",
                                                               "begun_is_done",
                                                               "refused_is_done",
                                                               "stale_look",
                                                               "journal_late",
                                                               "decides_at_once",
                                                               "ignores_lock",
                                                               "coordinator_confused",
                                                               "never_gives_up"};

#ifdef VACATE_CANARIES
/// Chosen once, before anything runs.
inline Canary chosen_canary = Canary::none;
inline bool is_broken(Canary which) { return chosen_canary == which; }
#else
constexpr bool is_broken(Canary) { return false; }
#endif

}  // namespace vacate::live
