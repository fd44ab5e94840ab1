// What can go wrong, by kind: Error for bad input and the outside, Finding for people.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace vacate {

/// How much a Finding matters to the operator.
enum class Severity {
    blocks,  // no upgrade while it stands
    act,     // somebody must do something, before or during the upgrade
    know,    // worth knowing; nothing to do
};

/// One thing a person should read.
struct Finding {
    Severity severity = Severity::know;
    std::string code;      // stable, upper case: HOST_NOT_ENOUGH_FREE_MEMORY
    std::string subject;   // what it is about, by name: "VM db-1", "host srv-3", "pool"
    std::string sentence;  // what is the matter, with the amounts
    std::string remedy;    // what would help; empty when nothing is needed
    friend bool operator==(const Finding&, const Finding&) = default;
};
using Findings = std::vector<Finding>;

/// Why the outside or an input failed.
struct Error {
    enum class Kind { bad_input, outside };
    Kind kind = Kind::bad_input;
    std::string source;  // the file or peer, e.g. "eight.json"
    struct Item {
        std::string place;     // JSON pointer, line, or name inside the source
        std::string sentence;  // what is wrong there, with the value
        std::string remedy;    // what would help
        friend bool operator==(const Item&, const Item&) = default;
    };
    std::vector<Item> items;  // all of them at once, in the order of the source
    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// An Error of one item.
[[nodiscard]] inline Error bad_input(std::string source, std::string place, std::string sentence,
                                     std::string remedy = {}) {
    Error error{Error::Kind::bad_input, std::move(source), {}};
    error.items.push_back({std::move(place), std::move(sentence), std::move(remedy)});
    return error;
}

}  // namespace vacate
