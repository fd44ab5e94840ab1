// What changed since a client last asked: event.from, and the older register and next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/poolserver/agenda.hpp"
#include "tools/poolserver/database.hpp"
#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// Answers clients that wait for changes. Clients that ask the same are given the same answer,
/// built once; nothing is scanned but what changed.
class Events {
  public:
    using Done = std::function<void(Answer)>;
    struct Pace {  // source: xapi, ocaml/xapi/xapi_event.ml:1186 and around
        Duration batch{std::chrono::milliseconds(50)};  // before and between looks
        Duration timeout_max{std::chrono::hours(24)};
    };
    Events(Database& database, Agenda& agenda, const Pace& pace);
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    /// event.from: answers once something in `classes` is newer than `token`, or with an empty
    /// list once `timeout` seconds have passed. An empty token asks for everything there is.
    ///
    /// Fails: EVENT_FROM_TOKEN_PARSE_FAILURE, or EVENTS_LOST when deletions since the token are
    ///        forgotten.
    void from(const std::vector<std::string>& classes, const std::string& token, double timeout,
              Done done);
    /// event.inject. Returns: a token; event.from it gives this change, unless there is none.
    [[nodiscard]] std::optional<std::string> inject(std::string_view class_name,
                                                    std::string_view ref);

    /// event.register and unregister: what event.next of that session waits for.
    void subscribe(const std::string& session, const std::vector<std::string>& classes);
    void unsubscribe(const std::string& session, const std::vector<std::string>& classes);
    /// event.next. Fails: SESSION_NOT_REGISTERED, EVENTS_LOST.
    void next(const std::string& session, Done done);

    /// Forgets who waits, without an answer, and all subscriptions.
    void clear();
    [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }
    /// How many answers were put together so far: what load tests count.
    [[nodiscard]] std::uint64_t answers_built() const { return answers_built_; }

  private:
    struct Filter {
        std::vector<std::size_t> whole;                     // classes, sorted
        std::map<std::size_t, std::set<std::string>> part;  // single objects of other classes
        std::string key;                                    // equal for equal filters
        bool only_tasks = false;
    };
    struct Waiter {
        Filter filter;
        Generation since = 0;
        Done done;
        Instant last_look{};
        std::optional<Agenda::Entry> look;
        std::optional<Agenda::Entry> end;
    };
    struct Subscription {
        std::set<std::string> classes;
        Generation since = 0;
    };
    struct Found;

    [[nodiscard]] Filter filter_of(const std::vector<std::string>& classes) const;
    void wait(Filter filter, Generation since, std::optional<Duration> timeout, Done done);
    void on_change(std::size_t class_index);
    void look(std::uint64_t id, bool at_end);
    [[nodiscard]] bool concerns(const Filter& filter, std::size_t class_index) const;
    [[nodiscard]] bool lost(const Filter& filter, Generation since) const;
    void collect(const Filter& filter, std::size_t class_index, Generation since,
                 Found& found) const;
    [[nodiscard]] std::shared_ptr<const Value> answer(const Filter& filter, Generation since,
                                                      bool even_if_empty);
    [[nodiscard]] Value ref_counts() const;

    Database* database_;
    Agenda* agenda_;
    Pace pace_;
    std::map<std::uint64_t, Waiter> waiters_;
    std::uint64_t next_waiter_ = 0;
    std::map<std::string, Subscription, std::less<>> subscriptions_;
    // Answers of this generation; null where there is nothing to tell.
    std::map<std::pair<std::string, Generation>, std::shared_ptr<const Value>> memo_;
    Generation memo_generation_ = 0;
    std::uint64_t answers_built_ = 0;
};

}  // namespace vacate::poolserver
