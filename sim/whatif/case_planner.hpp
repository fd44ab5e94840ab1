// Plans of one case of a study, and how surely they fit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "model/change.hpp"
#include "model/trials.hpp"
#include "sim/search/planner.hpp"

namespace vacate {

/// Whether to give up; asked now and then.
using Stops = std::function<bool()>;

/// Plans with the effort and the seed of a study.
class CasePlanner {
  public:
    /// `trial_threads` carry runs by chance; they never change what comes out.
    CasePlanner(const Study& study, const Stops& stops, int trial_threads = 1);

    /// `explains`: where there is none and that is proved, name the smallest conflict.
    [[nodiscard]] tl::expected<Planned, NoPlan> plan(const Scenario& scenario,
                                                     bool explains = false) const;

    /// The plan run with the futures of the study's seed; one run where nothing is by chance.
    [[nodiscard]] Trials trials(const Scenario& scenario, const Plan& plan,
                                std::int64_t runs) const;

    /// A plan and how long it takes in `confidence` of 100 runs; `never` where too few finish.
    struct Fit {
        bool fits = false;
        std::optional<Duration> needed;  // nothing without a plan
        bool proven = false;             // that there is no plan
        std::string reason;              // why it does not fit
        std::optional<Planned> planned;
    };
    [[nodiscard]] Fit fit(const Scenario& scenario, Duration window, int confidence,
                          std::int64_t runs) const;

    [[nodiscard]] bool stopped() const { return stops_ && stops_(); }

  private:
    PlanOptions options_;
    const Stops& stops_;
    std::uint64_t seed_;
    int trial_threads_;
};

/// The first sentence of why there is no plan.
[[nodiscard]] std::string reason_of(const NoPlan& no);
[[nodiscard]] std::string reason_of(const Findings& findings);
/// "R1, R7"
[[nodiscard]] std::string rules_text(const std::vector<Rule>& rules);
/// "no" where that is proved, else "not found".
[[nodiscard]] std::string no_word(bool proven);

}  // namespace vacate
