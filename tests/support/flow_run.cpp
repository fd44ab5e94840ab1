// The event loop of sim/kernel/simulate.cpp, without plans, rules and rounds.
#include "tests/support/flow_run.hpp"

#include <algorithm>
#include <cmath>

#include "sim/kernel/event_queue.hpp"
#include "sim/kernel/links.hpp"

namespace vacate {
namespace {

using FlowIndex = LinkNetwork::FlowIndex;

class StarRun {
  public:
    StarRun(const std::vector<StarHost>& hosts, const std::vector<FlowJob>& jobs,
            std::size_t window)
        : windowed_(window > 0) {
        run_.ended.resize(jobs.size());
        for (const StarHost& host : hosts) {
            out_.push_back(links_.add_link(host.rate));
            in_.push_back(host.full_duplex ? links_.add_link(host.rate) : out_.back());
        }
        line_up(jobs, hosts.size());
        if (!windowed_) return;
        for (std::uint32_t host = 0; host < hosts.size(); ++host) {
            for (std::size_t i = 0; i < window; ++i) start_next(host);
        }
    }

    FlowRun run() {
        share_links();
        while (!events_.empty() || waits()) {
            now_ = events_.empty() ? line_[started_].job.start : events_.next_at();
            if (waits()) now_ = std::min(now_, line_[started_].job.start);
            while (!events_.empty() && events_.next_at() == now_) end(events_.pop());
            while (waits() && line_[started_].job.start == now_) start(line_[started_++]);
            share_links();
        }
        return std::move(run_);
    }

  private:
    struct Waiting {
        FlowJob job;
        std::uint32_t number = 0;
    };
    struct Sending {
        double left = 0;
        double rate = 0;
        Instant counted_at{};
        std::uint32_t job = 0;
        std::uint32_t from = 0;
    };

    // The jobs of one host side by side, in their order; or all jobs as they start.
    void line_up(const std::vector<FlowJob>& jobs, std::size_t hosts) {
        end_.assign(hosts, 0);
        for (const FlowJob& job : jobs) {
            line_.push_back({job, static_cast<std::uint32_t>(line_.size())});
            ++end_[job.from];
        }
        std::stable_sort(line_.begin(), line_.end(), [this](const Waiting& a, const Waiting& b) {
            return windowed_ ? a.job.from < b.job.from : a.job.start < b.job.start;
        });
        next_.assign(hosts, 0);
        for (std::size_t i = 1; i < hosts; ++i) end_[i] += next_[i] = end_[i - 1];
    }

    // True when a job has yet to start at its time.
    [[nodiscard]] bool waits() const { return !windowed_ && started_ < line_.size(); }

    void start_next(std::uint32_t host) {
        if (next_[host] < end_[host]) start(line_[next_[host]++]);
    }

    void start(const Waiting& waiting) {
        const FlowJob& job = waiting.job;
        const FlowIndex flow =
            links_.start({out_[job.from], in_[job.to], LinkNetwork::no_link}, job.cap);
        if (flow >= sending_.size()) sending_.resize(flow + std::size_t{1});
        sending_[flow] = {job.bytes, 0.0, now_, waiting.number, job.from};
    }

    void end(FlowIndex flow) {
        const Sending& one = sending_[flow];
        links_.stop(flow);
        run_.ended[one.job] = now_;
        ++run_.events;
        if (windowed_) start_next(one.from);
    }

    void share_links() {
        for (const FlowIndex flow : links_.settle()) {
            Sending& one = sending_[flow];
            one.left -= one.rate * static_cast<double>((now_ - one.counted_at).count()) / 1e6;
            one.counted_at = now_;
            one.rate = links_.rate(flow);
            const double microseconds = std::ceil(std::max(0.0, one.left) * 1e6 / one.rate);
            events_.set(flow, now_ + Duration{static_cast<std::int64_t>(microseconds)});
            ++run_.rate_changes;
        }
    }

    bool windowed_;
    LinkNetwork links_;
    EventQueue events_;  // the owner is the flow
    std::vector<LinkNetwork::LinkIndex> out_, in_;
    std::vector<Sending> sending_;     // by flow
    std::vector<Waiting> line_;        // see line_up()
    std::vector<std::uint32_t> next_;  // by host: the next of its jobs in line_
    std::vector<std::uint32_t> end_;   // by host: behind the last
    std::size_t started_ = 0;          // of line_, when there is no window
    FlowRun run_;
    Instant now_{};
};

}  // namespace

FlowRun run_flows(const std::vector<StarHost>& hosts, const std::vector<FlowJob>& jobs,
                  std::size_t window) {
    return StarRun(hosts, jobs, window).run();
}

}  // namespace vacate
