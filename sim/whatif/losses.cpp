// N-k: every loss at every stage.
#include <algorithm>
#include <map>

#include "sim/whatif/questions.hpp"
#include "sim/whatif/stages.hpp"

namespace vacate {
namespace {

std::string survival_text(Survival survival) {
    switch (survival) {
        case Survival::survivable:
            return "survivable";
        case Survival::not_survivable:
            return "not survivable";
        case Survival::not_found:
            return "not found";
    }
    return {};
}

// "db-1, web-3 and 4 more"
std::string names_of(const Pool& pool, const std::vector<Id<Vm>>& vms) {
    constexpr std::size_t listed = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(listed, vms.size()); ++i) {
        text += (i == 0 ? "" : ", ") + pool.vms[vms[i]].name;
    }
    if (vms.size() > listed) text += " and " + std::to_string(vms.size() - listed) + " more";
    return text;
}

/// Counts and the table of one plan.
class Losses {
  public:
    Losses(const Scenario& scenario, RowFiller& row) : scenario_(scenario), row_(row) {}

    void lose(const Stage& stage, const std::vector<Id<Host>>& lost) {
        const Pool& pool = scenario_.pool;
        const Restart restart = restart_elsewhere(pool, stage.state, lost);
        ++counts_[static_cast<std::size_t>(restart.survival)];
        std::string names;
        for (const Id<Host> host : lost)
            names += (names.empty() ? "" : " + ") + pool.hosts[host].name;
        for (const Id<Vm> vm : restart.without) {
            AtRisk& one = at_risk_[vm];
            if (one.losses++ == 0) one.first = {stage.at, stage.what, names};
        }
        const std::string what = survival_text(restart.survival);
        if (restart.survival != Survival::survivable && !broke_) {
            broke_ = true;
            row_.put("first_break_at_us", Cell{stage.at.time_since_epoch().count()});
            row_.put("first_break", stage.what + ", " + names + " lost: " +
                                        names_of(pool, restart.without) + " without a place");
        }
        table_.rows.push_back({Cell{stages_}, Cell{stage.at.time_since_epoch().count()},
                               Cell{stage.what}, Cell{names}, Cell{what},
                               Cell{static_cast<std::int64_t>(restart.without.size())},
                               Cell{names_of(pool, restart.without)}});
    }

    void begin_stage() { ++stages_; }

    void finish() {
        std::int64_t cases = 0;
        for (const std::int64_t count : counts_) cases += count;
        row_.put("stages", Cell{stages_});
        row_.put("cases", Cell{cases});
        row_.put("survivable", Cell{counts_[0]});
        row_.put("not_survivable", Cell{counts_[1]});
        row_.put("not_found", Cell{counts_[2]});
        row_.put("vms_at_risk", Cell{static_cast<std::int64_t>(at_risk_.size())});
        row_.add(std::move(table_));
        RowTable at_risk{"at_risk", {"vm", "losses", "first_at_us", "when", "lost"}, {}};
        for (const auto& [vm, one] : at_risk_) {
            at_risk.rows.push_back({Cell{scenario_.pool.vms[vm].name}, Cell{one.losses},
                                    Cell{one.first.at.time_since_epoch().count()},
                                    Cell{one.first.when}, Cell{one.first.lost}});
        }
        row_.add(std::move(at_risk));
    }

  private:
    struct First {
        Instant at{};
        std::string when;
        std::string lost;
    };
    /// A VM that would not start again, in so many losses.
    struct AtRisk {
        std::int64_t losses = 0;
        First first;
    };

    const Scenario& scenario_;
    RowFiller& row_;
    std::int64_t stages_ = 0;
    std::array<std::int64_t, 3> counts_{};
    std::map<Id<Vm>, AtRisk> at_risk_;
    bool broke_ = false;
    RowTable table_{"losses", {"stage", "at_us", "when", "lost", "survival", "without", "vms"}, {}};
};

}  // namespace

void answer_losses(const AskedCase& asked, RowFiller& row) {
    const Scenario& scenario = asked.changed.scenario;
    row.put("losses", Cell{static_cast<std::int64_t>(asked.question.losses)});
    const auto planned = asked.planner.plan(scenario);
    if (!planned) {
        row.put("feasible", no_word(planned.error().proven));
        row.put("reason", "there is no plan, so only the pool as it stands was looked at: " +
                              reason_of(planned.error()));
    } else {
        row.put("feasible", std::string("yes"));
    }
    std::vector<Stage> stages{{Instant{}, "before the first step", scenario.state}};
    if (planned) stages = stages_of(scenario, planned->simulation);
    Losses losses(scenario, row);
    for (const Stage& stage : stages) {
        losses.begin_stage();
        for (const Id<Host> host : scenario.pool.hosts.ids()) {
            if (asked.planner.stopped()) return;
            if (asked.question.losses == 1) {
                losses.lose(stage, {host});
                continue;
            }
            for (const Id<Host> other : scenario.pool.hosts.ids()) {
                if (host < other) losses.lose(stage, {host, other});
            }
        }
    }
    losses.finish();
}

}  // namespace vacate
