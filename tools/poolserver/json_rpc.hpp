// Calls and answers as JSON-RPC 1 and 2, in the dialect of xapi.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

struct JsonCall {
    Call call;
    bool second = false;  // JSON-RPC 2
    Value id;             // a number or a text, given back with the answer
    friend bool operator==(const JsonCall&, const JsonCall&) = default;
};

/// Reads a call that came to `host`.
///
/// Texts stay texts, also where the method wants a number or a moment. In version 2 parameters
/// may be absent, or one object that is then the only parameter. There are no notifications.
///
/// Fails:  with a sentence for the page that answers a malformed body.
/// Source: ocaml-rpc, src/lib/jsonrpc.ml.
[[nodiscard]] tl::expected<JsonCall, std::string> read_json_call(std::string_view body,
                                                                 std::size_t host);

/// Writes the answer to `call`, byte for byte as xapi does where a number has one spelling.
///
/// A failure before dispatch is an array in version 2, with id 0, whatever the call said.
///
/// Source: ocaml-rpc, src/lib/jsonrpc.ml; xapi, ocaml/xapi/api_server.ml.
[[nodiscard]] std::string print_json_answer(const JsonCall& call, const Answer& answer);

}  // namespace vacate::poolserver
