// A value as XAPI's calls carry it, whatever the wire: XML-RPC or JSON-RPC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vacate::wire {

/// A moment as XAPI writes it: seconds since 1970 in UTC.
struct DateTime {
    std::int64_t seconds = 0;
    bool is_local = false;  // written without the Z of UTC
    friend bool operator==(const DateTime&, const DateTime&) = default;
};

/// An integer that XML-RPC carries as <i4>, where XAPI writes all others as text: the counts in
/// valid_ref_counts of event.from.
struct Int32 {
    std::int32_t count = 0;
    friend bool operator==(const Int32&, const Int32&) = default;
};

struct Value;
struct Member;
using Array = std::vector<Value>;
using Struct = std::vector<Member>;  // a map or record, in the order it was built

/// References and enumerators are texts; the null value stands for "void".
struct Value {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, DateTime, Array, Struct,
                 Int32>
        of;
    friend bool operator==(const Value&, const Value&);
};

/// One entry of a map or record; its key is always a text.
struct Member {
    std::string name;
    Value value;
    friend bool operator==(const Member&, const Member&) = default;
};

inline bool operator==(const Value& a, const Value& b) { return a.of == b.of; }

[[nodiscard]] inline Value text(std::string_view words) { return {std::string(words)}; }

}  // namespace vacate::wire
