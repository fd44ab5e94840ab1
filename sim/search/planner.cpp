// Rounds of candidates, evaluated side by side and compared in order.
#include "sim/search/planner.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <tuple>
#include <utility>

#include "model/check.hpp"
#include "model/precedence.hpp"
#include "model/precheck.hpp"
#include "model/random.hpp"
#include "sim/search/baseline.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/candidates.hpp"
#include "sim/search/conflict.hpp"
#include "sim/search/construct.hpp"
#include "sim/search/diagnose.hpp"
#include "sim/search/exact.hpp"
#include "sim/search/finish.hpp"
#include "sim/search/reach.hpp"
#include "sim/search/timed.hpp"

namespace vacate {
namespace {

constexpr std::size_t batch_size = 16;  // candidates between two looks at the effort
constexpr std::size_t parents_max = 6;  // kinds of genomes that are changed further
constexpr int restarts_max = 40;

struct Candidate {
    Genome genome;
    std::optional<Plan> plan;  // nothing when it got stuck
    Figures figures;
    Stuck stuck;
    std::int64_t effort = 0;
};

// A genome that is changed further.
struct Parent {
    Genome genome;
    Figures figures;
};

class Search {
  public:
    Search(const Pool& pool, const PoolState& state, const PlanOptions& options)
        : pool_(pool),
          state_(state),
          options_(options),
          home_{options.home,
                options.home_places.empty() ? placement_of(state) : options.home_places},
          random_(options.seed) {}

    tl::expected<Planned, NoPlan> plan() {
        sweep_widths();
        prove_bounds();
        constexpr std::size_t always_up_to = 64;  // hosts; the peers' plans cost little there
        const bool peers_cost = pool_.hosts.size() > always_up_to && best_.plan && spent();
        if (!stopped_ && !peers_cost) consider_peers();
        if (best_.plan && !stopped_) improve();
        if (!best_.plan && !stopped_) try_harder();
        if (!best_.plan) {
            const auto found = exhaust();
            if (!found) return tl::unexpected(no_plan());
        }
        if (!stopped_) fewest_moves();
        if (!stopped_) shortest_schedule();
        if (!stopped_) be_patient();
        if (options_.window && best_.figures.makespan > *options_.window) {
            NoPlan no = too_long(best_.figures.makespan, *options_.window, bounds_.makespan,
                                 ", faster links or shorter upgrades");
            no.effort = effort_;
            return tl::unexpected(std::move(no));
        }
        return finish();
    }

  private:
    // ---- candidates

    void evaluate(Candidate& candidate) const {
        auto draft = construct(pool_, state_, candidate.genome, candidate.effort, home_);
        if (!draft) {
            candidate.stuck = draft.error();
            return;
        }
        score(candidate, Table<Step>(draft->steps()));
    }

    void score(Candidate& candidate, Table<Step> steps,
               Patience patience = Patience::first_vm) const {
        Plan plan;
        plan.steps = std::move(steps);
        plan.after = precedence_of(pool_, state_, plan.steps, patience);
        time(candidate, std::move(plan));
    }

    void time(Candidate& candidate, Plan plan) const {
        candidate.effort += 4 * static_cast<std::int64_t>(plan.steps.size());
        const auto run = simulate(pool_, state_, plan, {.timeline = false});
        if (!run) return;  // no plan of ours should stall; one that does is none
        candidate.figures = figures_of(pool_, state_, run->final_state, *run);
        candidate.plan = std::move(plan);
    }

    // Which thread takes which candidate never matters: each is judged alone, compared in order.
    void evaluate_all(std::vector<Candidate>& candidates) {
        const int threads = std::clamp(options_.threads, 1, static_cast<int>(batch_size));
        std::atomic<std::size_t> next{0};
        const auto work = [&](bool watches) {
            for (std::size_t i = next++; i < candidates.size(); i = next++) {
                if (watches) look();
                if (stopped_) return;  // then the answer is whatever there is
                evaluate(candidates[i]);
            }
        };
        std::vector<std::thread> others;
        const int needed = std::min(threads, static_cast<int>(candidates.size()));
        for (int i = 1; i < needed; ++i) others.emplace_back(work, false);
        work(true);
        for (std::thread& one : others) one.join();
        for (Candidate& one : candidates) keep(std::move(one));
        look();
        if (best_.plan) prove_bounds();
    }

    // After the first plan, so that there is one soon.
    void prove_bounds() {
        if (!std::exchange(has_bounds_, true)) {
            bounds_ = lower_bounds(pool_, state_, options_.bounds);
        }
    }

    // Asks whoever watches; from the thread that owns the books only.
    void look() {
        if (!options_.watch || stopped_) return;
        SearchProgress progress{effort_, simulated_, std::nullopt, bounds_};
        if (best_.plan) progress.best = best_.figures;
        if (options_.watch(progress)) stopped_ = true;
    }

    void keep(Candidate candidate) {
        effort_ += candidate.effort;
        if (!candidate.plan) {
            const bool tried = !candidate.stuck.host.is_none();
            if (!first_stuck_ && tried) first_stuck_ = candidate.stuck;
            return;
        }
        ++simulated_;
        note_parent(candidate);
        if (!leader_ || is_better(candidate.figures, leader_->figures)) {
            leader_ = Parent{candidate.genome, candidate.figures};
        }
        if (options_.front) archive({candidate.figures, candidate.genome.width});
        if (!best_.plan || is_better(candidate.figures, best_.figures)) {
            best_ = std::move(candidate);
        }
    }

    // The best of each kind, best first: what is changed further, should the very best lead
    // nowhere.
    void note_parent(const Candidate& candidate) {
        const auto kind = [](const Genome& one) {
            return std::tuple{one.width, one.by_clock, one.level, one.style.packing};
        };
        const auto same = std::find_if(parents_.begin(), parents_.end(), [&](const Parent& one) {
            return kind(one.genome) == kind(candidate.genome);
        });
        if (same != parents_.end()) {
            if (!is_better(candidate.figures, same->figures)) return;
            parents_.erase(same);
        }
        const auto behind = std::find_if(parents_.begin(), parents_.end(), [&](const Parent& one) {
            return is_better(candidate.figures, one.figures);
        });
        parents_.insert(behind, {candidate.genome, candidate.figures});
        if (parents_.size() > parents_max) parents_.pop_back();
    }

    // What fits into the window beats what does not; then the objective decides.
    [[nodiscard]] bool is_better(const Figures& a, const Figures& b) const {
        if (options_.window) {
            const bool a_fits = a.makespan <= *options_.window;
            const bool b_fits = b.makespan <= *options_.window;
            if (a_fits != b_fits) return a_fits;
            if (!a_fits) return compare(Objective::makespan, a, b) < 0;
        }
        return compare(options_.objective, a, b) < 0;
    }

    void archive(const FrontPoint& point) {
        const auto shown = [](const FrontPoint& one) {
            return std::tuple{one.figures.makespan, one.figures.window, one.figures.moves};
        };
        for (const FrontPoint& other : front_) {
            if (shown(other) == shown(point) || dominates(other.figures, point.figures)) return;
        }
        std::erase_if(front_, [&point](const FrontPoint& other) {
            return dominates(point.figures, other.figures);
        });
        front_.push_back(point);
    }

    [[nodiscard]] bool spent() const { return effort_ >= options_.effort; }

    // The first batches are small, so that a large pool has a plan soon.
    void run_batches(const std::vector<Genome>& genomes) {
        std::size_t size = simulated_ == 0 ? 1 : batch_size;
        for (std::size_t at = 0; at < genomes.size();) {
            if ((spent() && (at > 0 || best_.plan)) || stopped_) return;
            std::vector<Candidate> batch;
            for (std::size_t i = at; i < std::min(genomes.size(), at + size); ++i) {
                batch.push_back({genomes[i], std::nullopt, {}, {}, 0});
            }
            at += batch.size();
            evaluate_all(batch);
            size = std::min(batch_size, 2 * size);
        }
    }

    // ---- rounds

    void sweep_widths() {
        const int width = widest(pool_, squeezed(pool_, state_));
        const std::int64_t allowed = pool_.policy.hosts_down_max - state_.hosts_out - 1;
        run_batches(sweep(width, width >= allowed));
    }

    void consider_peers() {
        Genome greedy;
        greedy.plain = true;
        greedy.order = HostOrder::by_name;
        greedy.style = {Packing::worst_fit, false, false, false};
        run_batches({greedy});
        for (const Baseline baseline : {Baseline::wizard, Baseline::rpu}) {
            if (options_.home != Home::none) break;  // theirs end where they end
            BaselinePlan peer = plan_baseline(pool_, state_, baseline);
            if (peer.stuck) continue;
            Candidate candidate;
            score(candidate, std::move(peer.plan.steps));
            keep(std::move(candidate));
        }
    }

    void improve() {
        const int widest_allowed = widest(pool_, squeezed(pool_, state_));
        const auto vary = [&](const Genome& genome) {
            for (int round = 0; round < rounds_of_variants; ++round) {
                run_batches(variants(genome, widest_allowed, round));
            }
        };
        for (int round = 0; round < rounds_of_variants; ++round) {  // each of the best by then
            run_batches(variants(best_.genome, widest_allowed, round));
        }
        climb({best_.genome, best_.figures}, widest_allowed, 24);
        for (const Parent& parent : std::vector<Parent>(parents_)) {
            if (parent.genome != best_.genome) vary(parent.genome);
        }
        climb({best_.genome, best_.figures}, widest_allowed, 32);
        // Elsewhere, and up from there; then the best again, since it is the best for a reason.
        for (int restart = 0; restart < restarts_max && goes_on(); ++restart) {
            leader_.reset();
            std::vector<Genome> anywhere;
            for (std::size_t i = 0; i < batch_size; ++i) {
                anywhere.push_back(shuffled(pool_, state_, widest_allowed, random_));
            }
            run_batches(anywhere);
            if (leader_) climb(*leader_, widest_allowed, 8);
            climb({best_.genome, best_.figures}, widest_allowed, 8);
        }
    }

    [[nodiscard]] bool goes_on() const { return !spent() && !is_optimal() && !stopped_; }

    // Small changes, kept when they are better, until so many batches brought nothing.
    void climb(Parent from, int widest_allowed, int batches_without_gain_max) {
        for (int idle = 0; idle < batches_without_gain_max && goes_on(); ++idle) {
            std::vector<Genome> genomes;
            for (std::size_t i = 0; i < batch_size; ++i) {
                genomes.push_back(mutated(pool_, state_, from.genome, widest_allowed, random_));
            }
            leader_.reset();
            run_batches(genomes);
            if (!leader_ || !is_better(leader_->figures, from.figures)) continue;
            from = *leader_;
            idle = -1;
        }
    }

    [[nodiscard]] bool is_optimal() const {
        const Figures& best = best_.figures;
        switch (options_.objective) {
            case Objective::makespan:
                return best.makespan <= bounds_.makespan.makespan;
            case Objective::window:  // the makespan breaks ties
                return best.window <= bounds_.window.makespan &&
                       best.makespan <= bounds_.makespan.makespan;
            case Objective::moves:
            case Objective::pause:
            case Objective::spread:
                return false;  // bytes and makespan go on counting
        }
        return false;
    }

    void try_harder() { run_batches(last_resorts(random_)); }

    // Hosts out of use for a shorter time, where that costs nothing.
    void be_patient() {
        Candidate patient;
        patient.genome = best_.genome;
        score(patient, best_.plan->steps, Patience::every_vm);
        if (!is_better(best_.figures, patient.figures)) best_ = std::move(patient);
    }

    // Where moves are what matters and the pool is small: no plan has fewer than this one.
    void fewest_moves() {
        constexpr std::size_t hosts_max = 5, vms_max = 10;
        const bool is_small = pool_.hosts.size() <= hosts_max && pool_.vms.size() <= vms_max;
        const bool wanted = options_.objective == Objective::moves && is_small &&
                            best_.figures.moves > bounds_.moves.moves;
        if (wanted) exhaust();
    }

    // Of a tiny pool: no schedule is shorter than this one, unless there are too many.
    void shortest_schedule() {
        const bool by_window = options_.objective == Objective::window;
        const bool wanted = by_window || options_.objective == Objective::makespan;
        const Bound& bound = by_window ? bounds_.window : bounds_.makespan;
        const Duration known = by_window ? best_.figures.window : best_.figures.makespan;
        if (!wanted || known <= bound.makespan || options_.home != Home::none) return;
        Draft prepared(pool_, state_);
        prepared.prepare();
        if (!has_few_schedules(pool_, prepared.state())) return;
        TimedAnswer answer = search_schedules(pool_, prepared.state(), options_.objective, known,
                                              options_.moments_max, [this] {
                                                  look();
                                                  return stopped_.load();
                                              });
        effort_ += answer.effort;
        if (!answer.found) return;
        const std::vector<ScheduledStep> steps =
            disabled_first(pool_, prepared.state(), std::move(answer.steps));
        std::size_t first = prepared.steps().size();
        for (const ScheduledStep& one : steps) {
            VACATE_CHECK(prepared.take(one.step), "a step of a schedule is not legal in its turn");
        }
        first -= prepared.keep_cds_of_idle_vms();
        prepared.restore();
        Candidate free, timed;  // as the rules alone order it, and as it was timed
        score(free, Table<Step>(prepared.steps()));
        Plan plan;
        plan.steps = Table<Step>(prepared.steps());
        plan.after = order_of_schedule(pool_, state_, plan.steps, first, steps);
        time(timed, std::move(plan));
        keep(std::move(free));
        keep(std::move(timed));
    }

    // ---- no constructive plan: every placement, or why there is none

    bool exhaust() {
        proofs_ = blockers(pool_, state_);
        if (!proofs_.empty()) return false;
        Draft prepared(pool_, state_);
        prepared.prepare();
        const ExactAnswer answer =
            search_exhaustively(pool_, prepared.state(), options_.placements_max, [this] {
                look();
                return stopped_.load();
            });
        effort_ += answer.effort;
        looked_at_ = answer.nodes;
        proven_ = answer.verdict == ExactAnswer::Verdict::impossible;
        if (answer.verdict != ExactAnswer::Verdict::found) return false;
        for (const Step& step : answer.steps) {
            VACATE_CHECK(prepared.take(step), "a step of the exhaustive search is not legal");
        }
        go_home(prepared, home_);
        prepared.restore();
        Candidate candidate;
        score(candidate, Table<Step>(prepared.steps()));
        VACATE_CHECK(candidate.plan.has_value(), "a plan of the exhaustive search came to a stop");
        keep(std::move(candidate));
        return true;
    }

    NoPlan no_plan() {
        NoPlan answer;
        answer.effort = effort_;
        answer.proven = proven_ || !proofs_.empty();
        answer.cut_short = stopped_;
        answer.findings = std::move(proofs_);
        const bool by_proof = !answer.findings.empty();
        if (answer.proven && options_.explain_no && !stopped_) {
            const Conflict conflict = smallest_conflict(pool_, state_, [this] {
                look();
                return stopped_.load();
            });
            answer.findings.push_back(finding_of(pool_, conflict));
            answer.rules = conflict.rules;
        }
        if (by_proof) return answer;
        Draft prepared(pool_, state_);
        prepared.prepare();
        if (first_stuck_) {
            answer.findings.push_back(describe_stuck(pool_, prepared.state(), *first_stuck_));
            if (answer.rules.empty()) {
                answer.rules = rules_against(pool_, prepared.state(), *first_stuck_);
            }
        }
        const std::string count = std::to_string(looked_at_);
        answer.findings.push_back(
            proven_ ? Finding{Severity::blocks, "NO_PLAN_EXISTS", "pool",
                              "every placement that can be reached was looked at (" + count +
                                  "); in none of them is every host upgraded",
                              "more memory, another host, or VMs that may be suspended"}
                    : Finding{Severity::blocks, "NO_PLAN_FOUND", "pool",
                              "no plan was found with this effort; that is no proof that there "
                              "is none (" +
                                  count + " placements were looked at)",
                              "a larger --effort, more memory, or VMs that may be suspended"});
        return answer;
    }

    Planned finish() {
        Planned planned = finished(pool_, state_, std::move(*best_.plan), bounds_.makespan);
        std::stable_sort(front_.begin(), front_.end(),
                         [](const FrontPoint& a, const FrontPoint& b) {
                             return a.figures.makespan < b.figures.makespan;
                         });
        planned.front = std::move(front_);
        planned.effort = effort_;
        planned.candidates = simulated_;
        planned.bounds = bounds_;
        planned.cut_short = stopped_;
        return planned;
    }

    const Pool& pool_;
    const PoolState& state_;
    PlanOptions options_;
    HomeWish home_;
    Random random_;
    LowerBounds bounds_;  // nothing before the first plan
    bool has_bounds_ = false;
    Candidate best_;
    std::vector<Parent> parents_;   // best first
    std::optional<Parent> leader_;  // the best since it was reset
    std::atomic<bool> stopped_{false};
    std::vector<FrontPoint> front_;
    std::optional<Stuck> first_stuck_;
    Findings proofs_;
    std::int64_t effort_ = 0;
    std::int64_t simulated_ = 0;
    std::int64_t looked_at_ = 0;
    bool proven_ = false;
};

}  // namespace

tl::expected<Planned, NoPlan> plan_upgrade(const Pool& pool, const PoolState& state,
                                           const PlanOptions& options) {
    return Search(pool, state, options).plan();
}

}  // namespace vacate
