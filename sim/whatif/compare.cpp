// Compare and risk: one plan, by itself and with what chance makes of it.
#include <algorithm>
#include <array>
#include <chrono>

#include "sim/whatif/questions.hpp"
#include "sim/whatif/stages.hpp"

namespace vacate {
namespace {

constexpr std::int64_t runs_compared = 200;
constexpr std::int64_t runs_at_risk = 10'000;

// A part of the runs in millionths.
std::int64_t ppm(std::int64_t part, std::size_t whole) {
    return whole == 0 ? 0 : part * 1'000'000 / static_cast<std::int64_t>(whole);
}

void put_percentile(RowFiller& row, const std::string& name, const std::vector<Duration>& times,
                    int percent) {
    if (const auto time = percentile(times, percent)) row.put(name, *time);
}

void put_no_plan(RowFiller& row, const NoPlan& no) {
    row.put("feasible", no_word(no.proven));
    row.put("reason", reason_of(no));
}

void put_run(RowFiller& row, const Scenario& scenario, const Simulation& run) {
    row.put("makespan_us", run.makespan);
    row.put("mixed_window_us", run.mixed_window);
    row.put("moves", Cell{run.moves});
    row.put("bytes_moved", run.bytes_moved);
    if (!run.tightest.host.is_none()) {
        row.put("tightest_host", std::string(scenario.pool.hosts[run.tightest.host].name));
        row.put("tightest_free_bytes", run.tightest.free);
    }
}

/// What is left of a plan after a loss.
struct Rest {
    Instant lost_at{};
    Interrupted broken;
    tl::expected<Planned, NoPlan> planned;
};

Rest rest_after(const AskedCase& asked, const Planned& whole, Id<Host> host, Instant at) {
    Interrupted broken = interrupt(asked.changed.scenario, whole.simulation, host, at);
    auto planned = asked.planner.plan(broken.scenario);
    return {at, std::move(broken), std::move(planned)};
}

// A rest is worse without a plan, with more VMs down, or when it ends later.
bool is_worse(const Rest& a, const Rest& b) {
    if (a.planned.has_value() != b.planned.has_value()) return !a.planned.has_value();
    if (a.broken.down.size() != b.broken.down.size()) {
        return a.broken.down.size() > b.broken.down.size();
    }
    if (!a.planned) return false;
    return a.broken.settled + a.planned->simulation.makespan >
           b.broken.settled + b.planned->simulation.makespan;
}

std::vector<Instant> moments_of(const AskedCase& asked, const Planned& whole,
                                std::string& refusal) {
    const LoseHost& loss = *asked.changed.loss;
    const Simulation& run = whole.simulation;
    if (loss.when == LoseHost::When::at) return {Instant{loss.at}};
    if (loss.when == LoseHost::When::step) {
        const Id<Step> step{static_cast<std::uint32_t>(loss.step)};
        if (run.times.holds(step)) return {run.times[step].start};
        refusal = "the plan has " + std::to_string(run.times.size()) + " steps, none of number " +
                  std::to_string(loss.step);
        return {};
    }
    std::vector<Instant> all;
    for (const Stage& stage : stages_of(asked.changed.scenario, run)) all.push_back(stage.at);
    return all;
}

void answer_interrupted(const AskedCase& asked, const Planned& whole, RowFiller& row) {
    const Scenario& scenario = asked.changed.scenario;
    const std::string& name = asked.changed.loss->host;
    Id<Host> host = Id<Host>::none();
    for (const Id<Host> one : scenario.pool.hosts.ids()) {
        if (scenario.pool.hosts[one].name == name) host = one;
    }
    std::string refusal;
    std::optional<Rest> worst;
    for (const Instant at : moments_of(asked, whole, refusal)) {
        if (asked.planner.stopped()) return;
        Rest rest = rest_after(asked, whole, host, at);
        if (!worst || is_worse(rest, *worst)) worst = std::move(rest);
    }
    if (!worst) return row.put("reason", std::move(refusal));
    const std::size_t down = asked.changed.down.size() + worst->broken.down.size();
    row.put("vms_down", Cell{static_cast<std::int64_t>(down)});
    const std::string what = name + " lost at " + display(worst->lost_at.time_since_epoch());
    if (!worst->planned) {
        const NoPlan& no = worst->planned.error();
        row.put("feasible", no_word(no.proven));
        return row.put("reason", what + ": " + reason_of(no));
    }
    const Simulation& run = worst->planned->simulation;
    put_run(row, worst->broken.scenario, run);
    row.put("feasible", std::string("yes"));
    row.put("makespan_us", worst->broken.settled.time_since_epoch() + run.makespan);
    row.put("moves", Cell{});  // those before the loss are not counted
    row.put("bytes_moved", Cell{});
    row.put("mixed_window_us", Cell{});
    row.put("reason", what + ": what was under way elsewhere ends at " +
                          display(worst->broken.settled.time_since_epoch()) +
                          ", what is left takes " + display(run.makespan));
}

// The host is lost at a time when the upgrade is done.
bool comes_too_late(const LoseHost& loss, const Simulation& run) {
    return loss.when == LoseHost::When::at && loss.at >= run.makespan;
}

void put_window(RowFiller& row, const AskedCase& asked, const Trials& trials) {
    if (!asked.question.window) return;
    row.put("within_window_ppm",
            Cell{ppm(finished_within(trials, *asked.question.window), trials.runs.size())});
}

// How many runs end when: in at most 40 steps of a round length. Requires: not none.
RowTable makespans_of(const std::vector<Duration>& times) {
    using std::chrono::seconds;
    constexpr std::array<seconds::rep, 15> lengths{1,   2,   5,    10,   15,   30,    60,   120,
                                                   300, 600, 1800, 3600, 7200, 21600, 86400};
    constexpr std::int64_t steps_most = 40;
    RowTable table{"makespans", {"from_us", "to_us", "runs"}, {}};
    const auto found = std::minmax_element(times.begin(), times.end());
    const Duration least = *found.first;
    const Duration most = *found.second;
    const auto fits = [&](Duration length) { return most / length - least / length < steps_most; };
    Duration length = seconds(lengths.back());
    for (const seconds::rep one : lengths) {
        length = seconds(one);
        if (fits(length)) break;
    }
    while (!fits(length)) length *= 2;
    const std::int64_t first = least / length;
    std::vector<std::int64_t> runs(static_cast<std::size_t>(most / length - first) + 1);
    for (const Duration time : times) ++runs[static_cast<std::size_t>(time / length - first)];
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::int64_t at = first + static_cast<std::int64_t>(i);
        table.rows.push_back(
            {Cell{at * length.count()}, Cell{(at + 1) * length.count()}, Cell{runs[i]}});
    }
    return table;
}

std::int64_t runs_or(const Question& question, std::int64_t usual) {
    return question.runs > 0 ? question.runs : usual;
}

}  // namespace

void answer_compare(const AskedCase& asked, RowFiller& row) {
    const Scenario& scenario = asked.changed.scenario;
    row.put("vms_down", Cell{static_cast<std::int64_t>(asked.changed.down.size())});
    row.put("spare_hosts", Cell{spare_hosts_of(scenario.pool, scenario.state)});
    const auto planned = asked.planner.plan(scenario);
    if (!planned) return put_no_plan(row, planned.error());
    if (const auto& loss = asked.changed.loss) {
        if (!comes_too_late(*loss, planned->simulation)) {
            return answer_interrupted(asked, *planned, row);
        }
        row.put("reason", "the upgrade is done before " + loss->host + " is lost");
    }
    row.put("feasible", std::string("yes"));
    put_run(row, scenario, planned->simulation);
    const Trials trials =
        asked.planner.trials(scenario, planned->plan, runs_or(asked.question, runs_compared));
    const std::vector<Duration> times = figures_of(trials, &TrialRun::makespan);
    put_percentile(row, "p50_us", times, 50);
    put_percentile(row, "p95_us", times, 95);
    put_window(row, asked, trials);
}

void answer_risk(const AskedCase& asked, RowFiller& row) {
    const Scenario& scenario = asked.changed.scenario;
    const auto planned = asked.planner.plan(scenario);
    if (!planned) return put_no_plan(row, planned.error());
    row.put("feasible", std::string("yes"));
    const Trials trials =
        asked.planner.trials(scenario, planned->plan, runs_or(asked.question, runs_at_risk));
    const std::size_t runs = trials.runs.size();
    row.put("runs", Cell{static_cast<std::int64_t>(runs)});
    row.put("finish_ppm", Cell{ppm(finished(trials), runs)});
    put_window(row, asked, trials);
    if (asked.question.window) row.put("window_us", *asked.question.window);
    const std::vector<Duration> times = figures_of(trials, &TrialRun::makespan);
    put_percentile(row, "p50_us", times, 50);
    put_percentile(row, "p95_us", times, 95);
    put_percentile(row, "p99_us", times, 99);
    std::int64_t stopped = 0;
    for (const Step& step : planned->plan.steps) {
        if (std::holds_alternative<Stop>(step) || std::holds_alternative<Suspend>(step)) ++stopped;
    }
    std::int64_t down = 0;
    RowTable stops{"stops", {"run", "at_step"}, {}};
    for (std::size_t i = 0; i < runs; ++i) {
        const TrialRun& run = trials.runs[i];
        down += run.vms_down;
        constexpr std::size_t listed = 10;
        if (run.end == RunEnd::finished || stops.rows.size() >= listed) continue;
        stops.rows.push_back({Cell{static_cast<std::int64_t>(i)},
                              Cell{describe(scenario.pool, planned->plan.steps[run.step])}});
    }
    row.put("vms_stopped", Cell{stopped});
    row.put("vms_left_down_ppm", Cell{ppm(down, runs)});
    if (!varies(scenario.chance)) {
        row.put("reason", std::string("nothing is left to chance: every run is the same"));
    }
    if (!stops.rows.empty()) row.add(std::move(stops));
    if (!times.empty()) row.add(makespans_of(times));
}

}  // namespace vacate
