// When: which hosts to do in a window that is too short for all of them.
#include <algorithm>
#include <optional>

#include "model/job.hpp"
#include "sim/whatif/questions.hpp"
#include "sim/whatif/stages.hpp"

namespace vacate {
namespace {

constexpr std::int64_t runs_fitted = 200;

/// The largest set found, grown from the coordinator on.
class Evening {
  public:
    explicit Evening(const AskedCase& asked) : asked_(asked), scenario_(asked.changed.scenario) {}

    void choose() {
        order();
        // As many of the front as fit, then whoever fits beside them.
        std::size_t low = 0;
        std::size_t high = order_.size();
        if (fits(order_)) low = high;
        while (high - low > 1) {
            const std::size_t middle = low + (high - low) / 2;
            (fits({order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(middle)}) ? low
                                                                                          : high) =
                middle;
        }
        if (low == 0) return;
        for (std::size_t i = low; i < order_.size(); ++i) {
            if (asked_.planner.stopped()) return;
            std::vector<Id<Host>> more = chosen_;
            more.push_back(order_[i]);
            (void)fits(more);
        }
    }

    [[nodiscard]] const std::vector<Id<Host>>& chosen() const { return chosen_; }
    [[nodiscard]] const std::optional<CasePlanner::Fit>& fit() const { return fit_; }
    [[nodiscard]] const std::vector<Id<Host>>& waiting() const { return order_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    // The coordinator, then those that are soonest emptied and back.
    void order() {
        const Pool& pool = scenario_.pool;
        for (const Id<Host> host : pool.hosts.ids()) {
            if (!scenario_.state.hosts[host].upgraded) order_.push_back(host);
        }
        const auto takes = [&](Id<Host> host) {
            const Host& one = pool.hosts[host];
            return one.upgrade_time +
                   transfer_time(scenario_.state.hosts[host].committed, one.link);
        };
        std::stable_sort(order_.begin(), order_.end(), [&](Id<Host> a, Id<Host> b) {
            if ((a == pool.coordinator) != (b == pool.coordinator)) return a == pool.coordinator;
            return takes(a) < takes(b);
        });
    }

    // Keeps the set and its plan where it fits and is larger than the one before.
    bool fits(const std::vector<Id<Host>>& hosts) {
        if (hosts.empty() || asked_.planner.stopped()) return false;
        Job job;
        job.hosts = hosts;
        std::sort(job.hosts.begin(), job.hosts.end());
        Scenario narrowed = scenario_;
        narrow(job, narrowed.pool, narrowed.state);
        const Question& question = asked_.question;
        CasePlanner::Fit fit = asked_.planner.fit(narrowed, *question.window, question.confidence,
                                                  question.runs > 0 ? question.runs : runs_fitted);
        if (!fit.fits) {
            reason_ = fit.reason;
            return false;
        }
        if (hosts.size() > chosen_.size()) {
            chosen_ = hosts;
            fit_ = std::move(fit);
        }
        return true;
    }

    const AskedCase& asked_;
    const Scenario& scenario_;
    std::vector<Id<Host>> order_;
    std::vector<Id<Host>> chosen_;
    std::optional<CasePlanner::Fit> fit_;
    std::string reason_;
};

// The state that the evening leaves, told in the terms of the whole upgrade again.
PoolState left_by(const Scenario& scenario, const Evening& evening) {
    PoolState state = evening.fit()->planned->simulation.final_state;
    state.hosts_upgraded = 0;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        const bool is_done = std::find(evening.chosen().begin(), evening.chosen().end(), host) !=
                             evening.chosen().end();
        state.hosts[host].upgraded = scenario.state.hosts[host].upgraded || is_done;
        if (state.hosts[host].upgraded) ++state.hosts_upgraded;
    }
    return state;
}

void put_state(const Scenario& scenario, const Evening& evening, RowFiller& row) {
    const Pool& pool = scenario.pool;
    const PoolState state = left_by(scenario, evening);
    row.put("mixed", Cell{is_mixed(pool, state)});
    Id<Host> fullest = Id<Host>{0};
    std::int64_t survived = 0;
    RowTable table{"left", {"host", "upgraded", "free_bytes", "vms", "loss"}, {}};
    for (const Id<Host> host : pool.hosts.ids()) {
        const Bytes free = free_in(pool, state, host);
        if (free < free_in(pool, state, fullest)) fullest = host;
        const bool survives =
            restart_elsewhere(pool, state, {host}).survival == Survival::survivable;
        if (survives) ++survived;
        table.rows.push_back({Cell{pool.hosts[host].name}, Cell{state.hosts[host].upgraded},
                              Cell{free.count}, Cell{std::int64_t{state.hosts[host].vms}},
                              Cell{std::string(survives ? "survivable" : "not found")}});
    }
    row.put("fullest_host", std::string(pool.hosts[fullest].name));
    row.put("fullest_free_bytes", free_in(pool, state, fullest));
    row.put("losses_survived", Cell{survived});
    row.add(std::move(table));
}

}  // namespace

void answer_when(const AskedCase& asked, RowFiller& row) {
    const Scenario& scenario = asked.changed.scenario;
    Evening evening(asked);
    evening.choose();
    if (asked.planner.stopped()) return;
    const std::size_t all = evening.waiting().size();
    const std::size_t done = evening.chosen().size();
    row.put("hosts_tonight", Cell{static_cast<std::int64_t>(done)});
    row.put("hosts_left", Cell{static_cast<std::int64_t>(all - done)});
    if (done == 0) {
        row.put("feasible", std::string("not found"));
        row.put("reason", all == 0 ? std::string("every host is upgraded already")
                                   : "not even the first host fits: " + evening.reason());
        return;
    }
    std::string names;
    for (const Id<Host> host : evening.chosen()) {
        names += (names.empty() ? "" : ", ") + scenario.pool.hosts[host].name;
    }
    row.put("feasible", std::string("yes"));
    row.put("hosts", std::move(names));
    row.put("makespan_us", evening.fit()->planned->simulation.makespan);
    row.put("needed_us", *evening.fit()->needed);
    if (done < all) row.put("reason", "no further host was found to fit: " + evening.reason());
    put_state(scenario, evening, row);
}

}  // namespace vacate
