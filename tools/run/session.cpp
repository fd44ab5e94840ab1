// The loop, the clock and the signals.
#include "tools/run/session.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <set>
#include <thread>

#include "reports/plan_answer.hpp"
#include "reports/report.hpp"
#include "sim/live/run_state.hpp"
#include "tools/run/summary.hpp"
#include "tools/run/view.hpp"

namespace vacate {
namespace {

using live::Standing;
using Clock = std::chrono::steady_clock;

constexpr std::size_t tail_lines = 100;
constexpr std::size_t calls_max = 3;     // of the notify command, for what one look shows
constexpr std::size_t clock_width = 12;  // "1234:05:59", and what comes behind it
constexpr auto turn_at_least_every = std::chrono::milliseconds(100);
constexpr auto publish_every = std::chrono::seconds(1);
constexpr auto publish_soon = std::chrono::milliseconds(200);
constexpr auto draw_every = std::chrono::milliseconds(250);

volatile std::sig_atomic_t leave_asked = 0;

extern "C" void ask_to_leave(int signal) {
    if (leave_asked != 0) {  // the second time: as if nobody had handled it
        std::signal(signal, SIG_DFL);
        std::raise(signal);
        return;
    }
    leave_asked = 1;
}

class Signals {
  public:
    Signals() {
        leave_asked = 0;
        std::signal(SIGINT, ask_to_leave);
        std::signal(SIGTERM, ask_to_leave);
        std::signal(SIGHUP, SIG_IGN);
        std::signal(SIGPIPE, SIG_IGN);
    }
    ~Signals() {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
};

// Lines that were typed, where somebody can type.
class Typed {
  public:
    [[nodiscard]] std::vector<Told> take() {
        if (isatty(STDIN_FILENO) == 0) return {};
        pollfd input{STDIN_FILENO, POLLIN, 0};
        while (!ended_ && ::poll(&input, 1, 0) > 0) {
            std::array<char, 512> part{};
            const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
            ended_ = got <= 0;
            if (got > 0) text_.append(part.data(), static_cast<std::size_t>(got));
        }
        const std::size_t end = text_.rfind('\n');
        if (end == std::string::npos) return {};
        const std::vector<Told> told = read_told(text_.substr(0, end + 1));
        text_.erase(0, end + 1);
        return told;
    }

  private:
    std::string text_;
    bool ended_ = false;
};

// Between the executor and the outside: hears the operator, shows what is written down.
class Session : public live::Driver, public live::Ledger {
  public:
    Session(live::Driver& driver, live::Ledger& ledger, Controls& controls,
            const SessionOptions& options)
        : driver_(driver), ledger_(ledger), controls_(controls), options_(options) {
        draws_ = options.may_draw && isatty(STDERR_FILENO) != 0;
        screen_.pool = options.pool;
        // Whoever resumes a paused run wants it to go on; one that stopped goes on by itself.
        resumes_ = !options.history.empty() &&
                   !std::holds_alternative<Closed>(options.history.back().body);
        for (const Record& record : options.history) {
            heed(record);
            const std::string line = with_journal(log_.line_of(record), options_.journal);
            if (draws_ && !line.empty()) say(line);
        }
    }

    void submit(const Commanded& command) override { driver_.submit(command); }
    void look() override { driver_.look(); }
    std::vector<live::Observation> poll(Instant now) override {
        std::vector<live::Observation> seen = driver_.poll(now);
        if (resumes_) seen.insert(seen.begin(), Told{Told::What::resume, ""});
        resumes_ = false;
        for (const live::Observation& one : seen) {
            const auto* progress = std::get_if<live::Progress>(&one);
            if (progress != nullptr) screen_.permille[progress->key] = progress->permille;
        }
        for (std::vector<Told> all : {controls_.take(), typed_.take()}) {
            for (Told& told : all) hear(std::move(told), seen);
        }
        if (leave_asked != 0 && !leaving_) {
            leaving_ = true;
            say("leaving: nothing more is begun, what runs may end");
            seen.emplace_back(Told{Told::What::pause, ""});
        }
        return seen;
    }
    Result<void> append(const std::vector<Record>& records) override {
        const Result<void> written = ledger_.append(records);
        if (!written) {
            for (const Error::Item& item : written.error().items) {
                say(written.error().source + ": " + item.sentence +
                    (item.remedy.empty() ? "" : "; " + item.remedy));
            }
            return written;
        }
        for (const Record& record : records) {
            heed(record);
            const std::string line = with_journal(log_.line_of(record), options_.journal);
            if (!line.empty()) say(line);
        }
        call_for(records);
        return written;
    }

    SessionEnd carry_out(live::Executor& executor) {
        SessionEnd end;
        if (!options_.history.empty() && !executor.is_over()) say_how_it_goes_on(executor);
        while (true) {
            const Instant now = clock();
            const Instant wake = live::turn(executor, *this, *this, now);
            end.status = executor.status(now);
            end.now = now;
            publish(end.status, now);
            tell_change(end.status);
            draw(end.status, now);
            if (executor.is_over()) break;
            end.left =
                leaving_ && end.status.standing == Standing::paused && end.status.under_way.empty();
            if (end.left) break;
            rest_until(wake);
        }
        undraw();
        return end;
    }

  private:
    // A journal tells a run that was taken up after a crash by a word to go on that no pause needs.
    void heed(const Record& record) {
        const auto* told = std::get_if<Told>(&record.body);
        if (told != nullptr && told->what == Told::What::pause) paused_ = true;
        if (told != nullptr && told->what == Told::What::resume) paused_ = false;
        if (std::holds_alternative<Closed>(record.body)) paused_ = false;
    }

    void hear(Told told, std::vector<live::Observation>& seen) {
        const auto is_pause = [](const live::Observation& one) {
            const auto* other = std::get_if<Told>(&one);
            return other != nullptr && other->what == Told::What::pause;
        };
        const bool needs_none = told.what == Told::What::resume && !paused_ &&
                                std::none_of(seen.begin(), seen.end(), is_pause);
        if (needs_none) return say("it is not paused: there is nothing to go on with");
        seen.emplace_back(std::move(told));
    }

    // Whoever was told before may be gone; the words died with the process.
    void say_how_it_goes_on(const live::Executor& executor) {
        const live::Status before = executor.status(clock());
        const std::string words = with_journal(timed_sentence(before), options_.journal);
        say(clock_text(clock().time_since_epoch()) + "  goes on: " + printable(words));
        if (options_.notify && !before.to_do.empty()) {
            options_.notify(Notice::need_operator, before.to_do);
        }
    }

    [[nodiscard]] Instant clock() const {
        const auto passed = std::chrono::duration_cast<Duration>(Clock::now() - begun_);
        return options_.begins_at + passed * options_.speed;
    }

    void rest_until(Instant wake) const {
        const auto real =
            std::chrono::duration_cast<Clock::duration>((wake - clock()) / options_.speed);
        std::this_thread::sleep_for(
            std::clamp<Clock::duration>(real, std::chrono::milliseconds(1), turn_at_least_every));
    }

    void say(const std::string& line) {
        screen_.tail.push_back(line);
        if (screen_.tail.size() > tail_lines) screen_.tail.pop_front();
        if (!draws_) put(line);
    }

    // What is said goes on below what it says, behind the clock.
    static void put(const std::string& line) {
        const std::size_t text = line.find("  ");
        const bool timed = text < clock_width;
        const std::string clock = timed ? line.substr(0, text + 2) : std::string();
        std::fputs(
            wrapped(line.substr(clock.size()), clock, std::string(clock.size(), ' ')).c_str(),
            stderr);
    }

    void tell_change(const live::Status& status) {
        if (status.standing == standing_ && status.asked_host == asked_host_) return;
        standing_ = status.standing;
        asked_host_ = status.asked_host;
        if (standing_ == Standing::asking) {
            RunSummary summary;
            summary.journal = options_.journal;
            summary.is_held = true;
            summary.status = status;
            say(clock_text(clock().time_since_epoch()) +
                "  asks: " + printable(status.sentence + ". " + next_step(summary)));
        }
        if (!options_.notify) return;
        if (standing_ == Standing::asking) options_.notify(Notice::need_operator, status.sentence);
        if (standing_ == Standing::done) options_.notify(Notice::done, status.sentence);
        if (standing_ == Standing::stopped) options_.notify(Notice::failed, status.sentence);
    }

    // What asks for somebody: nobody is called twenty times for the VMs of one host.
    void call_for(const std::vector<Record>& records) {
        if (!options_.notify) return;
        std::vector<std::string> sentences;
        for (const Record& record : records) {
            const auto* noted = std::get_if<Noted>(&record.body);
            const auto* answered = std::get_if<Answered>(&record.body);
            const auto* told = std::get_if<Told>(&record.body);
            if (told != nullptr && told->what == Told::What::skip) {
                skipped_.insert("host " + told->host);
            }
            const bool is_known = noted != nullptr && noted->finding.code == live::host_left_out &&
                                  skipped_.count(noted->finding.subject) > 0;
            if (noted != nullptr && !is_known && noted->finding.severity != Severity::know) {
                sentences.push_back(noted->finding.subject + ": " + noted->finding.sentence);
            }
            const auto* cleared = std::get_if<Cleared>(&record.body);
            if (cleared != nullptr && cleared->finding.code == live::host_left_out) {
                sentences.push_back(cleared->finding.subject +
                                    " is taken up again: " + cleared->why);
            }
            const bool begun = answered != nullptr && answered->kind == Answered::Kind::begun;
            if (begun && !answered->sentence.empty()) sentences.push_back(answered->sentence);
        }
        if (sentences.size() > calls_max) {
            const std::size_t more = sentences.size() - 1;
            sentences.resize(1);
            sentences.front() += "; and " + std::to_string(more) + " more, see vacate status";
        }
        for (const std::string& one : sentences) options_.notify(Notice::need_operator, one);
    }

    void publish(const live::Status& status, Instant now) {
        const bool changed =
            status.standing != standing_ || status.under_way.size() != published_orders_;
        const auto pause = changed ? publish_soon : publish_every;
        if (!options_.publish || Clock::now() - published_at_ < pause) return;
        options_.publish(status, now);
        published_orders_ = status.under_way.size();
        published_at_ = Clock::now();
    }

    void draw(const live::Status& status, Instant now) {
        if (!draws_ || Clock::now() - drawn_at_ < draw_every) return;
        drawn_at_ = Clock::now();
        winsize size{};
        if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2) {
            screen_.rows = size.ws_row - 1u;
            screen_.columns = size.ws_col;
        }
        screen_.status = status;
        screen_.status.sentence = with_journal(status.sentence, options_.journal);
        screen_.now = now;
        RunSummary summary;
        summary.journal = options_.journal;
        summary.is_held = true;
        summary.status = status;
        screen_.next = next_step(summary);
        std::string text = drawn_ ? "\033[H" : "\033[2J\033[H";
        for (const std::string& line : draw_screen(screen_)) text += line + "\033[K\n";
        std::fputs((text + "\033[J").c_str(), stderr);
        std::fflush(stderr);
        drawn_ = true;
    }

    // What the screen showed last goes, the log stays.
    void undraw() const {
        if (!drawn_) return;
        std::fputs("\033[2J\033[H", stderr);
        for (const std::string& line : screen_.tail) put(line);
    }

    live::Driver& driver_;
    live::Ledger& ledger_;
    Controls& controls_;
    const SessionOptions& options_;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point drawn_at_{};
    Clock::time_point published_at_{};
    std::size_t published_orders_ = 0;
    Typed typed_;
    RunLog log_;
    Screen screen_;
    std::set<std::string> skipped_;  // "host srv-3": whoever said so need not be told
    Standing standing_ = Standing::looking;
    std::string asked_host_;
    bool paused_ = false;
    bool draws_ = false;
    bool drawn_ = false;
    bool leaving_ = false;
    bool resumes_ = false;
};

}  // namespace

std::string_view notice_name(Notice notice) {
    constexpr std::array<std::string_view, 3> names{"need-for-operator", "done", "failed"};
    return names[static_cast<std::size_t>(notice)];
}

SessionEnd run_session(live::Executor& executor, live::Driver& driver, live::Ledger& ledger,
                       Controls& controls, const SessionOptions& options) {
    const Signals signals;
    Session session(driver, ledger, controls, options);
    return session.carry_out(executor);
}

}  // namespace vacate
