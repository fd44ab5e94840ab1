// The executor's contract, kept by a Conductor; and one turn of a run.
#include "sim/live/executor.hpp"

#include "model/codec/plan_text.hpp"
#include "sim/live/conductor.hpp"

namespace vacate::live {

struct Executor::Run {
    Conductor conductor;
};

void Conductor::open(const Opened& opened, const Plan& plan, const Scenario& scenario) {
    write(opened);
    write(Adopted{"the run begins", print_scenario(scenario),
                  print_plan(scenario.pool, plan, mission_.job)});
}

Executor::Executor(Mission mission, Opened opened, Plan plan, const Scenario& scenario)
    : run_(std::make_unique<Run>(Run{Conductor(std::move(mission))})) {
    run_->conductor.open(opened, plan, scenario);
}

Executor::Executor(std::unique_ptr<Run> run) : run_(std::move(run)) {}
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;
Executor::~Executor() = default;

Result<Executor> Executor::resume(Mission mission, const Journal& history) {
    auto run = std::make_unique<Run>(Run{Conductor(std::move(mission))});
    bool planned = false;
    for (const Record& record : history) {
        planned = planned || std::holds_alternative<Adopted>(record.body);
        const auto folded = run->conductor.recall(record);
        if (folded) continue;
        return tl::unexpected<Error>(
            bad_input("journal", "record " + std::to_string(record.number), folded.error()));
    }
    if (!planned) {
        return tl::unexpected<Error>(bad_input("journal", "", "it ends before the first plan",
                                               "nothing was done: begin a new run"));
    }
    run->conductor.reopen();
    return Executor(std::move(run));
}

void Executor::observe(Instant now, const Observation& seen) { run_->conductor.observe(now, seen); }
Executor::Wishes Executor::next(Instant now) { return run_->conductor.next(now); }
std::vector<Record> Executor::take_records() { return run_->conductor.take_records(); }
Instant Executor::wakes_at() const { return run_->conductor.wakes_at(); }
void Executor::lose_ledger(const Error& why) { run_->conductor.lose_ledger(why); }
Status Executor::status(Instant now) const { return run_->conductor.status(now); }
bool Executor::is_over() const { return run_->conductor.is_over(); }
const Snapshot* Executor::last_look() const { return run_->conductor.last_look(); }

Instant turn(Executor& executor, Driver& driver, Ledger& ledger, Instant now) {
    for (const Observation& seen : driver.poll(now)) executor.observe(now, seen);
    const Executor::Wishes wishes = executor.next(now);
    const std::vector<Record> records = executor.take_records();
    if (!records.empty()) {
        if (const auto written = ledger.append(records); !written) {
            executor.lose_ledger(written.error());
            return now;
        }
    }
    for (const Commanded& command : wishes.commands) driver.submit(command);
    if (wishes.look) driver.look();
    return executor.wakes_at();
}

}  // namespace vacate::live
