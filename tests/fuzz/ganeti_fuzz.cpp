// Any text is read as a Ganeti cluster or refused; what is read is a document of a scenario.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/check.hpp"
#include "model/codec/document.hpp"
#include "model/codec/ganeti.hpp"
#include "model/codec/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto scenario = vacate::scenario_from_ganeti(text, "fuzz");
    if (!scenario) {
        VACATE_CHECK(!scenario.error().items.empty(), "an error must say what is wrong");
        return 0;
    }
    VACATE_CHECK(vacate::codec::parse_document(*scenario).has_value(),
                 "what was read must be a JSON document");
    const auto read = vacate::read_scenario(*scenario, "fuzz");
    VACATE_CHECK(read || !read.error().items.empty(), "an error must say what is wrong");
    return 0;
}
