// Runs in the order of their names, replayed one by one.
#include "sim/kernel/replayed.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "model/rule.hpp"
#include "sim/kernel/replay.hpp"

namespace vacate {
namespace {

constexpr double least_measured = 1e-3;  // s; nothing is measured better, so errors stay sane
constexpr double error_of_a_stop = 10;

double seconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }

bool is_measured(const RecordedMove& move) {
    return move.completed && (move.total || move.pause || move.gap);
}

bool has_total(const RecordedRun& run) {
    return std::any_of(run.moves.begin(), run.moves.end(), [](const RecordedMove& move) {
        return move.completed && move.total.has_value();
    });
}

bool is_measured(const RecordedRun& run) {
    return (run.makespan && !has_total(run)) ||
           std::any_of(run.moves.begin(), run.moves.end(),
                       [](const RecordedMove& move) { return is_measured(move); });
}

bool completes(const RecordedRun& run, const RunForecast& forecast) {
    for (std::size_t i = 0; i < run.moves.size(); ++i) {
        if (is_measured(run.moves[i]) && !forecast.moves[i].completed) return false;
    }
    return true;
}

// A guest that dirties memory faster than it is sent costs a round for every look at it.
std::int64_t patience_with(const RunForecast& forecast) {
    std::int64_t rounds = 0;
    for (const MoveForecast& move : forecast.moves) {
        rounds = std::max<std::int64_t>(rounds, move.rounds);
    }
    return 3 * rounds + 200;
}

void limit_rounds(Pool& pool, std::int64_t most) {
    const std::span<const CopyingParameter> parameters = copying_parameters();
    const auto limit = [&](CopyingChanges& changes) {
        for (auto& [index, value] : changes) {
            if (parameters[index].name == "rounds_max") value = std::min(value, most);
        }
    };
    pool.timing.rounds_max = std::min(pool.timing.rounds_max, most);
    for (Host& host : pool.hosts) limit(host.timing);
    for (Vm& vm : pool.vms) limit(vm.timing);
}

// Nothing where it never completes.
std::optional<double> predicted(const RunForecast& forecast, const Measurement& one) {
    if (one.kind == Measured::makespan) return seconds(forecast.makespan);
    const MoveForecast& move = forecast.moves[one.move];
    if (!move.completed) return std::nullopt;
    if (one.kind == Measured::pause) return seconds(move.pause);
    if (one.kind == Measured::gap) return seconds(move.gap);
    return seconds(move.total);
}

double error_of(const tl::expected<RunForecast, Stall>& forecast, const Measurement& one) {
    if (!forecast) return error_of_a_stop;
    const std::optional<double> seconds = predicted(*forecast, one);
    const double measured = std::max(least_measured, one.seconds);
    return seconds ? (*seconds - measured) / measured : error_of_a_stop;
}

}  // namespace

std::vector<RunToReplay> runs_of(std::span<const Recording> recordings,
                                 std::vector<std::string>& left_out) {
    std::vector<RunToReplay> runs;
    for (const Recording& recording : recordings) {
        for (const RecordedCase& one : recording.cases) {
            for (const RecordedRun& run : one.runs) {
                if (!is_measured(run)) continue;
                if (const auto replayed = replay_run(one, run)) {
                    if (completes(run, *replayed)) {
                        runs.push_back({&one, &run, &recording, patience_with(*replayed)});
                    } else {
                        left_out.push_back(one.name + ", " + run.name +
                                           ": completed, but is predicted never to complete");
                    }
                } else {
                    left_out.push_back(one.name + ", " + run.name + ": " +
                                       explain(one.pool, replayed.error().broken.violation));
                }
            }
        }
    }
    std::stable_sort(runs.begin(), runs.end(), [](const RunToReplay& a, const RunToReplay& b) {
        return std::tie(a.in_case->name, a.run->name, a.recording->source, a.recording->about) <
               std::tie(b.in_case->name, b.run->name, b.recording->source, b.recording->about);
    });
    std::sort(left_out.begin(), left_out.end());
    return runs;
}

Replayed::Replayed(std::vector<RunToReplay> runs, const ForEach& for_each)
    : runs_(std::move(runs)), for_each_(for_each) {
    for (std::uint32_t i = 0; i < runs_.size(); ++i) {
        first_.push_back(measurements_.size());
        const RecordedRun& run = *runs_[i].run;
        const auto add = [&](std::uint32_t move, Measured kind, Duration measured) {
            measurements_.push_back({i, move, kind, seconds(measured)});
            subjects_.push_back(static_cast<std::uint32_t>(size_));
        };
        for (std::uint32_t m = 0; m < run.moves.size(); ++m) {
            const RecordedMove& move = run.moves[m];
            if (!is_measured(move)) continue;
            if (move.total) add(m, Measured::total, *move.total);
            if (move.pause) add(m, Measured::pause, *move.pause);
            if (move.gap) add(m, Measured::gap, *move.gap);
            ++size_;
        }
        if (run.makespan && !has_total(run)) {
            add(static_cast<std::uint32_t>(run.moves.size()), Measured::makespan, *run.makespan);
            ++size_;
        }
    }
    first_.push_back(measurements_.size());
}

std::vector<double> Replayed::errors(const FitValues& values) const {
    std::vector<double> errors(measurements_.size(), 0);
    const auto replay_one = [&](std::size_t i) {
        // Without its runs: the copy is for the pool.
        const RecordedCase& recorded = *runs_[i].in_case;
        RecordedCase changed{recorded.name, recorded.pool, recorded.state, {}};
        for (const auto& [parameter, value] : values) parameter->set(changed.pool, value);
        limit_rounds(changed.pool, runs_[i].rounds_max);
        const auto forecast = replay_run(changed, *runs_[i].run);
        for (std::size_t at = first_[i]; at < first_[i + 1]; ++at) {
            errors[at] = error_of(forecast, measurements_[at]);
        }
    };
    if (for_each_) {
        for_each_(runs_.size(), replay_one);
    } else {
        for (std::size_t i = 0; i < runs_.size(); ++i) replay_one(i);
    }
    return errors;
}

Replayed Replayed::sample(std::size_t migrations) const {
    std::size_t all = 0;
    for (const RunToReplay& one : runs_) all += one.run->moves.size();
    const std::size_t stride = std::max<std::size_t>(1, (all + migrations - 1) / migrations);
    std::vector<RunToReplay> some;
    for (std::size_t i = 0; i < runs_.size(); i += stride) some.push_back(runs_[i]);
    return Replayed(std::move(some), for_each_);
}

ErrorsByKind spreads_of(const std::vector<Measurement>& measurements,
                        const std::vector<double>& errors) {
    ErrorsByKind spreads;
    for (std::size_t kind = 0; kind < measured_kinds; ++kind) {
        std::vector<double> own;
        for (std::size_t i = 0; i < errors.size(); ++i) {
            if (measurements[i].kind == static_cast<Measured>(kind)) own.push_back(errors[i]);
        }
        spreads[kind] = spread_of(std::move(own));
    }
    return spreads;
}

ErrorsByKind errors_of(std::span<const Recording> recordings) {
    std::vector<std::string> left_out;
    const Replayed replayed(runs_of(recordings, left_out), {});
    return spreads_of(replayed.measurements(), replayed.errors({}));
}

}  // namespace vacate
