// Records to a course: the fold of the executor, with times.
#include "tools/story/run_read.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "model/codec/journal_text.hpp"
#include "model/transition.hpp"
#include "sim/kernel/draw.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/live/run_state.hpp"
#include "sim/live/view.hpp"

namespace vacate {
namespace {

// A command of the run.
struct Trip {
    Order order;
    std::int64_t attempt = 1;
    Instant sent{};
    std::optional<Instant> ended;
    bool done = false;
    std::string said;
    Id<Step> step = Id<Step>::none();     // none: it is no step, or names what the pool has not
    bool began = false;                   // apply() took it
    std::size_t adoption = 0;             // the plan in force then
    Id<Step> planned = Id<Step>::none();  // of it
};

// A plan that was adopted, simulated.
struct Adoption {
    Instant at{};
    Duration laid{};  // where its time 0 is in the run's time
    Instant first{};  // in its own time: the first step on a host or VM
    std::string reason;
    Scenario seen;
    Plan plan;
    std::vector<std::string> orders;  // described, by step
    std::optional<Simulation> simulation;
};

// What was planned of a host that is being emptied, since the run began.
struct Turn {
    Instant begins{};
    Instant ends{};
};

struct Reading {
    live::RunState run;
    RunRead read;
    PoolState state;
    Timeline timeline;
    std::vector<Trip> trips;
    std::map<std::uint64_t, std::size_t> trip_of;  // by key
    std::vector<Adoption> adoptions;
    std::map<std::string, Turn> turns;  // by host
    std::set<std::string> late;         // "host srv-3"
    Instant paused_at{};
    std::vector<std::pair<Instant, Instant>> pauses;
    std::vector<std::pair<Instant, Instant>> gaps;
    std::optional<Instant> closed_at;
    bool is_begun = false;  // on a host or VM
    Instant begun{};        // its journal
    Instant before{};       // of the record before
    Instant now{};
};

// ---- what happened, as events that the model accepts

bool take(Reading& reading, const Event& event) {
    if (!apply(reading.read.scenario.pool, reading.state, event)) return false;
    reading.timeline.push_back({reading.now, reading.timeline.size(), event});
    return true;
}

void enable_by_itself(Reading& reading, Id<Host> host) {
    const HostState& state = reading.state.hosts[host];
    if (state.phase != HostPhase::disabled || !state.upgraded) return;
    const EnableHost enable{host};
    if (take(reading, Began{enable})) take(reading, Ended{enable});
}

void begin(Reading& reading, Trip& trip) {
    const auto step = step_of(reading.read.scenario.pool, trip.order);
    if (!step) return;
    trip.step = reading.read.plan.steps.push_back(*step);
    reading.read.plan.after.push_back({});
    const StepSubject subject = subject_of(*step);
    if (!subject.to.is_none()) enable_by_itself(reading, subject.to);
    trip.began = take(reading, Began{*step});
    const auto* upgrade = std::get_if<Upgrade>(&*step);
    if (!trip.began && upgrade != nullptr) take(reading, HostLost{upgrade->host});
}

// What was done though the model did not see how.
void believe(Reading& reading, const Step& step) {
    const StepSubject subject = subject_of(step);
    if (is_migration(step)) {
        take(reading, VmSeen{subject.vm, Power::running, subject.to});
    } else if (const auto* upgrade = std::get_if<Upgrade>(&step)) {
        take(reading, HostFound{upgrade->host, true});
    } else if (std::holds_alternative<Resume>(step) || std::holds_alternative<Start>(step)) {
        take(reading, VmSeen{subject.vm, Power::running, subject.host});
    } else if (std::holds_alternative<Suspend>(step)) {
        take(reading, VmSeen{subject.vm, Power::suspended, Id<Host>::none()});
    } else if (std::holds_alternative<Stop>(step)) {
        take(reading, VmSeen{subject.vm, Power::halted, Id<Host>::none()});
    }
}

void end(Reading& reading, std::uint64_t key, bool done, const std::string& said) {
    Trip& trip = reading.trips[reading.trip_of[key]];
    if (trip.ended) return;
    trip.ended = reading.now;
    trip.done = done;
    trip.said = said;
    if (trip.step.is_none()) return;
    const Step step = reading.read.plan.steps[trip.step];
    const Event event = done ? Event{Ended{step}} : Event{Failed{step}};
    if (trip.began && take(reading, event)) return;
    if (done) believe(reading, step);
}

// Where a new plan found the VMs: others move them, too.
void see_vms(Reading& reading, const Scenario& seen) {
    const Pool& pool = reading.read.scenario.pool;
    for (const Id<Vm> id : seen.pool.vms.ids()) {
        const Id<Vm> ours = live::id_of(pool.vms, seen.pool.vms[id].name);
        const VmState& now = seen.state.vms[id];
        if (ours.is_none() || now.activity != Activity::none) continue;
        const Id<Host> host =
            now.host.is_none() ? now.host : live::id_of(pool.hosts, seen.pool.hosts[now.host].name);
        const VmState& believed = reading.state.vms[ours];
        if (host.is_none() != now.host.is_none() || believed.activity != Activity::none) continue;
        if (believed.host == host && believed.power == now.power) continue;
        take(reading, VmSeen{ours, now.power, host});
    }
}

// ---- plans

Instant first_of(const Plan& plan, const Simulation& simulation) {
    std::optional<Instant> first;
    for (const Id<Step> id : plan.steps.ids()) {
        if (!counts_in_makespan(plan.steps[id])) continue;
        const Instant start = simulation.times[id].start;
        first = std::min(first.value_or(start), start);
    }
    return first.value_or(Instant{});
}

void adopt(Reading& reading) {
    const live::PlanInForce& force = reading.run.plan;
    const Duration now = reading.now.time_since_epoch();
    Adoption one{reading.now, now, {}, force.reason, live::seen_by(reading.run, force.scenario),
                 {},          {},  {}};
    one.plan.after = force.plan.after;
    for (const Order& order : force.orders) {
        const auto step = step_of(one.seen.pool, order);
        if (!step) break;
        one.plan.steps.push_back(*step);
        one.orders.push_back(describe(order));
    }
    if (one.plan.steps.size() == force.orders.size()) {
        auto simulation = simulate(one.seen.pool, one.seen.state, one.plan);
        if (simulation) one.simulation = std::move(*simulation);
    }
    if (one.simulation) one.first = first_of(one.plan, *one.simulation);
    if (reading.adoptions.empty()) {
        reading.read.scenario = one.seen;
        reading.read.plan.fingerprint = force.plan.fingerprint;
        reading.state = one.seen.state;
    } else {
        see_vms(reading, one.seen);
    }
    reading.adoptions.push_back(std::move(one));
}

Id<Step> planned_in(const Adoption& adoption, const std::string& order) {
    if (!adoption.simulation) return Id<Step>::none();
    const auto found = std::find(adoption.orders.begin(), adoption.orders.end(), order);
    if (found == adoption.orders.end()) return Id<Step>::none();
    return Id<Step>{static_cast<std::uint32_t>(found - adoption.orders.begin())};
}

void note_turn(Reading& reading, const std::string& host) {
    const Adoption& force = reading.adoptions.back();
    if (!force.simulation) return;
    std::optional<Turn> turn;
    for (const Id<Step> id : force.plan.steps.ids()) {
        const StepSubject subject = subject_of(force.plan.steps[id]);
        if (subject.host.is_none() || !subject.vm.is_none()) continue;
        if (force.seen.pool.hosts[subject.host].name != host) continue;
        const StepTimes& times = force.simulation->times[id];
        if (!turn) turn = Turn{times.start + force.laid, times.end + force.laid};
        turn->begins = std::min(turn->begins, times.start + force.laid);
        turn->ends = std::max(turn->ends, times.end + force.laid);
    }
    if (turn) reading.turns.emplace(host, *turn);
}

// A plan's clock runs from its first step on a host or VM, as its makespan does; how long the
// pool is prepared no plan says. Until that step is begun, it could be now.
void lay(Reading& reading, Instant now) {
    if (reading.is_begun || reading.adoptions.empty()) return;
    Adoption& force = reading.adoptions.back();
    force.laid = now - force.first;
}

// ---- records

void hear(Reading& reading, const Commanded& one) {
    Trip trip{one.order, one.attempt,      reading.now, {}, false,
              {},        Id<Step>::none(), false,       0,  Id<Step>::none()};
    if (!reading.adoptions.empty()) {
        const Adoption& force = reading.adoptions.back();
        trip.adoption = reading.adoptions.size() - 1;
        trip.planned = planned_in(force, describe(one.order));
        begin(reading, trip);
        if (!trip.step.is_none() && counts_in_makespan(reading.read.plan.steps[trip.step])) {
            lay(reading, reading.now);
            reading.is_begun = true;
        }
        const bool turns = one.order.act == Act::disable_host || one.order.act == Act::restart_host;
        if (turns) note_turn(reading, one.order.host);
    }
    reading.trip_of[one.key] = reading.trips.size();
    reading.trips.push_back(std::move(trip));
}

void hear(Reading& reading, const Answered& one) {
    const bool restarts = reading.trips[reading.trip_of[one.key]].order.act == Act::restart_host;
    const bool done = one.kind == Answered::Kind::done;
    const std::string words = one.code.empty() ? one.sentence : one.code + " " + one.sentence;
    if (one.kind == Answered::Kind::refused) end(reading, one.key, false, words);
    if (done && !restarts) end(reading, one.key, true, words);
}

void hear(Reading& reading, const Settled& one) { end(reading, one.key, one.done, one.sentence); }

void hear(Reading& reading, const Told& one) {
    if (one.what == Told::What::pause) reading.paused_at = reading.now;
    if (one.what == Told::What::resume && reading.paused_at != Instant{}) {
        reading.pauses.emplace_back(reading.paused_at, reading.now);
        reading.paused_at = {};
        return;
    }
    // Whoever goes on with a run that was killed says so first.
    if (one.what == Told::What::resume && !reading.closed_at) {
        reading.gaps.emplace_back(reading.before, reading.now);
    }
}

void hear(Reading& reading, const Noted& one) {
    if (one.finding.code == live::host_is_late) reading.late.insert(one.finding.subject);
}

void hear(Reading&, const Cleared&) {}
void hear(Reading&, const PutBack&) {}

void hear(Reading& reading, const Adopted&) { adopt(reading); }
void hear(Reading&, const Opened&) {}
void hear(Reading& reading, const Closed&) {
    reading.closed_at = reading.now;
    if (reading.paused_at == Instant{}) return;
    reading.pauses.emplace_back(reading.paused_at, reading.now);
    reading.paused_at = {};
}

std::string numbered(std::uint64_t key, const std::string& text) {
    return "#" + std::to_string(key) + (text.empty() ? "" : " " + text);
}

std::string text_of(const RecordBody& body) {
    constexpr std::array<const char*, 4> kinds{"begun", "done", "refused", "no answer"};
    constexpr std::array<const char*, 5> told{"pause", "resume", "abort", "proceed", "skip"};
    const auto with = [](const std::string& text) { return text.empty() ? "" : ": " + text; };
    return std::visit(
        Overloaded{
            [](const Opened& one) { return one.run + ", UTC " + one.began_at; },
            [](const Adopted& one) { return one.reason; },
            [](const Commanded& one) {
                const std::string again =
                    one.attempt > 1 ? ", attempt " + std::to_string(one.attempt) : "";
                return numbered(one.key, describe(one.order) + again);
            },
            [&](const Answered& one) {
                const std::string words = one.code + (one.code.empty() ? "" : " ") + one.sentence;
                return numbered(one.key, kinds[static_cast<std::size_t>(one.kind)] + with(words));
            },
            [&](const Settled& one) {
                return numbered(one.key, std::string(one.done ? "done" : "changed nothing") +
                                             with(one.sentence));
            },
            [&](const Told& one) {
                return std::string(told[static_cast<std::size_t>(one.what)]) + with(one.host);
            },
            [](const Noted& one) {
                return one.finding.code + " " + one.finding.subject + ": " + one.finding.sentence;
            },
            [](const Cleared& one) {
                return one.finding.code + " " + one.finding.subject + ": " + one.why;
            },
            [](const PutBack& one) { return describe(one.order) + ": " + one.sentence; },
            [&](const Closed& one) {
                return std::string(one.done ? "done" : "stopped") + with(one.sentence);
            }},
        body);
}

constexpr std::array<const char*, std::variant_size_v<RecordBody>> record_kinds{
    "opened", "adopted", "commanded", "answered", "settled",
    "told",   "noted",   "cleared",   "put back", "closed"};

// ---- what is told of it

Since since(const Reading& reading, Instant at) { return at - reading.read.course.zero; }

// When a plan wanted a step; nothing of what prepares the pool, whose time no plan says.
std::optional<Stretch> wanted(const Reading& reading, const Adoption& plan, Id<Step> step) {
    if (!plan.simulation) return std::nullopt;
    const StepTimes& times = plan.simulation->times[step];
    if (!counts_in_makespan(plan.plan.steps[step]) && times.end <= plan.first) return std::nullopt;
    return Stretch{since(reading, times.start + plan.laid), since(reading, times.end + plan.laid)};
}

void make_course(Reading& reading) {
    RunRead& read = reading.read;
    Table<Step, StepOutcome> fates(read.plan.steps.size());
    read.schedule.times = Table<Step, StepTimes>(read.plan.steps.size());
    std::optional<Instant> first;
    Instant last{};
    for (const Trip& trip : reading.trips) {
        if (trip.step.is_none()) continue;
        fates[trip.step] = !trip.ended ? StepOutcome::running
                           : trip.done ? StepOutcome::done
                                       : StepOutcome::failed;
        StepTimes& times = read.schedule.times[trip.step];
        times.start = trip.sent;
        times.end = trip.ended.value_or(reading.now);
        const Step& step = read.plan.steps[trip.step];
        if (trip.done && is_migration(step)) ++read.schedule.moves;
        if (!counts_in_makespan(step)) continue;
        first = std::min(first.value_or(trip.sent), trip.sent);
        last = std::max(last, times.end);
    }
    if (first) read.schedule.makespan = last - *first;
    read.course = course_of(read.scenario.pool, read.scenario.state, read.plan, read.schedule,
                            reading.timeline, {}, fates);
    if (read.course.mixed) {
        read.schedule.mixed_window = read.course.mixed->ends - read.course.mixed->begins;
    }
}

// The lanes of a plan in the hosts and the time of the run.
AdoptedPlan told_plan(const Reading& reading, const Adoption& one) {
    AdoptedPlan plan;
    plan.at = since(reading, one.at);
    plan.reason = one.reason;
    plan.begins = plan.ends = plan.at;
    plan.steps = static_cast<std::int64_t>(one.plan.steps.size());
    if (!one.simulation) return plan;
    const Course course = course_of(one.seen.pool, one.seen.state, one.plan, *one.simulation,
                                    one.simulation->timeline, {});
    const Since offset = since(reading, course.zero + one.laid);
    plan.begins = offset;
    plan.ends = offset + course.ends;
    for (const HostLane& lane : course.lanes) {
        const Id<Host> host =
            live::id_of(reading.read.scenario.pool.hosts, one.seen.pool.hosts[lane.host].name);
        if (host.is_none()) continue;
        HostLane moved;
        moved.host = host;
        if (lane.disabled) moved.disabled = *lane.disabled + offset;
        if (lane.down) moved.down = Stretch{lane.down->begins + offset, lane.down->ends + offset};
        if (lane.enabled) moved.enabled = *lane.enabled + offset;
        plan.lanes.push_back(std::move(moved));
    }
    return plan;
}

void tell_plans(Reading& reading) {
    for (std::size_t i = 0; i < reading.adoptions.size(); ++i) {
        AdoptedPlan plan = told_plan(reading, reading.adoptions[i]);
        for (const Trip& trip : reading.trips) {
            plan.done += trip.done && !trip.planned.is_none() && trip.adoption == i;
        }
        const bool in_force = i + 1 == reading.adoptions.size();
        const auto& done = reading.run.plan.done;
        if (in_force) plan.done = std::count(done.begin(), done.end(), true);
        reading.read.story.plans.push_back(std::move(plan));
    }
}

// The same was tried again after it.
bool is_repeated(const Reading& reading, const Trip& trip) {
    return std::any_of(reading.trips.begin(), reading.trips.end(), [&trip](const Trip& other) {
        return other.attempt > trip.attempt && describe(other.order) == describe(trip.order);
    });
}

void tell_steps(Reading& reading) {
    RunStory& story = reading.read.story;
    for (const Trip& trip : reading.trips) {
        RunStep step;
        step.state = !trip.ended                  ? RunStep::State::running
                     : trip.done                  ? RunStep::State::done
                     : is_repeated(reading, trip) ? RunStep::State::repeated
                                                  : RunStep::State::failed;
        step.what = describe(trip.order);
        if (!trip.planned.is_none()) {
            step.planned = wanted(reading, reading.adoptions[trip.adoption], trip.planned);
        }
        step.happened =
            Stretch{since(reading, trip.sent), since(reading, trip.ended.value_or(reading.now))};
        step.attempt = trip.attempt;
        if (!trip.done) step.said = trip.said;
        story.steps.push_back(std::move(step));
    }
    const Adoption& force = reading.adoptions.back();
    if (reading.run.closed && reading.run.done) return;
    std::vector<RunStep> waits;
    for (std::size_t i = 0; i < force.orders.size(); ++i) {
        const bool flies = reading.run.flight_of(reading.run.plan.orders[i]) != nullptr;
        if (reading.run.plan.done[i] || flies) continue;
        RunStep step;
        step.what = force.orders[i];
        if (force.simulation) {
            const Id<Step> id{static_cast<std::uint32_t>(i)};
            step.planned = wanted(reading, force, id);
        }
        waits.push_back(std::move(step));
    }
    const auto begins = [](const RunStep& step) {
        return step.planned ? step.planned->begins : Since::min();  // prepares the pool
    };
    std::stable_sort(waits.begin(), waits.end(), [&begins](const RunStep& a, const RunStep& b) {
        return begins(a) < begins(b);
    });
    if (!waits.empty()) {
        story.next = waits.front().what;
        if (waits.front().planned) story.next_at = waits.front().planned->begins;
    }
    story.steps.insert(story.steps.end(), waits.begin(), waits.end());
}

// By the last step that ended, and by those that should have ended or begun.
std::optional<Duration> behind(const Reading& reading) {
    const RunStory& story = reading.read.story;
    const AdoptedPlan& force = story.plans.back();
    const bool is_done = story.standing == RunStanding::done;
    if (is_done) return reading.read.course.ends - force.ends;
    std::optional<Duration> late;
    Since last = Since::min();
    for (const RunStep& step : story.steps) {
        const bool fits = step.state == RunStep::State::done && step.planned &&
                          step.happened->begins >= force.at && step.happened->ends >= last;
        if (!fits) continue;
        last = step.happened->ends;
        late = last - step.planned->ends;
    }
    // What should have ended; and where nothing runs, what should have begun.
    const auto overdue = [&](Since due) {
        const Duration over = story.now - due;
        if (over.count() > 0) late = std::max(late.value_or(over), over);
    };
    bool runs = false;
    for (const RunStep& step : story.steps) {
        if (step.state != RunStep::State::running) continue;
        runs = true;
        if (step.planned && step.planned->begins >= force.at) overdue(step.planned->ends);
    }
    if (!runs && story.next_at) overdue(*story.next_at);
    return late;
}

// How long 95 in 100 restarts of each host take at most; nothing where none varies.
Table<Host, std::optional<Duration>> restarts_of(const Scenario& scenario, std::uint64_t seed) {
    constexpr std::uint64_t runs = 400;
    Table<Host, std::vector<Duration>> drawn(scenario.pool.hosts.size());
    Table<Host, std::optional<Duration>> longest(scenario.pool.hosts.size());
    if (!varies(scenario.chance)) return longest;
    const Fates fates(scenario.pool, scenario.chance, seed);
    Future future;
    for (std::uint64_t run = 0; run < runs; ++run) {
        fates.draw(run, future);
        if (future.upgrade_time.empty()) return longest;
        for (const Id<Host> host : scenario.pool.hosts.ids()) {
            drawn[host].push_back(future.upgrade_time[host]);
        }
    }
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        longest[host] = percentile(drawn[host], 95);
    }
    return longest;
}

// By a plan that the run adopted.
bool goes_down(const RunStory& story, Id<Host> host) {
    return std::any_of(story.plans.begin(), story.plans.end(), [host](const AdoptedPlan& plan) {
        return std::any_of(plan.lanes.begin(), plan.lanes.end(),
                           [host](const HostLane& lane) { return lane.host == host && lane.down; });
    });
}

void tell_turns(Reading& reading, std::uint64_t seed) {
    RunRead& read = reading.read;
    const auto longest = restarts_of(read.scenario, seed);
    for (HostLane& lane : read.course.lanes) {
        const std::string& name = read.scenario.pool.hosts[lane.host].name;
        HostTurn turn;
        turn.host = lane.host;
        if (const auto found = reading.turns.find(name); found != reading.turns.end()) {
            turn.planned =
                Stretch{since(reading, found->second.begins), since(reading, found->second.ends)};
        }
        if (const auto found = reading.run.hosts.find(name); found != reading.run.hosts.end()) {
            const live::HostRun& host = found->second;
            turn.failed = host.failed;
            // Its first disabling: a new plan may have put it back in between.
            if (lane.disabled || lane.down) {
                turn.begun = lane.disabled ? *lane.disabled : lane.down->begins;
            }
            // A host that enabled itself was not told to.
            const auto ended = host.enabled ? host.enabled : host.back;
            if (ended) turn.ended = since(reading, *ended);
        }
        turn.is_undone = turn.ended && !lane.down && goes_down(read.story, lane.host);
        // What is not in use again at the end of the journal is late by then.
        if (turn.planned && turn.begun && !turn.is_undone) {
            const Duration late = turn.ended.value_or(read.story.now) - turn.planned->ends;
            if (late >= std::chrono::minutes(1)) turn.late = late;
        }
        const bool too_long = lane.down && longest[lane.host] &&
                              lane.down->ends - lane.down->begins > *longest[lane.host];
        turn.is_slow = too_long || reading.late.count("host " + name) > 0;
        read.story.turns.push_back(turn);
    }
}

RunStanding standing_of(const live::RunState& run) {
    if (run.closed) return run.done ? RunStanding::done : RunStanding::stopped;
    return run.paused ? RunStanding::paused : RunStanding::running;
}

// A VM came to the host since: nobody need enable it.
bool enabled_itself(const Reading& reading, const Order& order) {
    if (order.act != Act::enable_host) return false;
    const Id<Host> host = live::id_of(reading.read.scenario.pool.hosts, order.host);
    return !host.is_none() && reading.state.hosts[host].phase == HostPhase::enabled;
}

void tell_story(Reading& reading, const RunOptions& options) {
    RunStory& story = reading.read.story;
    reading.read.findings = reading.run.findings;
    story.standing = standing_of(reading.run);
    story.name = reading.run.opened.run;
    story.began_at = reading.run.opened.began_at;
    story.now = since(reading, reading.now);
    story.lasts = {since(reading, reading.begun), story.now};
    if (reading.run.closed) story.words = reading.run.last_words;
    if (reading.run.aborting) story.words = "the operator told it to end: what runs may end";
    if (reading.run.paused) reading.pauses.emplace_back(reading.paused_at, reading.now);
    for (const auto& [from, to] : reading.pauses) {
        story.pauses.push_back({since(reading, from), since(reading, to)});
    }
    for (const auto& [from, to] : reading.gaps) {
        story.gaps.push_back({since(reading, from), since(reading, to)});
    }
    for (const Order& order : reading.run.owed) {
        if (enabled_itself(reading, order)) continue;
        const std::string text = describe(order);
        const bool is_told =
            std::find(story.owed.begin(), story.owed.end(), text) != story.owed.end();
        if (!is_told) story.owed.push_back(text);
    }
    lay(reading, reading.now);
    tell_plans(reading);
    tell_steps(reading);
    tell_turns(reading, options.seed);
    story.behind = behind(reading);
    if (options.window && story.next_at) {
        story.begin_by = *story.next_at + (*options.window - story.plans.back().ends);
    }
    for (JournalLine& line : story.journal) line.at -= reading.read.course.zero.time_since_epoch();
}

}  // namespace

bool is_journal(std::string_view text) {
    const std::size_t digits = text.find_first_not_of("0123456789abcdef");
    return digits == 8 && text.substr(8, 2) == " {";
}

Result<RunRead> read_run(std::string_view text, const std::string& source,
                         const RunOptions& options) {
    const auto journal = read_journal(text, source);
    if (!journal) return tl::unexpected<Error>(journal.error());
    Reading reading;
    for (const Record& record : journal->journal) {
        if (record.number == 0) reading.begun = record.at;
        reading.before = std::exchange(reading.now, record.at);
        if (const auto fits = reading.run.fold(record); !fits) {
            return tl::unexpected<Error>(bad_input(
                source, "line " + std::to_string(record.number + 1),
                "the record does not fit: " + fits.error(), "give the whole journal of one run"));
        }
        std::visit([&](const auto& one) { hear(reading, one); }, record.body);
        if (reading.closed_at && !std::holds_alternative<Closed>(record.body)) {
            reading.gaps.emplace_back(*std::exchange(reading.closed_at, std::nullopt), reading.now);
        }
        reading.read.story.journal.push_back({record.number, record.at.time_since_epoch(),
                                              record_kinds[record.body.index()],
                                              text_of(record.body)});
    }
    if (reading.adoptions.empty()) {
        return tl::unexpected<Error>(bad_input(source, "", "the run has not adopted a plan yet",
                                               "report it when it has begun"));
    }
    reading.read.job = live::job_in(reading.run, reading.read.scenario.pool);
    make_course(reading);
    tell_story(reading, options);
    return std::move(reading.read);
}

}  // namespace vacate
