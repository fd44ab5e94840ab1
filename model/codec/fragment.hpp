// A part of a scenario in a file of its own: values, and how sure they are.
#pragma once

#include <string>
#include <vector>

#include "model/copying.hpp"

namespace vacate {

/// One value of a fragment: for the timing of the pool, for all hosts, or for all VMs.
struct FragmentValue {
    std::string section;  // timing, hosts or vms
    std::string member;   // of that section
    Measure measure = Measure::rate;
    std::int64_t value = 0;
    std::string confidence;  // in words
    friend bool operator==(const FragmentValue&, const FragmentValue&) = default;
};

/// The text of a fragment, as a scenario includes it: see "include" in scenarios/README.md.
[[nodiscard]] std::string print_fragment(const std::string& about,
                                         const std::vector<FragmentValue>& values);

/// A value of that measure as a scenario writes it, exactly: "3.77 Gbps".
[[nodiscard]] std::string print_measured(Measure measure, std::int64_t value);

}  // namespace vacate
