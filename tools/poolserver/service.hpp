// What the transports hand to the pool, and what the pool answers: no sockets, no wire format.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "model/units.hpp"
#include "tools/poolserver/value.hpp"

namespace vacate::poolserver {

/// An error as XAPI gives it: a code and its parameters; without a code an HTTP status 500, which
/// is all that a toolstack gives before it is ready.
struct Failure {
    std::vector<std::string> description;  // the code first
    bool before_dispatch = false;          // JSON-RPC 2 then carries it as an array
    friend bool operator==(const Failure&, const Failure&) = default;
};

using Answer = tl::expected<Value, Failure>;
/// Called exactly once, at once or later; a nullopt closes the connection without an answer.
using Reply = std::function<void(std::optional<Answer>)>;

/// One remote call.
struct Call {
    std::string method;  // "VM.pool_migrate", "Async.VM.pool_migrate"
    Array parameters;    // the session first, where the method takes one
    std::size_t host;    // whose address it came to: index of the pool's hosts
    friend bool operator==(const Call&, const Call&) = default;
};

/// An HTTP GET or PUT of one of XAPI's handlers, such as /pool/xmldbdump.
struct Download {
    std::string path;
    std::vector<std::pair<std::string, std::string>> query;
    std::size_t host;
    std::string verb = "GET";  // or PUT
    std::string body = {};     // of a PUT
    std::string user = {};     // by HTTP's own authentication; empty: none was tried
    std::string password = {};
};
struct Page {
    int status = 200;
    std::string type;      // media type
    std::string location;  // for a redirection
    std::string body;
};
/// Called exactly once, as a Reply is.
using PageReply = std::function<void(std::optional<Page>)>;

/// The pool behind the transports. Everything happens on one thread.
///
/// Time is the pool's own, in µs since it was started: whoever owns the clock calls advance()
/// before each call and whenever next_at() has come, however fast that clock runs.
class Service {
  public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    /// True while the host's management interface accepts connections.
    [[nodiscard]] virtual bool listens(std::size_t host) const = 0;
    virtual void call(Call call, Reply reply) = 0;
    virtual void get(const Download& download, PageReply reply) = 0;

    /// Lets everything happen that is due until `now`, in order. Requires: time never goes back.
    virtual void advance(Instant now) = 0;
    /// Told now and then how long the server has run by the wall, for what must not depend on
    /// how fast the pool's time runs.
    virtual void note_wall(Instant wall) = 0;
    /// When something will happen by itself; nothing: never.
    [[nodiscard]] virtual std::optional<Instant> next_at() const = 0;
};

}  // namespace vacate::poolserver
