// Playing a plan in many orders.
#include "tests/oracle/plan_checker.hpp"

#include <algorithm>

#include "model/random.hpp"
#include "tests/oracle/naive_judge.hpp"
#include "tests/support/picture.hpp"

namespace vacate::oracle {
namespace {

using StepId = Id<Step>;

// How one timing is chosen: which begins come first, which ends come last, and when.
struct Mood {
    enum class Order { random, forward, backward, arrivals, departures };
    Order begins = Order::random;
    Order ends = Order::random;
    std::uint64_t eager = 1;              // begin rather than end, `eager` times in `of`
    std::uint64_t of = 2;                 // equal: as early as possible, ended as late
    Id<Host> starved = Id<Host>::none();  // what leaves this host ends, and begins, last
};

std::vector<Mood> moods_of(const Pool& pool) {
    using Order = Mood::Order;
    std::vector<Mood> moods;
    for (const Order begins : {Order::forward, Order::backward, Order::arrivals}) {
        for (const Order ends : {Order::backward, Order::forward, Order::departures}) {
            moods.push_back({begins, ends, 1, 1, Id<Host>::none()});
        }
    }
    for (const Id<Host> host : pool.hosts.ids()) {
        moods.push_back({Order::arrivals, Order::random, 1, 1, host});
        moods.push_back({Order::random, Order::random, 1, 1, host});
        moods.push_back({Order::random, Order::random, 1, 3, host});
    }
    return moods;
}

// Plays one order of begins and ends.
class Play {
  public:
    Play(const Pool& pool, const PoolState& state, const Plan& plan, const Mood& mood,
         std::uint64_t seed)
        : pool_(pool), plan_(plan), mood_(mood), judge_(pool, state), random_(seed) {
        waits_for_.resize(plan.steps.size());
        successors_.resize(plan.steps.size());
        for (const StepId id : plan.steps.ids()) {
            waits_for_[id.index] = plan.after[id].size();
            for (const StepId before : plan.after[id]) successors_[before.index].push_back(id);
            if (plan.after[id].empty()) ready_.push_back(id);
        }
    }

    std::string wrong() {
        while (!ready_.empty() || !busy_.empty()) {
            const bool begins =
                busy_.empty() || (!ready_.empty() && random_.chance(mood_.eager, mood_.of));
            const std::string problem =
                begins ? begin(take(ready_, mood_.begins)) : end(take(busy_, mood_.ends));
            if (!problem.empty()) return problem + "\n" + story_;
        }
        if (ended_ != plan_.steps.size()) return "some steps never become ready\n" + story_;
        return "";
    }

  private:
    std::string begin(StepId id) {
        const Step& step = plan_.steps[id];
        const Rules rules = judge_.against(step);
        tell("began ", id);
        if (!rules.empty()) return text_of(rules) + " forbids step " + std::to_string(id.index);
        judge_.begin(step);
        busy_.push_back(id);
        const std::string crowded = judge_.overcommitted();
        return crowded.empty() ? "" : crowded + "overcommitted";
    }

    std::string end(StepId id) {
        tell("ended ", id);
        judge_.end(plan_.steps[id]);
        ++ended_;
        for (const StepId next : successors_[id.index]) {
            if (--waits_for_[next.index] == 0) ready_.push_back(next);
        }
        return "";
    }

    [[nodiscard]] bool leaves_starved(StepId id) const {
        if (mood_.starved.is_none()) return false;
        const StepSubject subject = subject_of(plan_.steps[id]);
        return !subject.vm.is_none() && subject.from == mood_.starved;
    }

    // The higher, the sooner.
    [[nodiscard]] std::int64_t rank(StepId id, Mood::Order order) {
        const auto place = static_cast<std::int64_t>(id.index);
        const bool migrates = is_migration(plan_.steps[id]);
        switch (order) {
            case Mood::Order::forward:
                return -place;
            case Mood::Order::backward:
                return place;
            case Mood::Order::arrivals:  // what takes room first
                return (migrates ? 1'000'000 : 0) + random_.between(0, 1000);
            case Mood::Order::departures:  // what gives room last
                return (migrates ? 0 : 1'000'000) + random_.between(0, 1000);
            case Mood::Order::random:
                break;
        }
        return random_.between(0, 1'000'000);
    }

    StepId take(std::vector<StepId>& from, Mood::Order order) {
        std::size_t best = 0;
        std::int64_t highest = INT64_MIN;
        for (std::size_t i = 0; i < from.size(); ++i) {
            const std::int64_t starved = leaves_starved(from[i]) ? -10'000'000 : 0;
            const std::int64_t one = rank(from[i], order) + starved;
            if (one <= highest) continue;
            highest = one;
            best = i;
        }
        const StepId id = from[best];
        from.erase(from.begin() + static_cast<std::ptrdiff_t>(best));
        return id;
    }

    void tell(const char* what, StepId id) {
        story_ += what + std::to_string(id.index) + " " + describe(pool_, plan_.steps[id]) + "\n";
    }

    const Pool& pool_;
    const Plan& plan_;
    Mood mood_;
    NaiveJudge judge_;
    Random random_;
    std::vector<std::size_t> waits_for_;
    std::vector<std::vector<StepId>> successors_;
    std::vector<StepId> ready_;
    std::vector<StepId> busy_;
    std::size_t ended_ = 0;
    std::string story_;
};

}  // namespace

std::string wrong_in_sequence(const Pool& pool, const PoolState& state, const Plan& plan) {
    NaiveJudge judge(pool, state);
    const NaiveJudge start = judge;
    for (const StepId id : plan.steps.ids()) {
        const Rules rules = judge.against(plan.steps[id]);
        if (!rules.empty()) {
            return text_of(rules) + " forbids step " + std::to_string(id.index) + ", " +
                   describe(pool, plan.steps[id]) + ", read top to bottom";
        }
        judge.perform(plan.steps[id]);
        if (!judge.overcommitted().empty()) return judge.overcommitted() + "overcommitted";
    }
    return judge.left_undone(start);
}

std::string wrong_in_some_timing(const Pool& pool, const PoolState& state, const Plan& plan,
                                 int timings, std::uint64_t seed) {
    Random random(seed);
    const std::vector<Mood> moods = moods_of(pool);
    for (int i = 0; i < timings; ++i) {
        const auto at = static_cast<std::size_t>(i);
        Mood mood;
        if (at < moods.size()) mood = moods[at];
        if (at >= moods.size()) mood.of = random.below(4) + 1;
        const std::string problem = Play(pool, state, plan, mood, random.next()).wrong();
        if (problem.empty()) continue;
        return "timing " + std::to_string(i) + " of seed " + std::to_string(seed) + ": " + problem +
               picture(pool, plan.steps, plan.after);
    }
    return "";
}

std::string wrong_in_timeline(const Pool& pool, const PoolState& state, const Plan& plan,
                              const Simulation& run) {
    NaiveJudge judge(pool, state);
    std::size_t begun = 0, ended = 0;
    Instant last{};
    for (const TimedEvent& entry : run.timeline) {
        const std::string what = picture(pool, entry.event) + ": ";
        if (entry.at < last) return what + "earlier than the event before it";
        last = entry.at;
        if (const auto* began = std::get_if<Began>(&entry.event)) {
            const Rules rules = judge.against(began->step);
            const Rules waits = judge.delaying(began->step);
            if (!rules.empty()) return what + text_of(rules) + " forbids it";
            if (!waits.empty()) return what + text_of(waits) + " lets it wait";
            judge.begin(began->step);
            ++begun;
        } else if (const auto* over = std::get_if<Ended>(&entry.event)) {
            if (!judge.is_under_way(over->step)) return what + "it is not under way";
            judge.end(over->step);
            ++ended;
        } else {
            return what + "has no place in a plan's run";
        }
        if (!judge.overcommitted().empty()) return what + judge.overcommitted() + "overcommitted";
    }
    const std::size_t steps = plan.steps.size();
    if (begun != steps || ended != steps) return "not every step is in the timeline once";
    for (const StepId id : plan.steps.ids()) {
        for (const StepId before : plan.after[id]) {
            if (run.times[before].end <= run.times[id].start) continue;
            return "step " + std::to_string(id.index) + " began before its predecessor had ended";
        }
    }
    const std::string differences = judge.differences(run.final_state);
    return differences.empty() ? "" : "the final state differs in " + differences;
}

std::string wrong_in_plan(const Pool& pool, const PoolState& state, const Plan& plan,
                          const Simulation& run, int timings, std::uint64_t seed) {
    for (const std::string& problem :
         {wrong_in_sequence(pool, state, plan), wrong_in_timeline(pool, state, plan, run),
          wrong_in_some_timing(pool, state, plan, timings, seed)}) {
        if (!problem.empty()) return problem;
    }
    return "";
}

}  // namespace vacate::oracle
