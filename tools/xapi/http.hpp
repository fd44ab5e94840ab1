// HTTP to one host of a pool, over TLS that is never silently off, and with a limit on everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/xapi/endpoint.hpp"
#include "tools/xapi/trust.hpp"

namespace vacate::xapi {

struct HttpReply {
    int status = 0;
    std::string type;      // media type, in lower case
    std::string location;  // of a redirection
    std::string body;
    friend bool operator==(const HttpReply&, const HttpReply&) = default;
};

/// Why there is no reply.
struct HttpProblem {
    enum class Kind {
        untrusted,  // the certificate was refused, nothing was sent
        not_sent,   // nobody answered there
        lost,       // it may have arrived; the reply did not
        too_long,   // the reply is longer than asked for
        stopped,    // by stop()
    };
    Kind kind = Kind::not_sent;
    std::string sentence;
    std::string remedy;
    friend bool operator==(const HttpProblem&, const HttpProblem&) = default;
};
using HttpResult = tl::expected<HttpReply, HttpProblem>;

struct HttpLimits {
    std::chrono::milliseconds time{60'000};  // from the beginning to the end
    std::chrono::milliseconds connect{10'000};
    std::size_t bytes = std::size_t{256} << 20;  // of a body
    friend bool operator==(const HttpLimits&, const HttpLimits&) = default;
};

/// One connection, kept open between requests and opened again when need be. For one thread,
/// stop() apart.
class Http {
  public:
    /// Requires: `trust` is not null.
    Http(Endpoint endpoint, std::shared_ptr<Trust> trust);
    ~Http();
    Http(const Http&) = delete;
    Http& operator=(const Http&) = delete;

    /// `once`: on a new connection, so that nothing ever sends it a second time.
    [[nodiscard]] HttpResult post(const std::string& path, const std::string& type,
                                  const std::string& body, bool once, const HttpLimits& limits);
    /// Hands the body to `sink` piece by piece, where the status is 200; a sink that returns
    /// false ends it as too_long.
    using Sink = std::function<bool(std::string_view)>;
    [[nodiscard]] HttpResult get(const std::string& path, const Sink& sink,
                                 const HttpLimits& limits);

    /// Ends what is under way and all that follows; from any thread.
    void stop();
    [[nodiscard]] const Endpoint& endpoint() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace vacate::xapi
