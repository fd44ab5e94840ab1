// A session with a pool: logs in, follows the coordinator, and tells what became of each call.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tools/xapi/http.hpp"
#include "tools/xapi/problem.hpp"
#include "tools/xapi/record.hpp"
#include "tools/xapi/secret.hpp"

namespace vacate::xapi {

/// How to reach a pool and log in.
struct Access {
    Endpoint endpoint;  // of any host
    std::string user = "root";
    std::shared_ptr<const Secret> password;
    std::shared_ptr<Trust> trust;
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
/// coordinator: neither had been carried out.
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
    /// Where the pool answered last.
    [[nodiscard]] const Endpoint& endpoint() const;
    /// Counts logins: another number, another session.
    [[nodiscard]] std::uint64_t sessions() const { return sessions_; }
    /// True once the pool answered by XML-RPC only.
    [[nodiscard]] bool speaks_xml() const { return xml_; }

  private:
    [[nodiscard]] tl::expected<void, CallProblem> log_in();
    [[nodiscard]] CallResult introduce(Array& parameters);
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
    bool xml_ = false;
};

/// True when the problem says that a session has ended.
[[nodiscard]] bool is_session_lost(const CallProblem& problem);

}  // namespace vacate::xapi
