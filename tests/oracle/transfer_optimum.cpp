// Depth first over starts in time order, with what the links have left to carry as the bound.
#include "tests/oracle/transfer_optimum.hpp"

#include <algorithm>
#include <set>

namespace vacate::oracle {
namespace {

struct Job {
    std::size_t from, to;
    std::int64_t memory, time, rate;
};

class BranchAndBound {
  public:
    BranchAndBound(const Pool& pool, const PoolState& state, const Table<Vm, Id<Host>>& goal,
                   const Table<Vm, Duration>& alone, Duration known, std::int64_t nodes_max)
        : best_(known.count() + 1), nodes_max_(nodes_max) {
        for (const Host& host : pool.hosts) {
            link_.push_back(host.link.count);
            free_.push_back(host.memory.count);
        }
        for (const Id<Vm> vm : pool.vms.ids()) {
            const Id<Host> at = state.vms[vm].host;
            if (at.is_none()) continue;
            free_[at.index] -= pool.vms[vm].memory.count;
            if (goal[vm].is_none() || goal[vm] == at) continue;
            jobs_.push_back({at.index, goal[vm].index, pool.vms[vm].memory.count, alone[vm].count(),
                             std::min(link_[at.index], link_[goal[vm].index])});
        }
        out_ = in_ = link_;
        end_.assign(jobs_.size(), -1);
    }

    Optimum run() {
        branch(0, 0);
        return {Duration{best_}, nodes_ <= nodes_max_, nodes_};
    }

  private:
    static constexpr std::int64_t over = -2;  // the job has ended

    [[nodiscard]] bool is_waiting(std::size_t job) const { return end_[job] == -1; }
    [[nodiscard]] bool is_running(std::size_t job) const { return end_[job] >= 0; }

    // No link carries what is left for it any sooner.
    [[nodiscard]] std::int64_t least_end(std::int64_t now) const {
        std::vector<double> out(link_.size(), 0), in(link_.size(), 0);
        std::int64_t least = now;
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            if (end_[i] == over) continue;
            const std::int64_t left = is_waiting(i) ? jobs_[i].time : end_[i] - now;
            least = std::max(least, now + left);
            const double work = static_cast<double>(left) * static_cast<double>(jobs_[i].rate);
            out[jobs_[i].from] += work / static_cast<double>(link_[jobs_[i].from]);
            in[jobs_[i].to] += work / static_cast<double>(link_[jobs_[i].to]);
        }
        for (std::size_t host = 0; host < link_.size(); ++host) {
            const double most = std::max(out[host], in[host]);
            least = std::max(least, now + static_cast<std::int64_t>(most - 0.5));
        }
        return least;
    }

    // Starts one more job at `now`, of those from `first` on, or lets time go on to the next end.
    void branch(std::int64_t now, std::size_t first) {
        if (++nodes_ > nodes_max_ || least_end(now) >= best_) return;
        if (!known_.insert({now, static_cast<std::int64_t>(first), end_}).second) return;
        for (std::size_t i = first; i < jobs_.size(); ++i) {
            const Job& job = jobs_[i];
            const bool fits = is_waiting(i) && out_[job.from] >= job.rate &&
                              in_[job.to] >= job.rate && free_[job.to] >= job.memory;
            if (!fits) continue;
            occupy(job, 1);
            end_[i] = now + job.time;
            branch(now, i + 1);
            end_[i] = -1;
            occupy(job, -1);
        }
        let_time_pass(now);
    }

    void occupy(const Job& job, std::int64_t sign) {
        out_[job.from] -= sign * job.rate;
        in_[job.to] -= sign * job.rate;
        free_[job.to] -= sign * job.memory;
    }

    void let_time_pass(std::int64_t now) {
        std::int64_t next = -1;
        bool waits = false;
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            waits = waits || is_waiting(i);
            if (is_running(i) && (next < 0 || end_[i] < next)) next = end_[i];
        }
        if (next < 0) return;
        if (!waits) {
            for (std::size_t i = 0; i < jobs_.size(); ++i) now = std::max(now, end_[i]);
            best_ = std::min(best_, now);
            return;
        }
        std::vector<std::size_t> ended;
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            if (!is_running(i) || end_[i] != next) continue;
            ended.push_back(i);
            end_[i] = over;
            out_[jobs_[i].from] += jobs_[i].rate;
            in_[jobs_[i].to] += jobs_[i].rate;
            free_[jobs_[i].from] += jobs_[i].memory;
        }
        branch(next, 0);
        for (const std::size_t i : ended) {
            end_[i] = next;
            out_[jobs_[i].from] -= jobs_[i].rate;
            in_[jobs_[i].to] -= jobs_[i].rate;
            free_[jobs_[i].from] -= jobs_[i].memory;
        }
    }

    struct Known {
        std::int64_t now, first;
        std::vector<std::int64_t> end;
        friend auto operator<=>(const Known&, const Known&) = default;
    };

    std::vector<Job> jobs_;
    std::vector<std::int64_t> link_, out_, in_, free_;
    std::vector<std::int64_t> end_;  // by job: -1 waiting, -2 over, else when it ends
    std::int64_t best_;
    std::int64_t nodes_max_;
    std::int64_t nodes_ = 0;
    std::set<Known> known_;
};

}  // namespace

Optimum shortest_schedule(const Pool& pool, const PoolState& state, const Table<Vm, Id<Host>>& goal,
                          const Table<Vm, Duration>& alone, Duration known,
                          std::int64_t nodes_max) {
    return BranchAndBound(pool, state, goal, alone, known, nodes_max).run();
}

}  // namespace vacate::oracle
