// Which format an input is in, by its first letter.
#include "model/codec/ganeti.hpp"
#include "model/codec/scenario.hpp"
#include "model/codec/xapi_dump.hpp"
#include "model/limits.hpp"

namespace vacate {
namespace {

/// What is behind a byte order mark and white space.
std::string_view body_of(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

}  // namespace

Result<Scenario> read_any(std::string_view text, const std::string& source,
                          const Overrides& overrides) {
    if (text.size() > limits::input_bytes) {
        return tl::unexpected<Error>(
            bad_input(source, "", "the input has more than 256 MiB", "describe a smaller pool"));
    }
    const std::string_view body = body_of(text);
    if (body.empty()) {
        return tl::unexpected<Error>(
            bad_input(source, "", "there is nothing in it",
                      "give a scenario, a XAPI database dump or a Ganeti htools text"));
    }
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        return tl::unexpected<Error>(
            bad_input(source, "", "the text is in UTF-16", "save it as UTF-8"));
    }
    if (body.front() == '{' || body.front() == '[') return read_scenario(text, source, overrides);
    const Result<std::string> scenario = body.front() == '<' ? scenario_from_xapi_dump(body, source)
                                                             : scenario_from_ganeti(body, source);
    if (!scenario) return tl::unexpected<Error>(scenario.error());
    return read_scenario(*scenario, source, overrides);
}

}  // namespace vacate
