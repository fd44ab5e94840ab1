// Keeps sessions within their limits.
#include "tools/poolserver/sessions.hpp"

#include <algorithm>
#include <utility>

namespace vacate::poolserver {

std::string_view role_name(Role role) {
    switch (role) {
        case Role::read_only:
            return "read-only";
        case Role::pool_operator:
            return "pool-operator";
        case Role::pool_admin:
            break;
    }
    return "pool-admin";
}

std::optional<Role> read_role(std::string_view name) {
    for (const Role role : {Role::read_only, Role::pool_operator, Role::pool_admin}) {
        if (role_name(role) == name) return role;
    }
    return std::nullopt;
}

Sessions::Sessions(Database& database, std::vector<User> users, const Limits& limits)
    : database_(&database), users_(std::move(users)), limits_(limits) {}

const User* Sessions::authenticate(std::string_view name, std::string_view password) const {
    const auto found = std::ranges::find_if(
        users_, [&](const User& user) { return user.name == name && user.password == password; });
    return found == users_.end() ? nullptr : &*found;
}

/// Source: xapi, ocaml/xapi/xapi_globs.ml:294: one group by originator, one by user name.
void Sessions::make_room(const std::string& user, const std::string& originator) {
    for (const bool by_user : {false, true}) {
        std::vector<std::pair<Instant, std::string>> group;
        for (const auto& [ref, session] : sessions_) {
            const bool same = by_user ? session.user == user : session.originator == originator;
            if (same && !session.local) group.emplace_back(session.last_active, ref);
        }
        if (group.size() < limits_.per_originator) continue;
        std::ranges::sort(group);
        const std::size_t too_many = group.size() + 1 - limits_.per_originator;
        for (std::size_t i = 0; i < too_many; ++i) close(group[i].second);
    }
}

std::string Sessions::open(const User& user, const std::string& originator, const std::string& host,
                           DateTime date, Instant now) {
    make_room(user.name, originator);
    const bool admin = user.role == Role::pool_admin;
    const std::string ref =
        database_->create("session", std::to_string(opened_++),
                          {{"this_host", text(host)},
                           {"last_active", {date}},
                           {"validation_time", {date}},
                           {"is_local_superuser", {admin}},
                           {"auth_user_name", text(user.name)},
                           {"originator", text(originator)},
                           {"rbac_permissions", {Array{text(role_name(user.role))}}}});
    sessions_.insert_or_assign(ref, Session{user.name, originator, user.role, now, false});
    return ref;
}

std::string Sessions::open_local(const User& user, Instant now) {
    const std::string name = "local session " + std::to_string(opened_++);
    const std::string ref = "OpaqueRef:" + database_->uuid_of(name);
    sessions_.insert_or_assign(ref, Session{user.name, "", user.role, now, true});
    return ref;
}

const Session* Sessions::use(std::string_view ref, Instant now) {
    const auto found = sessions_.find(ref);
    if (found == sessions_.end()) return nullptr;
    if (now - found->second.last_active > limits_.idle_max) {
        close(ref);
        return nullptr;
    }
    found->second.last_active = now;
    return &found->second;
}

void Sessions::close(std::string_view ref) {
    const auto found = sessions_.find(ref);
    if (found == sessions_.end()) return;
    const std::string closed = found->first;  // `ref` may be part of what is erased
    sessions_.erase(found);
    database_->destroy(closed);
}

void Sessions::clear() {
    while (!sessions_.empty()) close(sessions_.begin()->first);
}

}  // namespace vacate::poolserver
