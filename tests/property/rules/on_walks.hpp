// How the laws of this folder are tried: random worlds, random walks through apply().
#pragma once

#include <rapidcheck.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "tests/support/picture.hpp"
#include "tests/support/steps.hpp"
#include "tests/support/vary.hpp"

namespace vacate {

/// One event of a walk, judged.
struct Moment {
    const Walk& walk;         // behind the event
    const PoolState& before;  // the state that the event met
    const Event& event;
    bool accepted = false;

    [[nodiscard]] const Pool& pool() const { return walk.pool(); }
    [[nodiscard]] const PoolState& after() const { return walk.state(); }
    /// The step that began, or nothing when it was another event or was refused.
    [[nodiscard]] const Step* begun() const {
        const auto* began = std::get_if<Began>(&event);
        return began != nullptr && accepted ? &began->step : nullptr;
    }
    /// The step that began when it is of this kind.
    template <class Kind>
    [[nodiscard]] const Kind* begun_as() const {
        return begun() == nullptr ? nullptr : std::get_if<Kind>(begun());
    }
};

/// Returns what is wrong at a moment, in words, or "".
using Law = std::function<std::string(const Moment&)>;
/// Makes a world fit for a law, so that its rule has something to do.
using Preparation = std::function<void(Random&, World&)>;

/// Tries `law` at every event of random walks. RapidCheck draws the seed and the length and
/// shrinks both; the message of a failure holds them, the world and the last events.
inline void on_walks(const std::string& name, const WalkOptions& options,
                     const Preparation& prepare, const Law& law) {
    rc::prop(name, [&] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        const int length = *rc::gen::inRange(0, 120);
        Random random(seed);
        World world = varied_world(random);
        if (prepare) prepare(random, world);
        const std::string start = picture(world);
        Walk walk(std::move(world), random.next(), options);
        std::vector<Event> events;
        for (int i = 0; i < length; ++i) {
            const PoolState before = walk.state();
            const Event event = walk.propose();
            const bool accepted = walk.take(event);
            events.push_back(event);
            const std::string wrong = law({walk, before, event, accepted});
            if (wrong.empty()) continue;
            RC_LOG() << "seed " << seed << ", " << length << " events, wrong behind event " << i
                     << "; the world at the start:\n"
                     << start;
            for (const Event& one : events) RC_LOG() << picture(walk.pool(), one) << "\n";
            RC_LOG() << "the world then:\n" << picture(walk.world());
            RC_FAIL(wrong);
        }
    });
}

}  // namespace vacate
