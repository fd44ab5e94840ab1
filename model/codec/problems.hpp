// Every problem of one input, each with its place, in the order of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/codec/document.hpp"
#include "model/result.hpp"

namespace vacate::codec {

/// Where a value stands: a chain up to the root, on the stack, made to text only when needed.
struct Place {
    const Place* above = nullptr;   // the object or array around it
    const Node* node = nullptr;     // the value; nullptr when there is none
    std::string_view member = {};   // its name, when it is in an object
    std::size_t index = 0;          // its position, when it is in an array
    std::string_view subject = {};  // "host srv-3": what everything inside it is about
};

/// The place of the member `name` of the object at `above`, there or not.
[[nodiscard]] Place member_of(const Place& above, std::string_view name);

/// The place of entry `index` of the array at `above`. Requires: there is one.
[[nodiscard]] Place entry_of(const Place& above, std::size_t index);

/// "/hosts/2/memory", safe for a terminal.
[[nodiscard]] std::string json_pointer(const Place& place);

/// Collects problems; keeps the first limits::errors_listed of the text and counts the others.
class Problems {
  public:
    explicit Problems(std::string source) : source_(std::move(source)) {}

    /// Adds a problem of the value at `place`. One that came from an override is placed there,
    /// and said once however many things the override reached.
    void add(const Place& place, std::string sentence, std::string remedy = {});

    /// Adds a problem with a place of its own; `ordinal` says where it is listed.
    void add_item(std::uint32_t ordinal, Error::Item item);

    /// Registers what Node::origin stands for, and returns the number to put there.
    [[nodiscard]] std::uint32_t new_origin(std::string place);

    [[nodiscard]] bool empty() const { return count_ == 0; }

    /// `did you mean "link"?`, or nothing. Only so many times, since it costs a look at each
    /// known word.
    [[nodiscard]] std::string did_you_mean(std::string_view wanted,
                                           const std::vector<std::string_view>& known);

    /// The error to return. Requires: not empty().
    [[nodiscard]] Error take();

  private:
    struct Kept {
        std::uint32_t ordinal = 0;
        Error::Item item;
    };
    void sort_and_cut();

    std::string source_;
    std::vector<Kept> kept_;
    std::size_t count_ = 0;
    std::size_t suggestions_ = 0;
    std::vector<std::string> origins_;
    std::set<std::pair<std::uint32_t, std::string>> said_;  // of overrides
};

/// Adds a problem for every member that an object has twice. Costs: n log n.
void report_duplicate_members(const Place& place, Problems& problems);

/// "a, b, c and 2 more", safe for a terminal.
[[nodiscard]] std::string first_three(const std::vector<std::string_view>& names);

}  // namespace vacate::codec
