// Tasks: what is under way, how far it is, and how it ended.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tools/poolserver/agenda.hpp"
#include "tools/poolserver/database.hpp"
#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// A result as task.result holds it: "<value>...</value>", or nothing for "void".
[[nodiscard]] std::string result_text(const Value& value);

/// Objects of class task and what is known of them beside. An empty reference stands for "no
/// task": what a synchronous call runs under; nothing is done to it.
class Tasks {
  public:
    struct Lifetimes {  // source: xapi, ocaml/xapi/xapi_globs.ml:732-734
        Duration completed{std::chrono::minutes(65)};
        Duration pending{std::chrono::hours(24)};
        bool by_wall = false;  // counted by note_wall(), where the pool's time jumps
    };
    /// `started_at`: the date at the agenda's zero.
    Tasks(Database& database, Agenda& agenda, DateTime started_at, const Lifetimes& lifetimes);

    /// A pending task of `session`, on the host of that reference.
    std::string create(const std::string& label, const std::string& description,
                       const std::string& host, const std::string& session);
    /// Ends it: success with its result, failure, or cancelled when the code is TASK_CANCELLED.
    /// Nothing when it was destroyed or has ended.
    void finish(const std::string& ref, const Answer& answer);
    /// Between 0 and 1; nothing when it was destroyed or has ended.
    void set_progress(const std::string& ref, double progress);

    /// Lets clients cancel it from now on, by `act`, which should end the work soon and have it
    /// finish with TASK_CANCELLED, unless it succeeds anyway. Without an act, no longer.
    void on_cancel(const std::string& ref, std::function<void()> act);
    /// task.cancel. Fails: OPERATION_NOT_ALLOWED when it cannot be cancelled (any more).
    [[nodiscard]] tl::expected<void, Failure> cancel(const std::string& ref);
    void destroy(const std::string& ref);

    [[nodiscard]] bool pending(const std::string& ref) const;
    /// True when `session` made the task.
    [[nodiscard]] bool owned(const std::string& ref, const std::string& session) const;
    /// Time on the wall since the start. Requires: it never goes back.
    void note_wall(Instant wall) { wall_.advance(wall); }
    /// Forgets all tasks, as a restart of the coordinator's toolstack does.
    void clear();

  private:
    struct Running {
        std::string session;
        std::function<void()> cancel;
        Agenda::Entry expiry;
    };
    [[nodiscard]] DateTime date() const;
    [[nodiscard]] Agenda& expiries() { return lifetimes_.by_wall ? wall_ : *agenda_; }

    Database* database_;
    Agenda* agenda_;
    DateTime started_at_;
    Lifetimes lifetimes_;
    Agenda wall_;
    std::map<std::string, Running, std::less<>> tasks_;
    std::uint64_t created_ = 0;
};

}  // namespace vacate::poolserver
