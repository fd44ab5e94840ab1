// Calls and answers as XML-RPC, in the dialect of xapi.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// Reads a methodCall that came to `host`.
///
/// A value without a type is a text, and so is a dateTime that is none. Of booleans only "1" is
/// true.
///
/// Fails:  with a sentence for the page that answers a malformed body.
/// Source: ocaml-rpc, src/lib/xmlrpc.ml; stricter where expat is, and about numbers.
[[nodiscard]] tl::expected<Call, std::string> read_xml_call(std::string_view body,
                                                            std::size_t host);

/// Writes the methodResponse to a call of `method`, byte for byte as xapi does, except that the
/// names of members are escaped too. Control characters are lost, and a carriage return reads as
/// the end of a line, as with xapi.
///
/// A failure before dispatch looks like any other here. system.listMethods answers without the
/// struct that says whether it went well.
///
/// Source: ocaml-rpc, src/lib/xmlrpc.ml; xapi, ocaml/xapi/api_server.ml.
[[nodiscard]] std::string print_xml_answer(std::string_view method, const Answer& answer);

}  // namespace vacate::poolserver
