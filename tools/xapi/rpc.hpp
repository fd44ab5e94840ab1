// Calls and answers as a client writes and reads them: JSON-RPC 2 and XML-RPC.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/xapi/problem.hpp"

namespace vacate::xapi {

[[nodiscard]] std::string json_call(std::string_view method, const Array& parameters);
[[nodiscard]] std::string xml_call(std::string_view method, const Array& parameters);

/// Reads the answer to a call: its result, or the refusal.
///
/// Takes errors of JSON-RPC 1 and 2, and those that come as an array before dispatch.
/// Fails: lost, when it is no answer.
/// Source: ocaml-rpc; xapi, ocaml/xapi/api_server.ml.
[[nodiscard]] CallResult read_json_answer(std::string_view body);
[[nodiscard]] CallResult read_xml_answer(std::string_view body);

}  // namespace vacate::xapi
