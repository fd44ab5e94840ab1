// A session with a pool: logs in, follows the coordinator, and tells what became of each call.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/xapi/http.hpp"
#include "tools/xapi/problem.hpp"
#include "tools/xapi/record.hpp"
#include "tools/xapi/secret.hpp"

namespace vacate::xapi {

/// Where else a pool answers: its hosts, as far as they are known. All connections of a run share
/// one; any thread may use it.
class KnownHosts {
  public:
    void add(const Endpoint& endpoint);
    [[nodiscard]] std::vector<Endpoint> all() const;

  private:
    mutable std::mutex mutex_;
    std::vector<Endpoint> endpoints_;
};

/// How to reach a pool and log in.
struct Access {
    Endpoint endpoint;  // of any host
    std::string user = "root";
    std::shared_ptr<const Secret> password;
    std::shared_ptr<Trust> trust;
    // Asked in turn when the endpoint is down or does not lead to a coordinator; may be null.
    std::shared_ptr<KnownHosts> others = std::make_shared<KnownHosts>();
};

/// What a call does when nobody knows whether it arrived.
enum class Manner {
    reads,  // changes nothing: it may be sent again
    acts,   // is sent at most once
};

/// One session over one connection, for one thread, stop() apart.
///
/// Every method that takes a session gets it as its first parameter by itself. A session that has
/// ended is renewed and the call sent again, as is one that met a member instead of the
/// coordinator: neither had been carried out. Once the coordinator cannot be reached, the next
/// call logs in anew: there, at the address given, or at any other host that is known.
class Client {
  public:
    explicit Client(Access access);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Calls a method. JSON-RPC, and XML-RPC with a pool that does not know it.
    [[nodiscard]] CallResult call(std::string_view method, Array parameters,
                                  Manner manner = Manner::reads,
                                  std::chrono::milliseconds time = std::chrono::minutes(1));

    /// GET of one of XAPI's handlers at the coordinator: "/pool/xmldbdump". What comes goes to
    /// `sink`. Fails: also when the status is not 200.
    [[nodiscard]] tl::expected<void, CallProblem> download(const std::string& path,
                                                           const Http::Sink& sink,
                                                           const HttpLimits& limits);

    /// Ends what is under way and all that follows; from any thread.
    void stop();
    /// Notes where the hosts of this pool answer: addresses as the pool tells them.
    void learn(const std::vector<std::string>& addresses);
    /// Where the pool answered last.
    [[nodiscard]] const Endpoint& endpoint() const;
    /// Counts logins: another number, another session.
    [[nodiscard]] std::uint64_t sessions() const { return sessions_; }
    /// True once the pool answered by XML-RPC only.
    [[nodiscard]] bool speaks_xml() const { return xml_; }

  private:
    [[nodiscard]] tl::expected<void, CallProblem> log_in();
    [[nodiscard]] CallResult introduce();
    [[nodiscard]] CallResult introduce_at(const Endpoint& first, std::vector<Endpoint>& tried);
    [[nodiscard]] std::vector<Endpoint> candidates();
    [[nodiscard]] std::optional<CallProblem> secrecy() const;
    [[nodiscard]] CallResult send(std::string_view method, const Array& parameters, Manner manner,
                                  std::chrono::milliseconds time);
    [[nodiscard]] CallResult answer_of(const HttpResult& reply);
    [[nodiscard]] bool follow(const CallProblem& problem);
    void connect(Endpoint endpoint);
    void log_out();

    Access access_;
    std::shared_ptr<Http> http_;
    std::mutex http_mutex_;  // of the pointer, which stop() reads
    std::atomic<bool> stopped_ = false;
    std::string session_;
    std::uint64_t sessions_ = 0;
    std::size_t turn_ = 0;  // which of the other hosts is asked first
    bool xml_ = false;
};

/// True when the problem says that a session has ended.
[[nodiscard]] bool is_session_lost(const CallProblem& problem);

}  // namespace vacate::xapi
