// Who is logged in, with which role, and since when they were last heard of.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/units.hpp"
#include "tools/poolserver/database.hpp"

namespace vacate::poolserver {

/// What a user may do; each role may do what the ones before it may.
enum class Role { read_only, pool_operator, pool_admin };

[[nodiscard]] std::string_view role_name(Role role);

/// The role of that name.
[[nodiscard]] std::optional<Role> read_role(std::string_view name);

struct User {
    std::string name;
    std::string password;
    Role role = Role::pool_admin;
    friend bool operator==(const User&, const User&) = default;
};

struct Session {
    std::string user;
    std::string originator;
    Role role = Role::read_only;
    Instant last_active{};
    bool local = false;  // of one member, for calls in emergency mode only
};

/// The sessions of the pool. Each is also an object of class session, for its getters; when it
/// was last active is kept here, so that a call changes nothing that makes events.
class Sessions {
  public:
    struct Limits {
        std::size_t per_originator = 500;  // and per user; the one idle for longest goes
        Duration idle_max{std::chrono::hours(24)};
    };
    Sessions(Database& database, std::vector<User> users, const Limits& limits);

    /// The user of that name and password, or nullptr.
    [[nodiscard]] const User* authenticate(std::string_view name, std::string_view password) const;
    /// Begins a session. Returns: its reference.
    std::string open(const User& user, const std::string& originator, const std::string& host,
                     DateTime date, Instant now);
    /// The same on one member: not in the database of the pool.
    std::string open_local(const User& user, Instant now);
    /// The session, if it is known and not idle for too long; it counts as active now.
    [[nodiscard]] const Session* use(std::string_view ref, Instant now);
    void close(std::string_view ref);
    /// Forgets all sessions, as a restart of the coordinator's toolstack does.
    void clear();
    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  private:
    void make_room(const std::string& user, const std::string& originator);

    Database* database_;
    std::vector<User> users_;
    Limits limits_;
    std::map<std::string, Session, std::less<>> sessions_;
    std::uint64_t opened_ = 0;
};

}  // namespace vacate::poolserver
