// libFuzzer target: a scenario, one --set and a defaults file, divided by zero bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/check.hpp"
#include "model/codec/scenario.hpp"
#include "model/limits.hpp"

namespace {

/// The text in front of the next zero byte, taken off.
std::string_view take_piece(std::string_view& rest) {
    const std::size_t end = rest.find('\0');
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return piece;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vacate;
    std::string_view rest(size == 0 ? "" : reinterpret_cast<const char*>(data), size);
    const std::string_view text = take_piece(rest);
    const bool has_set = !rest.empty();
    const std::string_view set = take_piece(rest);
    Overrides overrides;
    if (has_set) overrides.sets.emplace_back(set);
    overrides.defaults = std::string(rest);
    overrides.defaults_source = "defaults.json";

    const Result<Scenario> scenario = read_scenario(text, "fuzz", overrides);
    if (!scenario) {
        const std::size_t count = scenario.error().items.size();
        VACATE_CHECK(count > 0 && count <= limits::errors_listed, "a refusal says why");
        return 0;
    }
    const std::string printed = print_scenario(*scenario);
    const Result<Scenario> again = read_scenario(printed, "fuzz");
    VACATE_CHECK(again.has_value(), "what was printed can be read");
    VACATE_CHECK(again->pool == scenario->pool && again->state == scenario->state &&
                     again->chance == scenario->chance,
                 "reading undoes printing");
    return 0;
}
