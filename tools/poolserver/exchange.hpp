// One HTTP request to the pool and its answer, without sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

struct HttpRequest {
    std::string verb;    // POST, GET, PUT, OPTIONS
    std::string target;  // "/pool/xmldbdump?session_id=..."
    std::string body;
    bool has_length = false;         // whether it came with a Content-Length
    std::string wanted_headers;      // Access-Control-Request-Headers of an OPTIONS
    std::string authorization = {};  // the header of that name
};

struct HttpAnswer {
    unsigned status = 200;
    std::string reason = "OK";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool close = false;      // the connection ends with it
    bool unbounded = false;  // without a Content-Length: the end of the connection ends it
};
using AnswerHttp = std::function<void(std::optional<HttpAnswer>)>;

/// The path and the decoded query of a target.
struct Target {
    std::string path;
    std::vector<std::pair<std::string, std::string>> query;
    friend bool operator==(const Target&, const Target&) = default;
};
[[nodiscard]] Target read_target(std::string_view target);

/// Hands a request that came to `host` to the pool.
///
/// POST to /jsonrpc is JSON-RPC and elsewhere XML-RPC; to /json it is what the body begins like.
/// Paths match by prefix. A body that is no call gets a page with status 500, as does one without
/// a Content-Length. GET and PUT go to Service::get(), whose pages end with the connection.
///
/// Without `json_rpc` every POST is XML-RPC, and what is none gets a refusal in XML: so answer
/// hosts from before JSON-RPC.
///
/// Requires: `answer` lives until it was called; that happens once, at once or later, and a
///           nullopt means to close the connection without an answer.
/// Source:   xapi, ocaml/xapi/api_server.ml and ocaml/libs/http-lib/http_svr.ml.
void exchange(Service& service, std::size_t host, HttpRequest request, AnswerHttp answer,
              bool json_rpc = true);

/// The page that refuses a request, and with it the connection.
[[nodiscard]] HttpAnswer error_page(unsigned status, std::string_view sentence);

}  // namespace vacate::poolserver
