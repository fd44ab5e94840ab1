// From the name of a method and its arguments to an answer.
#include "tools/poolserver/dispatch.hpp"

#include <algorithm>
#include <utility>

#include "model/check.hpp"
#include "tools/poolserver/dump.hpp"
#include "tools/poolserver/emergency.hpp"
#include "tools/poolserver/field_calls.hpp"
#include "tools/poolserver/population.hpp"
#include "tools/poolserver/reads.hpp"
#include "tools/poolserver/session_calls.hpp"

namespace vacate::poolserver {
namespace {

/// Classes whose messages have no Async form.
constexpr std::string_view never_async[]{"session", "event", "task", "message"};

/// What only an administrator may call.
constexpr std::string_view for_administrators[]{"host.call_plugin",
                                                "host.call_extension",
                                                "pool.join",
                                                "pool.join_force",
                                                "session.create_from_db_file",
                                                "session.change_password",
                                                "pool.enable_external_auth",
                                                "pool.disable_external_auth",
                                                "pool.certificate_sync",
                                                "pool.rotate_secret",
                                                "pool.install_ca_certificate",
                                                "host.install_server_certificate",
                                                "pool.enable_tls_verification"};

/// The least role that may call a message.
Role needed_role(const Class& of, const Message& message) {
    switch (message.derived) {
        case Derived::set_field:
        case Derived::add_to_map:
        case Derived::remove_from_map:
        case Derived::add_to_set:
        case Derived::remove_from_set:
            return of.name == "task" ? Role::read_only : Role::pool_operator;
        case Derived::own:
            break;
        default:
            return Role::read_only;
    }
    const std::string full = of.name + "." + message.name;
    if (std::ranges::find(for_administrators, full) != std::end(for_administrators)) {
        return Role::pool_admin;
    }
    if (of.name == "session" || of.name == "event" || of.name == "task") return Role::read_only;
    for (const std::string_view prefix : {"get_", "assert_", "compute_", "has_", "retrieve_"}) {
        if (message.name.starts_with(prefix)) return Role::read_only;
    }
    return message.name == "get" ? Role::read_only : Role::pool_operator;
}

Failure denied(const std::string& method, Role needed) {
    std::string roles;
    for (const Role role : {Role::read_only, Role::pool_operator, Role::pool_admin}) {
        if (role < needed) continue;
        if (!roles.empty()) roles += ", ";
        roles += role_name(role);
    }
    return {{"RBAC_PERMISSION_DENIED", lower_case(method),
             "No permission in user session. (Roles with this permission: " + roles + ")"}};
}

std::string reference_of(const Value& value) { return std::get<std::string>(value.of); }

}  // namespace

PoolService::PoolService(const Scenario& scenario, const Options& options)
    : database_(release_of(scenario), options.database),
      sessions_(database_, options.users, options.sessions),
      tasks_(database_, agenda_, options.started_at, options.tasks),
      events_(database_, agenda_, options.events),
      started_at_(options.started_at),
      login_refusal_(options.login_refusal),
      era_(era_of(scenario)),
      listening_(scenario.pool.hosts.size(), true),
      port_(options.port) {
    const Population population =
        populate(database_, scenario, options.started_at, {options.addresses});
    hosts_ = population.hosts;
    pool_ = population.pool;
    add_session_calls(*this, login_refusal_);
    add_reads(*this);
    serve("/pool/xmldbdump", [this](const Download&) { return dump_page(); });
}

std::size_t PoolService::coordinator() const {
    const std::string& master = database_.text_of(pool_, "master");
    const auto found = std::ranges::find(hosts_, master);
    VACATE_CHECK(found != hosts_.end(), "the master of the pool is one of its hosts");
    return static_cast<std::size_t>(found - hosts_.begin());
}

bool PoolService::is_member(std::size_t host) const {
    return database_.find("host", hosts_[host]) != nullptr;
}

bool PoolService::is_alive(const std::string& host) const {
    if (!database_.flag_of(database_.text_of(host, "metrics"), "live")) return false;
    const auto found = std::ranges::find(hosts_, host);
    return found != hosts_.end() && listening_[static_cast<std::size_t>(found - hosts_.begin())];
}

std::vector<std::string> PoolService::members() const {
    std::vector<std::string> members = hosts_;
    std::erase_if(members, [&](const std::string& ref) { return database_.find(ref) == nullptr; });
    return members;
}

std::string PoolService::coordinator_address() const {
    return database_.text_of(hosts_[coordinator()], "address");
}

DateTime PoolService::date() const {
    const auto passed = agenda_.now().time_since_epoch();
    return {started_at_.seconds + std::chrono::duration_cast<std::chrono::seconds>(passed).count()};
}

void PoolService::handle(std::string_view method, Handler handler) {
    VACATE_CHECK(target_of(method).has_value(), "a handler is for a message of the schema");
    handlers_.insert_or_assign(std::string(method), std::move(handler));
}

void PoolService::set_listening(std::size_t host, bool listening) {
    listening_[host] = listening;
    if (!listening) drop_connections(host);
}

void PoolService::drop_connections(std::size_t host) {
    std::vector<Reply> closed;
    std::erase_if(pending_, [&](auto& each) {
        if (each.second.host != host) return false;
        closed.push_back(std::move(each.second.reply));
        return true;
    });
    for (const Reply& reply : closed) reply(std::nullopt);
}

void PoolService::forget_volatile() {
    events_.clear();
    tasks_.clear();
    sessions_.clear();
}

std::optional<PoolService::Target> PoolService::target_of(std::string_view method) const {
    Target target;
    if (method.starts_with("Async.")) {
        target.async = true;
        method.remove_prefix(6);
    }
    const std::size_t dot = method.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto index = database_.schema().find(method.substr(0, dot));
    if (!index) return std::nullopt;
    target.class_index = *index;
    target.of = &database_.schema()[*index];
    target.message = target.of->find_message(method.substr(dot + 1));
    if (target.message == nullptr) return std::nullopt;
    const bool plain = std::ranges::find(never_async, target.of->name) != std::end(never_async) ||
                       target.message->derived != Derived::own;
    // Setters with a message of their own have an Async form in xapi; they stay without here.
    if (target.async && plain) return std::nullopt;
    return target;
}

/// Remembers the connection, so that it can be closed under a call that is being carried out.
Done PoolService::answer_later(std::size_t host, Reply reply) {
    const std::uint64_t id = next_call_++;
    pending_.emplace(id, Pending{host, std::move(reply)});
    return [this, id](Answer answer) {
        const auto found = pending_.find(id);
        if (found == pending_.end()) return;
        const Reply given = std::move(found->second.reply);
        pending_.erase(found);
        given(std::optional<Answer>(std::move(answer)));
    };
}

void PoolService::call(Call call, Reply reply) {
    const std::size_t host = call.host;
    VACATE_CHECK(host < hosts_.size(), "a call comes to a host of the pool");
    dispatch(call, answer_later(host, std::move(reply)));
}

/// In the order of xapi's server: the method, the count, the types, the session, the role, the
/// objects.
void PoolService::dispatch(const Call& call, const Done& done) {
    if (gate_) {
        if (auto refused = gate_(call.host, call.method)) {
            refused->before_dispatch = true;
            done(tl::unexpected(std::move(*refused)));
            return;
        }
    }
    if (call.method == "system.listMethods") {
        done(method_names(database_.schema()));
        return;
    }
    const std::optional<Target> target = target_of(call.method);
    if (!target) {
        done(failure({"MESSAGE_METHOD_UNKNOWN", call.method}));
        return;
    }
    Caller caller;
    caller.method = target->of->name + "." + target->message->name;
    caller.host = call.host;
    const auto arguments = arguments_of(*target, call);
    if (!arguments) {
        done(tl::unexpected(arguments.error()));
        return;
    }
    std::optional<Failure> refused = check_session(*target, call, caller);
    if (!refused) refused = check_role(*target, caller, *arguments);
    if (!refused) refused = check_references(*target, *arguments);
    if (refused) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    run(*target, std::move(caller), *arguments, done);
}

tl::expected<Array, Failure> PoolService::arguments_of(const Target& target,
                                                       const Call& call) const {
    const Message& message = *target.message;
    const std::size_t first = message.needs_session ? 1 : 0;
    const std::size_t most = message.parameters.size() + first;
    std::size_t least = 0;
    for (const Parameter& each : message.parameters) least += each.otherwise ? 0 : 1;
    const std::size_t given = call.parameters.size();
    if (given < least + first || given > most) {
        const std::string method = target.of->name + "." + message.name;
        const auto received = static_cast<std::int64_t>(given) - static_cast<std::int64_t>(first);
        return failure({"MESSAGE_PARAMETER_COUNT_MISMATCH", method, std::to_string(least),
                        std::to_string(received)});
    }
    Array arguments;
    for (std::size_t i = 0; i < message.parameters.size(); ++i) {
        const Parameter& parameter = message.parameters[i];
        if (i + first >= given) {
            arguments.push_back(*parameter.otherwise);
            continue;
        }
        auto value = database_.schema().convert(parameter.type, call.parameters[i + first]);
        if (!value) return failure({"INTERNAL_ERROR", value.error()});
        arguments.push_back(std::move(*value));
    }
    return arguments;
}

std::optional<Failure> PoolService::check_session(const Target& target, const Call& call,
                                                  Caller& caller) {
    if (!target.message->needs_session) return std::nullopt;
    const auto* ref = std::get_if<std::string>(&call.parameters[0].of);
    const Session* session = ref == nullptr ? nullptr : sessions_.use(*ref, agenda_.now());
    const bool of_member = works_in_emergency(caller.method);
    if (session == nullptr || (session->local && !of_member)) {
        // A member hands the call on, and the coordinator's refusal comes from there.
        return Failure{{"SESSION_INVALID", ref == nullptr ? std::string() : *ref},
                       call.host != coordinator()};
    }
    caller.session = *ref;
    caller.role = session->role;
    return std::nullopt;
}

std::optional<Failure> PoolService::check_role(const Target& target, const Caller& caller,
                                               const Array& arguments) const {
    if (!target.message->needs_session) return std::nullopt;
    Role needed = needed_role(*target.of, *target.message);
    const bool reads = target.message->name.starts_with("get_") || arguments.empty();
    if (target.of->name == "task" && !reads && target.message->name != "create" &&
        !tasks_.owned(reference_of(arguments[0]), caller.session)) {
        needed = Role::pool_operator;
    }
    if (caller.role >= needed) return std::nullopt;
    return denied(caller.method, needed);
}

std::optional<Failure> PoolService::check_references(const Target& target,
                                                     const Array& arguments) const {
    const std::vector<Parameter>& parameters = target.message->parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].type.kind != Type::Kind::reference) continue;
        const std::string ref = reference_of(arguments[i]);
        // Behind the first parameter a null reference means "none".
        if (i > 0 && (ref == null_ref || ref.empty())) continue;
        if (database_.find(parameters[i].type.name, ref) != nullptr) continue;
        return Failure{{"HANDLE_INVALID", parameters[i].type.name, ref}};
    }
    return std::nullopt;
}

/// The Async form: a task is the answer, and what the method answers becomes the task's.
void PoolService::run(const Target& target, Caller caller, const Array& arguments,
                      const Done& done) {
    if (!target.async) {
        carry_out(target, caller, arguments, done);
        return;
    }
    caller.task =
        tasks_.create("Async." + caller.method, "", hosts_[coordinator()], caller.session);
    done(text(caller.task));
    const std::string task = caller.task;
    carry_out(target, caller, arguments,
              [this, task](const Answer& answer) { tasks_.finish(task, answer); });
}

void PoolService::carry_out(const Target& target, const Caller& caller, const Array& arguments,
                            const Done& done) {
    if (const auto handler = handlers_.find(caller.method); handler != handlers_.end()) {
        handler->second(caller, arguments, done);
        return;
    }
    if (target.message->derived == Derived::own) {
        done(failure({"NOT_IMPLEMENTED", caller.method}));
        return;
    }
    done(call_on_field(database_, target.class_index, *target.message, arguments));
}

void PoolService::act(std::string_view method, const Array& arguments, const Done& done) {
    const std::optional<Target> target = target_of(method);
    VACATE_CHECK(target.has_value(), "the toolstack calls messages of the schema");
    Caller caller;
    caller.method = std::string(method);
    caller.host = coordinator();
    caller.role = Role::pool_admin;
    carry_out(*target, caller, arguments, done);
}

void PoolService::set_addresses(const std::vector<std::string>& addresses, std::uint16_t port,
                                bool tls) {
    port_ = port;
    tls_ = tls;
    for (std::size_t i = 0; i < std::min(hosts_.size(), addresses.size()); ++i) {
        database_.set(hosts_[i], "address", text(addresses[i]));
        for (const std::string& pif : database_.set_of(hosts_[i], "PIFs")) {
            if (database_.flag_of(pif, "management")) database_.set(pif, "IP", text(addresses[i]));
        }
    }
}

void PoolService::serve(std::string_view path, Pages pages, bool of_host) {
    served_.insert_or_assign(std::string(path), Served{std::move(pages), of_host});
}

namespace {

/// A text as a part of a query.
std::string in_query(std::string_view text) {
    static constexpr std::string_view plain = "-._~:";
    std::string out;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos) {
            out.push_back(c);
        } else {
            out += {'%', "0123456789ABCDEF"[code >> 4], "0123456789ABCDEF"[code & 15]};
        }
    }
    return out;
}

}  // namespace

/// To the same path of the coordinator.
Page PoolService::redirect(const Download& download) const {
    std::string target = (tls_ ? "https://" : "http://") + coordinator_address();
    if (port_ != 0) target += ":" + std::to_string(port_);
    target += download.path;
    char mark = '?';
    for (const auto& [key, value] : download.query) {
        target += mark + in_query(key) + "=" + in_query(value);
        mark = '&';
    }
    return {302, "text/html", target, ""};
}

/// Of a session, or else of who gives name and password.
std::optional<Role> PoolService::role_of(const Download& download) {
    for (const auto& [key, value] : download.query) {
        if (key != "session_id") continue;
        const Session* session = sessions_.use(value, agenda_.now());
        if (session == nullptr || session->local) return std::nullopt;
        return session->role;
    }
    const User* user = sessions_.authenticate(download.user, download.password);
    return user == nullptr ? std::nullopt : std::optional(user->role);
}

/// At once, or as late as a login when a password was tried.
void PoolService::refuse_download(const Download& download, PageReply reply) {
    const Page refused{401, "text/html", "", "<html><body><h1>401 Unauthorised</h1></body></html>"};
    const bool by_session = std::ranges::any_of(
        download.query, [](const auto& each) { return each.first == "session_id"; });
    if (by_session || (download.user.empty() && download.password.empty())) {
        reply(refused);
        return;
    }
    const Done late =
        answer_later(download.host, [refused, reply = std::move(reply)](const auto& due) {
            reply(due ? std::optional(refused) : std::nullopt);
        });
    agenda_.after(login_refusal_, [late] { late(Value{}); });
}

void PoolService::get(const Download& download, PageReply reply) {
    if (gate_ && gate_(download.host, "")) {
        reply(Page{500, "text/html", "", "<html><body><h1>500 Not ready</h1></body></html>"});
        return;
    }
    const auto served = std::ranges::find_if(
        served_, [&](const auto& each) { return download.path.starts_with(each.first); });
    if (served == served_.end() || download.verb != "GET") {
        reply(Page{404, "text/html", "", "<html><body><h1>404 Not Found</h1></body></html>"});
        return;
    }
    if (!served->second.of_host && download.host != coordinator()) {
        reply(redirect(download));
        return;
    }
    const std::optional<Role> role = role_of(download);
    if (!role) {
        refuse_download(download, std::move(reply));
    } else if (*role < Role::pool_admin) {
        reply(Page{403, "text/html", "", "<html><body><h1>403 Forbidden</h1></body></html>"});
    } else {
        reply(served->second.pages(download));
    }
}

/// Source: xapi, ocaml/xapi/pool_db_backup.ml:28: the flag decides, not the versions.
Page PoolService::dump_page() const {
    const auto& other = std::get<Struct>(database_.get(pool_, "other_config").of);
    const bool mixed = std::ranges::any_of(
        other, [](const Member& each) { return each.name == "rolling_upgrade_in_progress"; });
    return {200, "text/xml", "", mixed ? empty_dump() : dump(database_)};
}

}  // namespace vacate::poolserver
