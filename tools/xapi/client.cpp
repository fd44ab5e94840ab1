// Logging in, redirects and the fall-back to XML-RPC.
#include "tools/xapi/client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tools/xapi/rpc.hpp"

namespace vacate::xapi {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view login_method = "session.login_with_password";
constexpr int hops_max = 3;              // from member to member until the coordinator
constexpr milliseconds farewell{1'000};  // for a logout that nobody waits for
constexpr milliseconds login_time{30'000};

CallProblem problem_of(const HttpProblem& problem) {
    using From = HttpProblem::Kind;
    using To = CallProblem::Kind;
    CallProblem result;
    result.sentence = problem.sentence;
    result.remedy = problem.remedy;
    switch (problem.kind) {
        case From::untrusted:
            result.kind = To::untrusted;
            break;
        case From::not_sent:
            result.kind = To::unreachable;
            break;
        case From::stopped:
            result.kind = To::stopped;
            break;
        case From::lost:
        case From::too_long:
            result.kind = To::lost;
            break;
    }
    return result;
}

CallProblem not_ready(const Endpoint& endpoint, int status) {
    CallProblem problem;
    problem.sentence = place_of(endpoint) + " answers with HTTP status " + std::to_string(status) +
                       (status == 500 ? ": its toolstack is not ready" : "");
    return problem;
}

/// A toolstack that is dying may have taken what it answers with an error of the server.
CallResult unsure(CallResult answer, bool once) {
    if (once && !answer) answer.error().kind = CallProblem::Kind::lost;
    return answer;
}

/// Drops the last parameter when an older host knows fewer: those that came later have defaults.
bool leaves_out_one(const CallProblem& problem, Array& parameters) {
    const bool too_many =
        problem.code == "MESSAGE_PARAMETER_COUNT_MISMATCH" && problem.parameters.size() == 3 &&
        number_of(wire::text(problem.parameters[1])) < number_of(wire::text(problem.parameters[2]));
    if (!too_many || parameters.size() < 2) return false;
    parameters.pop_back();
    return true;
}

}  // namespace

bool is_session_lost(const CallProblem& problem) {
    if (problem.kind != CallProblem::Kind::refused) return false;
    return problem.code == "SESSION_INVALID" ||
           (problem.code == "HANDLE_INVALID" && !problem.parameters.empty() &&
            problem.parameters.front() == "session");
}

void KnownHosts::add(const Endpoint& endpoint) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(endpoints_, endpoint) == endpoints_.end()) endpoints_.push_back(endpoint);
}

std::vector<Endpoint> KnownHosts::all() const {
    const std::lock_guard lock(mutex_);
    return endpoints_;
}

Client::Client(Access access) : access_(std::move(access)) { connect(access_.endpoint); }

Client::~Client() {
    log_out();
    wipe(session_);
}

const Endpoint& Client::endpoint() const { return http_->endpoint(); }

void Client::connect(Endpoint endpoint) {
    const std::lock_guard lock(http_mutex_);
    http_ = std::make_shared<Http>(std::move(endpoint), access_.trust);
    if (stopped_) http_->stop();
    xml_ = false;
    wipe(session_);
}

void Client::stop() {
    const std::lock_guard lock(http_mutex_);
    stopped_ = true;
    http_->stop();
}

void Client::log_out() {
    if (session_.empty()) return;
    // Should it not arrive, the session ends by itself after a day. What was given up stays so:
    // this is a connection of its own.
    Http http(http_->endpoint(), access_.trust);
    const Array parameters{wire::text(session_)};
    const std::string body =
        xml_ ? xml_call("session.logout", parameters) : json_call("session.logout", parameters);
    HttpLimits limits;
    limits.time = farewell;
    limits.connect = farewell;
    (void)http.post(xml_ ? "/" : "/jsonrpc", xml_ ? "text/xml" : "application/json", body, true,
                    limits);
}

CallResult Client::answer_of(const HttpResult& reply) {
    if (!reply) return tl::unexpected(problem_of(reply.error()));
    if (reply->status != 200) return tl::unexpected(not_ready(http_->endpoint(), reply->status));
    return xml_ ? read_xml_answer(reply->body) : read_json_answer(reply->body);
}

CallResult Client::send(std::string_view method, const Array& parameters, Manner manner,
                        milliseconds time) {
    HttpLimits limits;
    limits.time = time;
    const bool once = manner == Manner::acts;
    if (!xml_) {
        std::string body = json_call(method, parameters);
        const HttpResult reply = http_->post("/jsonrpc", "application/json", body, once, limits);
        wipe(body);
        if (!reply || reply->status == 200) {
            if (!reply || reply->type != "text/xml") return answer_of(reply);
        } else if (reply->status >= 500 && method != login_method) {
            return unsure(answer_of(reply), once);
        }
        // It may be one that does not know JSON-RPC: those answer in XML, or that there is no such
        // place, or that the call is malformed. A toolstack that is not ready answers so too.
        xml_ = true;
        CallResult answer = send(method, parameters, manner, time);
        xml_ = answer || answer.error().kind == CallProblem::Kind::refused;
        return answer;
    }
    std::string body = xml_call(method, parameters);
    const HttpResult reply = http_->post("/", "text/xml", body, once, limits);
    wipe(body);
    const bool failed = reply && reply->status >= 500 && method != login_method;
    return failed ? unsure(answer_of(reply), once) : answer_of(reply);
}

/// Turns to the coordinator that a member named. False: it named none.
bool Client::follow(const CallProblem& problem) {
    if (problem.kind != CallProblem::Kind::refused || problem.code != "HOST_IS_SLAVE") return false;
    if (problem.parameters.empty()) return false;
    const auto endpoint = coordinator_at(http_->endpoint(), problem.parameters.front());
    if (!endpoint || *endpoint == http_->endpoint()) return false;
    connect(*endpoint);
    return true;
}

/// Where to log in, in the order to try: where the pool answered last, where we were told to, and
/// the other hosts, another one first each time.
std::vector<Endpoint> Client::candidates() {
    std::vector<Endpoint> others =
        access_.others == nullptr ? std::vector<Endpoint>{} : access_.others->all();
    if (!others.empty()) {
        const std::size_t first = turn_++ % others.size();
        std::rotate(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(first),
                    others.end());
    }
    others.insert(others.begin(), {http_->endpoint(), access_.endpoint});
    return others;
}

/// What forbids to send the password where the client is connected.
std::optional<CallProblem> Client::secrecy() const {
    const Endpoint& place = http_->endpoint();
    if (place.tls || (access_.trust->options().insecure_http && is_loopback(place))) return {};
    CallProblem problem;
    problem.kind = CallProblem::Kind::untrusted;
    problem.sentence = "the password is not sent to " + url_of(place) + " without TLS";
    problem.remedy = "use https://; --insecure-http allows it on this machine itself";
    return problem;
}

/// Sends the login to one host, or to whom it names as coordinator.
CallResult Client::introduce_at(const Endpoint& first, std::vector<Endpoint>& tried) {
    if (first != http_->endpoint()) connect(first);
    Array parameters{wire::text(access_.user), wire::text(access_.password->reveal()),
                     wire::text("1.0"), wire::text("vacate")};
    CallResult session;
    for (int hop = 0; hop <= hops_max; ++hop) {
        tried.push_back(http_->endpoint());
        if (auto forbidden = secrecy()) {
            session = tl::unexpected(std::move(*forbidden));
            break;
        }
        session = send(login_method, parameters, Manner::acts, login_time);
        if (session) break;
        if (leaves_out_one(session.error(), parameters)) continue;
        if (!follow(session.error())) break;
        // Whoever has failed already is not asked again because another one names it.
        if (std::ranges::find(tried, http_->endpoint()) != tried.end()) break;
    }
    if (auto* const words = std::get_if<std::string>(&parameters[1].of)) wipe(*words);
    return session;
}

/// Logs in wherever that succeeds.
CallResult Client::introduce() {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<Endpoint> tried;
    std::optional<CallProblem> first;
    for (const Endpoint& place : candidates()) {
        if (std::ranges::find(tried, place) != tried.end()) continue;
        CallResult session = introduce_at(place, tried);
        if (session) return session;
        CallProblem& problem = session.error();
        // A password is not tried out on one host after the other.
        const bool decides = problem.kind == CallProblem::Kind::stopped ||
                             problem.code == "SESSION_AUTHENTICATION_FAILED";
        if (decides) return session;
        if (!first) first = std::move(problem);
        // The next call goes on with the others.
        if (std::chrono::steady_clock::now() - begun > login_time) break;
    }
    if (http_->endpoint() != access_.endpoint) connect(access_.endpoint);
    if (tried.size() > 1) {
        first->sentence += "; neither do " + std::to_string(tried.size() - 1) +
                           " more addresses of the pool lead to its coordinator";
    }
    return tl::unexpected(std::move(*first));
}

tl::expected<void, CallProblem> Client::log_in() {
    if (!session_.empty()) return {};
    CallResult session = introduce();
    if (session) {
        session_ = text_of(*session);
        ++sessions_;
        return {};
    }
    if (session.error().code == "SESSION_AUTHENTICATION_FAILED") {
        session.error().sentence = place_of(http_->endpoint()) + " does not accept user " +
                                   access_.user + " with this password";
        session.error().remedy = "give the right --user and password (--password-file FILE)";
    }
    return tl::unexpected(std::move(session.error()));
}

void Client::learn(const std::vector<std::string>& addresses) {
    if (access_.others == nullptr) return;
    for (const std::string& address : addresses) {
        const auto endpoint = coordinator_at(http_->endpoint(), address);
        if (endpoint) access_.others->add(*endpoint);
    }
}

CallResult Client::call(std::string_view method, Array parameters, Manner manner,
                        milliseconds time) {
    parameters.insert(parameters.begin(), Value{});
    for (int hop = 0;; ++hop) {
        if (auto logged_in = log_in(); !logged_in) {
            // A login that got lost has changed nothing of the pool.
            CallProblem problem = std::move(logged_in.error());
            if (problem.kind == CallProblem::Kind::lost) {
                problem.kind = CallProblem::Kind::unreachable;
            }
            return tl::unexpected(std::move(problem));
        }
        parameters.front() = wire::text(session_);
        CallResult result = send(method, parameters, manner, time);
        if (result || hop >= hops_max) return result;
        // Another host may be coordinator by now.
        if (result.error().kind == CallProblem::Kind::unreachable) wipe(session_);
        if (is_session_lost(result.error())) {
            wipe(session_);
            continue;
        }
        if (follow(result.error())) continue;
        if (leaves_out_one(result.error(), parameters)) continue;
        return result;
    }
}

tl::expected<void, CallProblem> Client::download(const std::string& path, const Http::Sink& sink,
                                                 const HttpLimits& limits) {
    // Any call shows whether the session is good, and follows the coordinator.
    const CallResult asked = call("pool.get_all", {});
    if (!asked && asked.error().kind != CallProblem::Kind::refused) {
        return tl::unexpected(asked.error());
    }
    const HttpResult reply = http_->get(path + "?session_id=" + session_, sink, limits);
    if (!reply) return tl::unexpected(problem_of(reply.error()));
    if (reply->status == 200) return {};
    CallProblem problem = not_ready(http_->endpoint(), reply->status);
    if (reply->status == 401 || reply->status == 403) {
        problem = refused({"RBAC_PERMISSION_DENIED", "GET " + path});
        problem.remedy = "the user needs the role pool-admin";
    }
    return tl::unexpected(std::move(problem));
}

}  // namespace vacate::xapi
