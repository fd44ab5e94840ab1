// The loop of one seed: whatever is due first happens, and the judge looks.
#include "tests/storm/storm.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

#include "model/codec/journal_text.hpp"
#include "tests/storm/judge.hpp"
#include "tests/storm/meddler.hpp"
#include "tests/storm/mortal.hpp"

namespace vacate::storm {
namespace {

using live::Executor;
using live::Standing;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Long enough for every host to come back or be given up after the last fault.
constexpr Duration patience = hours(30);
constexpr std::int64_t turns_max = 40'000;
constexpr int resumes_max = 2;

const Opened opened{"run-1", "storm", "2026-03-01T22:00:00Z", "{}"};

thread_local std::uint64_t current_seed = 0;

std::string clock_of(Instant at) {
    const std::int64_t total = at.time_since_epoch().count() / 1'000;
    std::array<char, 40> text{};
    std::snprintf(
        text.data(), text.size(), "%3lld:%02lld:%02lld.%03lld",
        static_cast<long long>(total / 3'600'000), static_cast<long long>(total / 60'000 % 60),
        static_cast<long long>(total / 1'000 % 60), static_cast<long long>(total % 1'000));
    return text.data();
}

std::string describe_body(const RecordBody& body) {
    constexpr std::array<std::string_view, 4> kinds{"begun", "done", "refused", "unknown"};
    constexpr std::array<std::string_view, 5> words{"pause", "resume", "abort", "proceed", "skip"};
    return std::visit(
        Overloaded{
            [](const Opened& one) { return "opened " + one.run; },
            [](const Adopted& one) { return "adopts a plan: " + one.reason; },
            [](const Commanded& one) {
                return "orders " + std::to_string(one.key) + ": " + describe(one.order) +
                       " (attempt " + std::to_string(one.attempt) + ")";
            },
            [&](const Answered& one) {
                return "hears of " + std::to_string(one.key) + ": " +
                       std::string(kinds[static_cast<std::size_t>(one.kind)]) + " " + one.code;
            },
            [](const Settled& one) {
                return "settles " + std::to_string(one.key) + ": " +
                       (one.done ? "done, " : "not done, ") + one.sentence;
            },
            [&](const Told& one) {
                return "is told: " + std::string(words[static_cast<std::size_t>(one.what)]) + " " +
                       one.host;
            },
            [](const Noted& one) {
                return "notes " + one.finding.code + " (" + one.finding.subject +
                       "): " + one.finding.sentence;
            },
            [](const Cleared& one) {
                return "clears " + one.finding.code + " (" + one.finding.subject + "): " + one.why;
            },
            [](const PutBack& one) { return "sees put back: " + describe(one.order); },
            [](const Closed& one) { return (one.done ? "is done: " : "stops: ") + one.sentence; }},
        body);
}

/// Everything of one seed.
class Run final : public live::Watcher {
  public:
    Run(std::uint64_t seed, bool tells)
        : weather_(draw_weather(seed)),
          random_(Random::stream(seed, 1, 0, 0)),
          pool_(weather_.start, weather_.temper, Random::stream(seed, 2, 0, 0)),
          driver_(pool_, weather_.wire, Random::stream(seed, 3, 0, 0), opened.run),
          meddler_(weather_, pool_, Random::stream(seed, 4, 0, 0)),
          judge_(weather_, pool_, driver_, opened.run),
          ledger_(fate_, random_, [this] { return strikes(); }),
          wire_(fate_, driver_, opened.run, [this](const Commanded& command) { sent(command); }),
          tells_(tells) {
        pool_.watch(*this);
        outcome_.tally.runs = 1;
    }

    void die_at_record(std::int64_t record) {
        ledger_.die_at_record(record);
        dies_at_record_ = true;
    }

    Outcome carry_out() {
        if (tells_) tell_beginning();
        if (weather_.locked) pool_.seize_lock("run-0");
        executor_.emplace(weather_.mission, opened, weather_.plan, weather_.start);
        while (!judge_.violation()) {
            if (executor_ && executor_->is_over() && !prepare_resumption()) break;
            if (!step()) break;
        }
        finish();
        return std::move(outcome_);
    }

    void happened(const live::SimulatedPool& pool, const live::Happening& what) override {
        ++outcome_.tally.happened[static_cast<std::size_t>(what.kind)];
        if (tells_) say("    pool: " + live::describe(pool, what));
        judge_.happened(what);
    }

  private:
    // ---- the story

    void say(const std::string& line) {
        if (tells_) outcome_.story.push_back(clock_of(now_) + " " + line);
    }

    void tell_beginning() {
        for (const live::HostTruth& host : pool_.hosts()) {
            std::string line = "host " + host.name + " v" + std::to_string(host.version) + " " +
                               std::to_string(host.memory.count >> 30) + "G:";
            for (const live::VmTruth& vm : pool_.vms()) {
                const bool here =
                    vm.host < pool_.hosts().size() && pool_.hosts()[vm.host].name == host.name;
                if (!here) continue;
                line += " " + vm.name + " " + std::to_string(vm.memory.count >> 30) + "G";
            }
            say(line +
                (host.name == pool_.hosts()[pool_.coordinator()].name ? " (coordinator)" : ""));
        }
        for (const Step& step : weather_.plan.steps) {
            say("  plan: " + describe(weather_.start.pool, step));
        }
        say("calm from " + clock_of(weather_.calm_at));
    }

    // ---- life and death of the process

    std::optional<Death> strikes() {
        ++writes_;
        if (died_ >= weather_.deaths_max) return std::nullopt;
        const bool due = writes_ == weather_.dies_at_write + 1;
        const auto permille = static_cast<std::uint64_t>(weather_.death_permille);
        const bool drawn = random_.chance(permille, 1000) && now_ < weather_.calm_at;
        if (!due && !drawn) return std::nullopt;
        ++died_;
        const auto how = static_cast<Death>(random_.below(deaths));
        ++outcome_.tally.died[static_cast<std::size_t>(how)];
        say("  " + std::string(death_names[static_cast<std::size_t>(how)]));
        return how;
    }

    void sent(const Commanded& command) {
        ++outcome_.tally.orders;
        judge_.sent(command, now_);
    }

    void bury() {
        executor_.reset();
        driver_.restart();
        fate_ = Fate{};
        back_at_ = now_ + Duration{random_.between(1'000'000, 1'200'000'000)};
        // What becomes of the pool behind the end of a run is no business of it.
        const Journal& journal = ledger_.journal();
        if (!journal.empty() && std::holds_alternative<Closed>(journal.back().body))
            back_at_ = now_;
        say("  the process is gone until " + clock_of(*back_at_));
    }

    // The text gives back what was written whole.
    void reread() {
        const auto read = read_journal(ledger_.text(), "journal");
        ledger_.cut();
        if (!read) return judge_.violate("the journal cannot be read: " + words_of(read.error()));
        if (read->journal != ledger_.journal()) {
            judge_.violate("the journal was not read as it was written");
        }
    }

    void revive() {
        back_at_.reset();
        driver_.restart();
        if (ledger_.is_torn() || random_.chance(1, 8)) reread();  // it costs most of a run
        if (judge_.violation()) return;
        const Journal& journal = ledger_.journal();
        judge_.revived(now_);
        say("  a new process with " + std::to_string(journal.size()) + " records");
        const auto is_plan = [](const Record& record) {
            return std::holds_alternative<Adopted>(record.body);
        };
        if (std::none_of(journal.begin(), journal.end(), is_plan)) {
            ledger_.erase();  // nothing was done: a new run
            executor_.emplace(weather_.mission, opened, weather_.plan, weather_.start);
            return;
        }
        auto executor = Executor::resume(weather_.mission, journal);
        if (!executor) {
            return judge_.violate("the run cannot be resumed: " + words_of(executor.error()));
        }
        executor_.emplace(std::move(*executor));
        turn_at_ = now_;
    }

    static std::string words_of(const Error& error) {
        return error.items.empty()
                   ? error.source
                   : error.items.front().place + ": " + error.items.front().sentence;
    }

    // After a stop: the same again, a few times, and once more when all is calm.
    bool prepare_resumption() {
        const live::Status status = executor_->status(now_);
        const bool done = status.standing == Standing::done;
        if (done || resumes_ == resumes_max) return false;
        ++resumes_;
        ++outcome_.tally.resumed;
        judge_.look_at_stop(status);
        executor_.reset();
        driver_.restart();
        back_at_ = now_ + Duration{random_.between(1'000'000, 7'200'000'000)};
        pool_.call_off(live::nowhere);  // whoever resumes it has seen to that
        if (resumes_ == resumes_max) back_at_ = std::max(*back_at_, weather_.calm_at + hours(4));
        say("  stopped; to be resumed at " + clock_of(*back_at_));
        return true;
    }

    // ---- people

    void tell(Told::What what, const std::string& host = "") {
        ++outcome_.tally.told;
        for (std::size_t i = 0; i < pool_.hosts().size(); ++i) {
            if (what == Told::What::proceed && pool_.hosts()[i].name == host) pool_.call_off(i);
        }
        wire_.tell({what, host});
    }

    void say_something() {
        const bool pauses = random_.chance(9, 10);
        tell(pauses ? Told::What::pause : Told::What::abort);
    }

    // Whoever waits for an operator gets a word, sooner or later.
    void answer(const live::Status& status) {
        const bool waits =
            status.standing == Standing::paused || status.standing == Standing::asking;
        if (!waits) {
            answer_at_.reset();
            return;
        }
        if (!answer_at_) {
            answer_at_ = now_ + Duration{random_.between(1'000'000, 1'800'000'000)};
            return;
        }
        if (now_ < *answer_at_) return;
        answer_at_.reset();
        if (status.standing == Standing::paused) return tell(Told::What::resume);
        std::string host = pool_.hosts()[random_.below(pool_.hosts().size())].name;
        for (const live::HostTruth& one : pool_.hosts()) {
            if (status.sentence.find(one.name) != std::string::npos) host = one.name;
        }
        const std::uint64_t word = random_.below(10);
        if (word == 0) return tell(Told::What::abort);
        if (word == 1) return tell(Told::What::resume);
        tell(word < 8 ? Told::What::proceed : Told::What::skip, host);
    }

    // ---- one step of time

    [[nodiscard]] std::optional<Instant> next_turn() const {
        if (!executor_) return back_at_;
        Instant at = executor_->wakes_at();
        if (const auto answer = driver_.next_answer()) at = std::min(at, *answer);
        if (answer_at_) at = std::min(at, *answer_at_);
        if (wire_.has_news()) at = now_;
        return std::max(at, turn_at_);
    }

    bool step() {
        const std::optional<Instant> turns = next_turn();
        std::optional<Instant> first = turns;
        for (const std::optional<Instant>& at :
             {pool_.next_at(), driver_.next_arrival(), meddler_.next_at()}) {
            if (at && (!first || *at < *first)) first = at;
        }
        if (!first || *first > weather_.calm_at + patience) {
            judge_.violate("it neither finishes nor says why");
            return false;
        }
        now_ = std::max(now_, *first);
        pool_.advance(now_);
        driver_.advance();
        judge_.look_at_memory();
        if (const auto at = meddler_.next_at(); at && *at <= now_) meddle();
        if (turns && *turns <= now_) executor_ ? take_turn() : revive();
        return true;
    }

    void meddle() {
        const std::optional<Meddling> what = meddler_.act();
        if (!what) return say_something();
        ++outcome_.tally.meddled[static_cast<std::size_t>(*what)];
        judge_.look_at_memory();
    }

    void take_turn() {
        if (++outcome_.tally.turns > turns_max) return judge_.violate("it turns without end");
        const std::size_t written = ledger_.journal().size();
        live::turn(*executor_, wire_, ledger_, now_);
        outcome_.tally.records += static_cast<std::int64_t>(ledger_.journal().size() - written);
        for (std::size_t i = written; i < ledger_.journal().size(); ++i) {
            if (tells_) say(describe_body(ledger_.journal()[i].body));
            judge_.wrote(ledger_.journal()[i]);
        }
        if (fate_.sends_left >= 0) fate_.dead = true;
        if (fate_.dead) return bury();
        const live::Status status = executor_->status(now_);
        if (tells_ && status.sentence != sentence_) say("  says: " + status.sentence);
        sentence_ = status.sentence;
        judge_.look_at_debts(status);
        judge_.look_at_vms(status);
        answer(status);
        turn_at_ = now_ + milliseconds(random_.between(50, 1'000));
    }

    void finish() {
        if (executor_) {
            const live::Status status = executor_->status(now_);
            const bool done = status.standing == Standing::done;
            if (executor_->is_over() && !judge_.violation()) judge_.look_at_end(status, done);
            outcome_.sentence = status.sentence;
            ++(done ? outcome_.tally.done : outcome_.tally.stopped);
        }
        outcome_.tally.wire = driver_.faults();
        outcome_.died_at_record = dies_at_record_ && !ledger_.is_still_to_die();
        outcome_.violation = judge_.violation();
        if (outcome_.violation) say("VIOLATION: " + *outcome_.violation);
    }

    Weather weather_;
    Random random_;
    live::SimulatedPool pool_;
    live::SimulatedDriver driver_;
    Meddler meddler_;
    Judge judge_;
    Fate fate_;
    MortalLedger ledger_;
    MortalDriver wire_;
    bool tells_ = false;
    bool dies_at_record_ = false;
    std::optional<Executor> executor_;
    Instant now_{};
    Instant turn_at_{};
    std::optional<Instant> back_at_;    // of the next process
    std::optional<Instant> answer_at_;  // of an operator
    std::int64_t writes_ = 0;
    int died_ = 0;
    int resumes_ = 0;
    std::string sentence_;
    Outcome outcome_;
};

extern "C" void print_seed(int) {
    std::fprintf(stderr, "this was seed %llu\n", static_cast<unsigned long long>(current_seed));
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGSEGV, SIG_DFL);
}

template <std::size_t size>
void add(std::array<std::int64_t, size>& to, const std::array<std::int64_t, size>& from) {
    for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
    runs += other.runs;
    done += other.done;
    stopped += other.stopped;
    resumed += other.resumed;
    turns += other.turns;
    records += other.records;
    orders += other.orders;
    told += other.told;
    add(wire, other.wire);
    add(meddled, other.meddled);
    add(died, other.died);
    add(happened, other.happened);
    return *this;
}

Outcome weather_out(std::uint64_t seed, bool tell_story) {
    current_seed = seed;
    return Run(seed, tell_story).carry_out();
}

Outcome weather_out_dying(std::uint64_t seed, std::int64_t record, bool tell_story) {
    current_seed = seed;
    Run run(seed, tell_story);
    run.die_at_record(record);
    return run.carry_out();
}

void name_seed_on_abort() {
    std::signal(SIGABRT, print_seed);
    std::signal(SIGSEGV, print_seed);
}

}  // namespace vacate::storm
