// Runs handed out to threads, results put where their number says.
#include "sim/kernel/trials.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "model/check.hpp"
#include "model/limits.hpp"
#include "sim/kernel/draw.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate {
namespace {

// Preparations and their undo are not part of the makespan: they stand behind all other kinds.
RunEnd end_of(Stall::Kind kind) {
    switch (kind) {
        case Stall::Kind::lost_host:
            return RunEnd::lost_host;
        case Stall::Kind::gave_up:
            return RunEnd::gave_up;
        case Stall::Kind::forbidden:
            break;
    }
    return RunEnd::forbidden;
}

std::vector<HostTrials> hosts_of(const Plan& plan, std::size_t hosts, std::size_t runs) {
    Table<Host, Id<Step>> begun_by(hosts, Id<Step>::none());
    for (const Id<Step> id : plan.steps.ids()) {
        const auto* disable = std::get_if<DisableHost>(&plan.steps[id]);
        if (disable != nullptr && begun_by[disable->host].is_none()) begun_by[disable->host] = id;
    }
    std::vector<HostTrials> all;
    for (const Id<Step> id : plan.steps.ids()) {
        const auto* upgrade = std::get_if<Upgrade>(&plan.steps[id]);
        if (upgrade != nullptr && begun_by[upgrade->host].is_none()) begun_by[upgrade->host] = id;
        const StepSubject subject = subject_of(plan.steps[id]);
        if (subject.host.is_none() || begun_by[subject.host] != id) continue;
        all.push_back({subject.host, id, std::vector<Duration>(runs, never), 0});
    }
    return all;
}

/// One thread's share of the work.
class Worker {
  public:
    Worker(const Pool& pool, const PoolState& state, const Plan& plan, const Fates& fates)
        : pool_(pool), state_(state), plan_(plan), fates_(fates) {
        options_.timeline = false;
        options_.future = &future_;
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void run(std::size_t number, Trials& trials) {
        fates_.draw(number, future_);
        const auto simulated = simulate(pool_, state_, plan_, options_);
        TrialRun& run = trials.runs[number];
        if (!simulated) {
            run.end = end_of(simulated.error().kind);
            run.step = simulated.error().broken.step;
            run.vms_down = simulated.error().vms_down;
            return;
        }
        run.makespan = simulated->makespan;
        run.mixed_window = simulated->mixed_window;
        run.pause_total = simulated->pause_total;
        Instant end{};
        for (const Id<Step> id : plan_.steps.ids()) {
            const Instant ended = simulated->times[id].end;
            if (!counts_in_makespan(plan_.steps[id]) || (!run.step.is_none() && ended <= end))
                continue;
            run.step = id;
            end = ended;
        }
        for (HostTrials& host : trials.hosts) {
            host.to_end[number] = end - simulated->times[host.begun_by].start;
        }
    }

  private:
    const Pool& pool_;
    const PoolState& state_;
    const Plan& plan_;
    const Fates& fates_;
    Future future_;
    SimulationOptions options_;
};

void count_last(const Plan& plan, Trials& trials, std::size_t hosts) {
    Table<Host, std::int64_t> last(hosts, 0);
    for (const TrialRun& run : trials.runs) {
        if (run.end != RunEnd::finished || run.step.is_none()) continue;
        const StepSubject subject = subject_of(plan.steps[run.step]);
        const Id<Host> host = subject.to.is_none() ? subject.host : subject.to;
        if (!host.is_none()) ++last[host];
    }
    for (HostTrials& host : trials.hosts) host.ends_last = last[host.host];
}

}  // namespace

Trials run_trials(const Pool& pool, const PoolState& state, const Plan& plan, const Chance& chance,
                  const TrialOptions& options) {
    const auto runs = static_cast<std::size_t>(std::max<std::int64_t>(0, options.runs));
    Trials trials;
    trials.hosts = hosts_of(plan, pool.hosts.size(), runs);
    VACATE_CHECK(static_cast<std::int64_t>(runs * std::max<std::size_t>(1, trials.hosts.size())) <=
                     limits::runs_times_hosts,
                 "more runs than there is room for");
    trials.runs.resize(runs);
    const Fates fates(pool, chance, options.seed);
    std::atomic<std::size_t> next{0};
    const auto work = [&](bool watches) {
        Worker worker(pool, state, plan, fates);
        for (std::size_t run = next++; run < runs; run = next++) {
            if (options.stops && options.stops()) return;
            worker.run(run, trials);
            if (watches) options.watch(static_cast<std::int64_t>(std::min(next.load(), runs)));
        }
    };
    std::vector<std::thread> others;
    const auto threads = std::min<std::size_t>(
        static_cast<std::size_t>(std::max(1, options.threads)), std::max<std::size_t>(1, runs));
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work, false);
    work(static_cast<bool>(options.watch));
    for (std::thread& one : others) one.join();
    count_last(plan, trials, pool.hosts.size());
    return trials;
}

}  // namespace vacate
