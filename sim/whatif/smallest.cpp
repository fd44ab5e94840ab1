// Smallest: what is the least of hosts, memory, link or width that fits a window.
#include <algorithm>
#include <map>

#include "model/edit.hpp"
#include "sim/whatif/bisect.hpp"
#include "sim/whatif/questions.hpp"

namespace vacate {
namespace {

constexpr std::int64_t runs_fitted = 200;
constexpr std::int64_t link_step = 12'500'000;  // 100 Mbps
constexpr std::int64_t link_steps = 4'000;      // up to 400 Gbps

/// A pool of a given size, and what that size is called.
class Sizes {
  public:
    Sizes(const Scenario& scenario, Smallest of) : scenario_(scenario), of_(of) {
        for (const Host& host : scenario.pool.hosts) largest_ = std::max(largest_, host.memory);
    }

    [[nodiscard]] std::int64_t most() const {
        const auto hosts = static_cast<std::int64_t>(scenario_.pool.hosts.size());
        switch (of_) {
            case Smallest::hosts:
                return 2 * hosts;
            case Smallest::memory:
                return 2 * (largest_.count >> 30) + 1;
            case Smallest::link:
                return link_steps;
            case Smallest::width:
                return hosts;
        }
        return 0;
    }

    /// In the unit that the figure is named after: hosts, bytes, bytes a second.
    [[nodiscard]] std::int64_t value(std::int64_t size) const {
        if (of_ == Smallest::memory) return gibibytes(size).count;
        return of_ == Smallest::link ? size * link_step : size;
    }

    [[nodiscard]] std::string text(std::int64_t size) const {
        switch (of_) {
            case Smallest::hosts:
                return std::to_string(size) + (size == 1 ? " host" : " hosts");
            case Smallest::memory:
                return display(gibibytes(size)) + " in the largest host";
            case Smallest::link:
                return display(Bandwidth{size * link_step});
            case Smallest::width:
                return std::to_string(size) + (size == 1 ? " host" : " hosts") + " out at once";
        }
        return {};
    }

    /// The pool of this size; where it cannot be, the reason.
    [[nodiscard]] tl::expected<Scenario, std::string> make(std::int64_t size) const {
        Scenario scenario = scenario_;
        Pool& pool = scenario.pool;
        switch (of_) {
            case Smallest::hosts:
                return with_hosts(std::move(scenario), static_cast<std::size_t>(size));
            case Smallest::memory:
                return with_memory(std::move(scenario), gibibytes(size) - largest_);
            case Smallest::link:
                for (Host& host : pool.hosts) host.link = Bandwidth{size * link_step};
                break;
            case Smallest::width:
                pool.policy.hosts_down_max = size;
                break;
        }
        return scenario;
    }

  private:
    // The emptiest go first, of equal ones the last by name; those that come are like the
    // coordinator.
    static tl::expected<Scenario, std::string> with_hosts(Scenario scenario, std::size_t count) {
        const bool all_out = scenario.pool.policy.hosts_down_max ==
                             static_cast<std::int64_t>(scenario.pool.hosts.size());
        while (scenario.pool.hosts.size() > count) {
            Id<Host> emptiest = Id<Host>::none();
            for (const Id<Host> host : scenario.pool.hosts.ids()) {
                if (host == scenario.pool.coordinator) continue;
                const bool is_less =
                    emptiest.is_none() || scenario.state.hosts[host].committed <=
                                              scenario.state.hosts[emptiest].committed;
                if (is_less) emptiest = host;
            }
            const std::string name = scenario.pool.hosts[emptiest].name;
            const std::vector<std::string> left = lose(scenario, emptiest);
            if (!left.empty()) {
                return tl::unexpected(left.front() + " finds no room once " + name +
                                      " is gone too (R1, R2, R5)");
            }
        }
        Edit edit(scenario);
        for (std::size_t i = scenario.pool.hosts.size(); i < count; ++i) {
            const std::string name =
                scenario.pool.hosts[scenario.pool.coordinator].name + "+" + std::to_string(i);
            edit.add_host(scenario.pool.coordinator, name);
        }
        edit.settle();
        if (all_out) scenario.pool.policy.hosts_down_max = static_cast<std::int64_t>(count);
        return scenario;
    }

    static tl::expected<Scenario, std::string> with_memory(Scenario scenario, Bytes more) {
        for (const Id<Host> id : scenario.pool.hosts.ids()) {
            Host& host = scenario.pool.hosts[id];
            host.memory += more;
            host.memory_after += more;
            if (free_in(scenario.pool, scenario.state, id).count < 0) {
                return tl::unexpected(host.name + " would have less than the VMs on it take (R1)");
            }
        }
        return scenario;
    }

    const Scenario& scenario_;
    Smallest of_;
    Bytes largest_;
};

}  // namespace

void answer_smallest(const AskedCase& asked, RowFiller& row) {
    const Question& question = asked.question;
    const Sizes sizes(asked.changed.scenario, question.smallest);
    const std::int64_t runs = question.runs > 0 ? question.runs : runs_fitted;
    std::map<std::int64_t, CasePlanner::Fit> tried;
    const auto fits = [&](std::int64_t size) {
        if (asked.planner.stopped()) return false;
        const auto known = tried.find(size);
        if (known != tried.end()) return known->second.fits;
        const auto scenario = sizes.make(size);
        CasePlanner::Fit fit;
        if (scenario) {
            fit = asked.planner.fit(*scenario, *question.window, question.confidence, runs);
            fit.planned.reset();
        } else {
            fit.proven = true;
            fit.reason = scenario.error();
        }
        return tried.emplace(size, std::move(fit)).first->second.fits;
    };
    const std::int64_t size = least(sizes.most(), fits);
    row.put("of", std::string(smallest_names[static_cast<std::size_t>(question.smallest)]));
    if (size > 0) {
        row.put("least", sizes.text(size));
        row.put("least_value", Cell{sizes.value(size)});
        row.put("needed_us", *tried.at(size).needed);
    } else {
        row.put("least", "none up to " + sizes.text(sizes.most()));
    }
    // What is one less, or the most where nothing will do, says why.
    const auto beyond = tried.find(size > 0 ? size - 1 : sizes.most());
    if (beyond != tried.end()) {
        const CasePlanner::Fit& one = beyond->second;
        row.put("limit", std::string(one.needed ? "too slow" : no_word(one.proven)));
        row.put("reason", sizes.text(beyond->first) + ": " + one.reason);
    }
    RowTable table{"probes", {"value", "size", "fits", "needed_us"}, {}};
    for (const auto& [at, one] : tried) {
        const bool finite = one.needed && *one.needed != never;
        table.rows.push_back({Cell{sizes.value(at)}, Cell{sizes.text(at)}, Cell{one.fits},
                              finite ? Cell{one.needed->count()} : Cell{}});
    }
    row.add(std::move(table));
}

}  // namespace vacate
