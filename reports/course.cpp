// Folding a run's events into what a report draws.
#include "reports/course.hpp"

#include <algorithm>

#include "model/check.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

struct Fold {
    const Pool& pool;
    const Plan& plan;
    const Schedule& schedule;
    const Table<Step, StepOutcome>& fates;
    Course course;
    Table<Host, HostLane> lanes;
    PoolState state;
};

Since since(const Fold& fold, Instant at) { return at - fold.course.zero; }

// Everything of one instant has happened: what the hosts hold now.
void note_memory(Fold& fold, Since at) {
    for (const Id<Host> host : fold.pool.hosts.ids()) {
        HostLane& lane = fold.lanes[host];
        const MemoryPoint point{at, fold.state.hosts[host].committed,
                                capacity_in(fold.pool, fold.state, host)};
        if (!lane.memory.empty() && lane.memory.back().committed == point.committed &&
            lane.memory.back().capacity == point.capacity) {
            continue;
        }
        const bool first = lane.memory.empty();
        lane.memory.push_back(point);
        const HostPhase phase = fold.state.hosts[host].phase;
        const bool out = phase == HostPhase::down || phase == HostPhase::lost;
        const Bytes free = point.capacity - point.committed;
        if (first || (!out && free < lane.least.free)) {
            lane.least = {at, free, Id<Step>::none()};
        }
    }
}

void note_mixed(Fold& fold, Since at, bool& was_mixed) {
    const bool now = is_mixed(fold.pool, fold.state);
    if (now && !fold.course.mixed) fold.course.mixed = Stretch{at, at};
    if (fold.course.mixed && (now || was_mixed)) fold.course.mixed->ends = at;
    was_mixed = now;
}

void fold_events(Fold& fold, const Timeline& timeline) {
    bool was_mixed = false;
    note_memory(fold, fold.course.begins);
    note_mixed(fold, fold.course.begins, was_mixed);
    for (std::size_t i = 0; i < timeline.size(); ++i) {
        const auto applied = apply(fold.pool, fold.state, timeline[i].event);
        VACATE_CHECK(applied.has_value(), "a report is made of events that happened");
        if (i + 1 < timeline.size() && timeline[i + 1].at == timeline[i].at) continue;
        note_memory(fold, since(fold, timeline[i].at));
        note_mixed(fold, since(fold, timeline[i].at), was_mixed);
    }
}

StepOutcome fate_of(const Fold& fold, Id<Step> step) {
    return fold.fates.empty() ? StepOutcome::done : fold.fates[step];
}

void note_host_steps(Fold& fold) {
    for (const Id<Step> id : fold.plan.steps.ids()) {
        if (fate_of(fold, id) == StepOutcome::failed) continue;
        const StepTimes& times = fold.schedule.times[id];
        const Stretch when{since(fold, times.start), since(fold, times.end)};
        const Step& step = fold.plan.steps[id];
        if (const auto* disable = std::get_if<DisableHost>(&step)) {
            auto& disabled = fold.lanes[disable->host].disabled;
            if (!disabled) disabled = when.begins;
        } else if (const auto* upgrade = std::get_if<Upgrade>(&step)) {
            fold.lanes[upgrade->host].down = when;
            if (upgrade->host == fold.pool.coordinator) fold.course.blackout = when;
        } else if (const auto* enable = std::get_if<EnableHost>(&step)) {
            if (fate_of(fold, id) == StepOutcome::done)
                fold.lanes[enable->host].enabled = when.ends;
        }
    }
}

void note_moves(Fold& fold, const Table<Step, StepHold>& holds) {
    Course& course = fold.course;
    for (const Id<Step> id : fold.plan.steps.ids()) {
        if (!is_migration(fold.plan.steps[id])) continue;
        const StepSubject subject = subject_of(fold.plan.steps[id]);
        const StepTimes& times = fold.schedule.times[id];
        MoveBar move{};
        move.step = id;
        move.vm = subject.vm;
        move.from = subject.from;
        move.to = subject.to;
        move.when = {since(fold, times.start), since(fold, times.end)};
        move.pause = times.pause;
        move.sent = times.sent;
        const std::int64_t lasts = std::max<std::int64_t>(1, (times.end - times.start).count());
        move.rate = Bandwidth{
            static_cast<std::int64_t>(static_cast<Wide>(times.sent.count) * 1'000'000 / lasts)};
        move.fate = fate_of(fold, id);
        if (!holds.empty()) move.hold = holds[id];
        if (move.fate != StepOutcome::failed) {
            ++fold.lanes[subject.from].out;
            ++fold.lanes[subject.to].in;
        }
        course.moves.push_back(move);
    }
    std::stable_sort(
        course.moves.begin(), course.moves.end(),
        [](const MoveBar& a, const MoveBar& b) { return a.when.begins < b.when.begins; });
    Table<Vm, std::int32_t> moved(fold.pool.vms.size());
    for (MoveBar& move : course.moves) {
        move.nth = moved[move.vm] + 1;
        if (move.fate != StepOutcome::failed) ++moved[move.vm];
    }
}

// The least free memory is explained by what began to arrive then.
void note_arrivals(Fold& fold) {
    for (const MoveBar& move : fold.course.moves) {
        LeastFree& least = fold.lanes[move.to].least;
        if (least.at == move.when.begins) least.arrival = move.step;
    }
}

// A bar takes the first row of a lane that is free when it begins.
void choose_rows(Fold& fold) {
    Table<Host, std::vector<Since>> taken(fold.pool.hosts.size());
    const auto row_in = [&fold](std::vector<Since>& until, const Stretch& when) {
        std::size_t row = 0;
        while (row < until.size() && until[row] > when.begins) ++row;
        if (row == until.size()) until.push_back(when.ends);
        until[row] = when.ends;
        fold.course.rows = std::max(fold.course.rows, static_cast<std::int32_t>(until.size()));
        return static_cast<std::int32_t>(row);
    };
    for (MoveBar& move : fold.course.moves) {
        move.row_out = row_in(taken[move.from], move.when);
        move.row_in = row_in(taken[move.to], move.when);
    }
}

struct LinkChange {
    Since at{};
    Bandwidth sends;
    Bandwidth receives;
};

void draw_link(HostLane& lane, std::vector<LinkChange>& changes, Since begins) {
    std::stable_sort(changes.begin(), changes.end(),
                     [](const LinkChange& a, const LinkChange& b) { return a.at < b.at; });
    LinkPoint now{begins, {}, {}};
    lane.link.push_back(now);
    for (const LinkChange& change : changes) {
        if (change.at > now.at) {
            const bool carries = now.sends.count > 0 || now.receives.count > 0;
            if (carries) lane.busy += change.at - now.at;
        }
        now = {change.at, now.sends + change.sends, now.receives + change.receives};
        if (lane.link.back().at == now.at) {
            lane.link.back() = now;
        } else {
            lane.link.push_back(now);
        }
    }
}

void note_links(Fold& fold) {
    Table<Host, std::vector<LinkChange>> changes(fold.pool.hosts.size());
    for (const MoveBar& move : fold.course.moves) {
        const Bandwidth less{-move.rate.count};
        changes[move.from].push_back({move.when.begins, move.rate, {}});
        changes[move.from].push_back({move.when.ends, less, {}});
        changes[move.to].push_back({move.when.begins, {}, move.rate});
        changes[move.to].push_back({move.when.ends, {}, less});
    }
    for (const Id<Host> host : fold.pool.hosts.ids()) {
        draw_link(fold.lanes[host], changes[host], fold.course.begins);
    }
}

void order_lanes(Fold& fold) {
    const auto begins = [](const HostLane& lane) {
        return lane.disabled ? *lane.disabled : lane.down ? lane.down->begins : Since::max();
    };
    const auto down = [](const HostLane& lane) {
        return lane.down ? lane.down->begins : Since::max();
    };
    for (HostLane& lane : fold.lanes) fold.course.lanes.push_back(std::move(lane));
    const Id<Host> coordinator = fold.pool.coordinator;
    std::stable_sort(fold.course.lanes.begin(), fold.course.lanes.end(),
                     [&](const HostLane& a, const HostLane& b) {
                         const bool first = a.host == coordinator;
                         if (first != (b.host == coordinator)) return first;
                         if (down(a) != down(b)) return down(a) < down(b);
                         return begins(a) < begins(b);
                     });
}

}  // namespace

Course course_of(const Pool& pool, const PoolState& state, const Plan& plan,
                 const Schedule& schedule, const Timeline& timeline,
                 const Table<Step, StepHold>& holds, const Table<Step, StepOutcome>& fates) {
    Fold fold{pool, plan, schedule, fates, {}, Table<Host, HostLane>(pool.hosts.size()), state};
    std::optional<Instant> first;
    Instant begins{};
    for (const Id<Step> id : plan.steps.ids()) {
        const StepTimes& times = schedule.times[id];
        begins = std::min(begins, times.start);
        if (!counts_in_makespan(plan.steps[id])) continue;
        if (!first || times.start < *first) first = times.start;
    }
    fold.course.zero = first.value_or(Instant{});
    fold.course.begins = since(fold, begins);
    fold.course.ends = schedule.makespan;
    for (const Id<Host> host : pool.hosts.ids()) fold.lanes[host].host = host;
    fold_events(fold, timeline);
    note_host_steps(fold);
    note_moves(fold, holds);
    note_arrivals(fold);
    choose_rows(fold);
    note_links(fold);
    order_lanes(fold);
    return std::move(fold.course);
}

const HostLane& lane_of(const Course& course, Id<Host> host) {
    const auto found = std::find_if(course.lanes.begin(), course.lanes.end(),
                                    [host](const HostLane& lane) { return lane.host == host; });
    VACATE_CHECK(found != course.lanes.end(), "every host has a lane");
    return *found;
}

}  // namespace vacate
