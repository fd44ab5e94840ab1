// The pool as a Service: finds what a call means, checks it as xapi does, and has it answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/memory.hpp"
#include "tools/poolserver/agenda.hpp"
#include "tools/poolserver/database.hpp"
#include "tools/poolserver/events.hpp"
#include "tools/poolserver/service.hpp"
#include "tools/poolserver/sessions.hpp"
#include "tools/poolserver/tasks.hpp"

namespace vacate::poolserver {

/// Who calls, and under what.
struct Caller {
    std::string method;    // "VM.pool_migrate", of its Async form too
    std::size_t host = 0;  // whose address the call came to
    std::string session;   // empty for methods that take none
    Role role = Role::read_only;
    std::string task;  // of the Async form; empty otherwise
};

/// Answers a call, at once or later, exactly once.
using Done = std::function<void(Answer)>;

/// Carries out one method, for its synchronous and its Async form alike. The arguments are
/// those behind the session: converted to the types of the schema, defaults filled in, and
/// every reference checked to be of an object that exists.
using Handler = std::function<void(const Caller&, const Array& arguments, const Done& done)>;

/// Refuses a call before anything else is looked at (a member in emergency mode, a coordinator
/// that is still booting), or lets it pass with a nullopt.
/// Of a download the method is empty.
using Gate = std::function<std::optional<Failure>(std::size_t host, std::string_view method)>;

/// Makes the page of a download whose session is an administrator's.
using Pages = std::function<Page(const Download& download)>;

[[nodiscard]] inline tl::unexpected<Failure> failure(std::vector<std::string> description) {
    return tl::unexpected(Failure{std::move(description)});
}

/// The simulated pool. Behaviour is added from outside: handle() for methods, agenda() for what
/// takes time, gate() and set_listening() for hosts that are down.
class PoolService : public Service {
  public:
    struct Options {
        std::vector<User> users{{"root", "root", Role::pool_admin}};
        std::vector<std::string> addresses;  // of the hosts; what is missing is made up
        std::uint16_t port = 0;  // that the addresses lack; 0: none, they have it or need it not
        DateTime started_at{1'767'225'600};               // the date at the pool's zero: 2026-01-01
        Duration login_refusal{std::chrono::seconds(5)};  // wrong passwords are answered late
        Database::Options database;
        Sessions::Limits sessions;
        Tasks::Lifetimes tasks;
        Events::Pace events;
    };

    /// A pool as `scenario` describes it, see population.hpp.
    PoolService(const Scenario& scenario, const Options& options);

    [[nodiscard]] bool listens(std::size_t host) const override { return listening_[host]; }
    void call(Call call, Reply reply) override;
    void get(const Download& download, PageReply reply) override;
    void advance(Instant now) override { agenda_.advance(now); }
    void note_wall(Instant wall) override { tasks_.note_wall(wall); }
    [[nodiscard]] std::optional<Instant> next_at() const override { return agenda_.next(); }

    // For those who add behaviour.
    /// Carries out "Class.name" by `handler` from now on, instead of whatever did before.
    /// Requires: the schema has that message.
    void handle(std::string_view method, Handler handler);
    /// Carries a method out as the toolstack itself, without a session or a task.
    ///
    /// Requires: the schema has that message; the arguments are whole and of its types.
    void act(std::string_view method, const Array& arguments, const Done& done);
    /// Answers GETs of a path by `pages`. Only the coordinator does, or with `of_host` each host.
    void serve(std::string_view path, Pages pages, bool of_host = false);
    /// The hosts' addresses from now on, as Options has them.
    void set_addresses(const std::vector<std::string>& addresses, std::uint16_t port,
                       bool tls = true);
    void set_gate(Gate gate) { gate_ = std::move(gate); }
    /// Whether the host's address takes connections; turning it off closes those it has.
    void set_listening(std::size_t host, bool listening);
    /// Closes all connections of a host: its calls get no answer.
    void drop_connections(std::size_t host);
    /// What a restart of the coordinator's toolstack forgets: sessions, tasks, who waits.
    void forget_volatile();

    [[nodiscard]] Database& database() { return database_; }
    [[nodiscard]] const Database& database() const { return database_; }
    [[nodiscard]] Agenda& agenda() { return agenda_; }
    [[nodiscard]] Sessions& sessions() { return sessions_; }
    [[nodiscard]] Tasks& tasks() { return tasks_; }
    [[nodiscard]] Events& events() { return events_; }

    /// References of the hosts, in the order of the scenario; some may have left the pool since.
    [[nodiscard]] const std::vector<std::string>& hosts() const { return hosts_; }
    /// True until the host was forgotten or ejected.
    [[nodiscard]] bool is_member(std::size_t host) const;
    /// xapi's own question: the host is believed alive, and answers. Requires: it is a member.
    [[nodiscard]] bool is_alive(const std::string& host) const;
    /// References of those that are members, in the same order.
    [[nodiscard]] std::vector<std::string> members() const;
    [[nodiscard]] const std::string& pool() const { return pool_; }
    [[nodiscard]] std::size_t coordinator() const;
    [[nodiscard]] std::string coordinator_address() const;
    /// Which formula VM.compute_memory_overhead follows; an upgraded coordinator may change it.
    [[nodiscard]] OverheadEra era() const { return era_; }
    void set_era(OverheadEra era) { era_ = era; }
    /// The date in the pool.
    [[nodiscard]] DateTime date() const;

  private:
    /// A call whose method is known.
    struct Target {
        const Class* of = nullptr;
        std::size_t class_index = 0;
        const Message* message = nullptr;
        bool async = false;
    };
    [[nodiscard]] std::optional<Target> target_of(std::string_view method) const;
    [[nodiscard]] Page dump_page() const;
    [[nodiscard]] Page redirect(const Download& download) const;
    [[nodiscard]] std::optional<Role> role_of(const Download& download);
    void refuse_download(const Download& download, PageReply reply);
    Done answer_later(std::size_t host, Reply reply);
    void dispatch(const Call& call, const Done& done);
    [[nodiscard]] tl::expected<Array, Failure> arguments_of(const Target& target,
                                                            const Call& call) const;
    [[nodiscard]] std::optional<Failure> check_session(const Target& target, const Call& call,
                                                       Caller& caller);
    [[nodiscard]] std::optional<Failure> check_role(const Target& target, const Caller& caller,
                                                    const Array& arguments) const;
    [[nodiscard]] std::optional<Failure> check_references(const Target& target,
                                                          const Array& arguments) const;
    void run(const Target& target, Caller caller, const Array& arguments, const Done& done);
    void carry_out(const Target& target, const Caller& caller, const Array& arguments,
                   const Done& done);

    Database database_;
    Agenda agenda_;
    Sessions sessions_;
    Tasks tasks_;
    Events events_;
    DateTime started_at_;
    Duration login_refusal_;
    OverheadEra era_;
    std::vector<std::string> hosts_;
    std::string pool_;
    std::vector<bool> listening_;
    Gate gate_;
    std::map<std::string, Handler, std::less<>> handlers_;
    struct Served {
        Pages pages;
        bool of_host;
    };
    std::map<std::string, Served, std::less<>> served_;  // by path
    std::uint16_t port_;
    bool tls_ = true;
    struct Pending {
        std::size_t host;
        Reply reply;
    };
    std::map<std::uint64_t, Pending> pending_;
    std::uint64_t next_call_ = 0;
};

}  // namespace vacate::poolserver
