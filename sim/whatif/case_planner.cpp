// The planner and the trials, as every question asks them.
#include "sim/whatif/case_planner.hpp"

#include <algorithm>

#include "sim/kernel/trials.hpp"

namespace vacate {
namespace {

// Placements to look at where nothing else finds a plan: all of a tiny pool's, and no more of a
// large one's than some seconds allow, at so many transitions for each.
std::int64_t placements_for(const Pool& pool) {
    const auto each = static_cast<std::int64_t>(pool.hosts.size() * pool.vms.size()) + 1;
    return std::max<std::int64_t>(100, 1'000'000 / each);
}

}  // namespace

CasePlanner::CasePlanner(const Study& study, const Stops& stops, int trial_threads)
    : stops_(stops), seed_(study.seed), trial_threads_(trial_threads) {
    options_.effort = study.effort;
    options_.seed = study.seed;
    if (stops) options_.watch = [&stops](const SearchProgress&) { return stops(); };
}

tl::expected<Planned, NoPlan> CasePlanner::plan(const Scenario& scenario, bool explains) const {
    PlanOptions options = options_;
    options.explain_no = explains;
    options.placements_max = placements_for(scenario.pool);
    return plan_upgrade(scenario.pool, scenario.state, options);
}

Trials CasePlanner::trials(const Scenario& scenario, const Plan& plan, std::int64_t runs) const {
    TrialOptions options;
    options.runs = varies(scenario.chance) ? runs : 1;
    options.seed = seed_;
    options.threads = trial_threads_;
    options.stops = stops_;
    return run_trials(scenario.pool, scenario.state, plan, scenario.chance, options);
}

CasePlanner::Fit CasePlanner::fit(const Scenario& scenario, Duration window, int confidence,
                                  std::int64_t runs) const {
    Fit fit;
    auto planned = plan(scenario);
    if (!planned) {
        fit.proven = planned.error().proven;
        fit.reason = reason_of(planned.error());
        return fit;
    }
    const Trials made = trials(scenario, planned->plan, runs);
    std::vector<Duration> times;
    for (const TrialRun& run : made.runs) {
        times.push_back(run.end == RunEnd::finished ? run.makespan : never);
    }
    fit.needed = percentile(std::move(times), confidence);
    fit.fits = fit.needed && *fit.needed <= window;
    if (!fit.fits) {
        fit.reason = *fit.needed == never ? "too few runs finish at all"
                                          : "it takes " + display(*fit.needed);
    }
    fit.planned = std::move(*planned);
    return fit;
}

std::string reason_of(const Findings& findings) {
    for (const Finding& one : findings) {
        if (one.code == "CANNOT_HOLD_TOGETHER") return one.sentence;
    }
    if (findings.empty()) return "";
    // "its migration is blocked" says whose only beside its subject.
    const Finding& first = findings.front();
    return (first.sentence.starts_with("its ") ? first.subject + ": " : "") + first.sentence;
}

std::string reason_of(const NoPlan& no) { return reason_of(no.findings); }

std::string rules_text(const std::vector<Rule>& rules) {
    std::string text;
    for (const Rule rule : rules) text += (text.empty() ? "" : ", ") + rule_name(rule);
    return text;
}

std::string no_word(bool proven) { return proven ? "no" : "not found"; }

}  // namespace vacate
