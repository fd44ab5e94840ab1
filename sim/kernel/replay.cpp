// From a recorded run to a plan, and from its simulation to forecasts.
#include "sim/kernel/replay.hpp"

#include <algorithm>

namespace vacate {
namespace {

// Where a storage motion puts the disks: what the VM uses and its target sees, or anything local.
Id<Storage> target_storage(const Pool& pool, const RecordedMove& move) {
    const Vm& vm = pool.vms[move.vm];
    for (const Id<Storage> storage : vm.storages) {
        if (sees(pool.hosts[move.to], storage)) return storage;
    }
    const Host& target = pool.hosts[move.to];
    return target.storages.empty() ? Id<Storage>::none() : target.storages.front();
}

// A VM's moves follow each other, whether or not the recording says so.
Plan plan_of(const RecordedCase& recorded, const RecordedRun& run) {
    Plan plan;
    Table<Vm, Id<Step>> last(recorded.pool.vms.size(), Id<Step>::none());
    for (const RecordedMove& move : run.moves) {
        std::vector<Id<Step>> after;
        for (const std::uint32_t before : move.after) after.push_back(Id<Step>{before});
        const Id<Step> own = last[move.vm];
        if (!own.is_none() && std::find(after.begin(), after.end(), own) == after.end()) {
            after.push_back(own);
        }
        const Step step = move.with_disks
                              ? Step{MigrateStorage{move.vm, move.from, move.to,
                                                    target_storage(recorded.pool, move)}}
                              : Step{Migrate{move.vm, move.from, move.to}};
        last[move.vm] = plan.steps.push_back(step);
        plan.after.push_back(std::move(after));
    }
    return plan;
}

PoolState state_of(const RecordedCase& recorded, const RecordedRun& run) {
    PoolState state = recorded.state;
    for (const RecordedMove& move : run.moves) {
        if (state.vms[move.vm].host.is_none()) {
            place(recorded.pool, state, move.vm, move.from);
        }
    }
    return state;
}

bool gave_up(const RecordedCase& recorded, const RecordedMove& move, std::int32_t rounds) {
    const Copying copying = copying_of(recorded.pool, recorded.pool.vms[move.vm], move.from);
    return copying.stop_rule == StopRule::qemu && rounds >= copying.rounds_max;
}

}  // namespace

tl::expected<RunForecast, Stall> replay_run(const RecordedCase& recorded, const RecordedRun& run) {
    const Plan plan = plan_of(recorded, run);
    SimulationOptions options;
    options.timeline = false;
    options.not_before = Table<Step, Instant>(plan.steps.size());
    for (const Id<Step> id : plan.steps.ids()) {
        options.not_before[id] = run.moves[id.index].start;
    }
    const auto simulated = simulate(recorded.pool, state_of(recorded, run), plan, options);
    if (!simulated) return tl::unexpected(simulated.error());
    RunForecast forecast;
    Instant first = Instant::max();
    Instant last = Instant::min();
    for (const Id<Step> id : plan.steps.ids()) {
        const StepTimes& times = simulated->times[id];
        const RecordedMove& move = run.moves[id.index];
        forecast.moves.push_back(
            {times.start, times.end - times.start, times.pause, times.gap, times.sent,
             static_cast<std::int32_t>(times.rounds),
             !gave_up(recorded, move, static_cast<std::int32_t>(times.rounds))});
        first = std::min(first, times.start);
        last = std::max(last, times.end);
    }
    if (first <= last) forecast.makespan = last - first;
    return forecast;
}

Replay replay_all(const Recording& recording) {
    Replay replay;
    for (std::size_t i = 0; i < recording.cases.size(); ++i) {
        const RecordedCase& one = recording.cases[i];
        for (std::size_t j = 0; j < one.runs.size(); ++j) {
            auto forecast = replay_run(one, one.runs[j]);
            if (forecast) {
                replay.runs.push_back({i, j, std::move(*forecast)});
            } else {
                ++replay.stalled;
                if (!replay.stall) replay.stall = forecast.error();
            }
        }
    }
    return replay;
}

}  // namespace vacate
