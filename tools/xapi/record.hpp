// What XAPI's values say, whichever wire they came by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/xapi/problem.hpp"

namespace vacate::xapi {

inline constexpr std::string_view null_ref = "OpaqueRef:NULL";

/// The member of that name, or nullptr.
[[nodiscard]] const Value* find(const Struct& record, std::string_view name);

// What a value says; where it is of another kind, what is nearest: numbers as text, a text as the
// number it spells, else nothing, 0 or false.
[[nodiscard]] std::string text_of(const Value& value);
[[nodiscard]] std::int64_t number_of(const Value& value);
[[nodiscard]] double real_of(const Value& value);
[[nodiscard]] bool flag_of(const Value& value);
[[nodiscard]] std::vector<std::string> texts_of(const Value& value);
using Texts = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Texts map_of(const Value& value);

// The same for a member of a record; absent ones say nothing.
[[nodiscard]] std::string text_in(const Struct& record, std::string_view name);
/// Empty for a null reference too.
[[nodiscard]] std::string ref_in(const Struct& record, std::string_view name);
[[nodiscard]] std::int64_t number_in(const Struct& record, std::string_view name);
[[nodiscard]] double real_in(const Struct& record, std::string_view name);
[[nodiscard]] bool flag_in(const Struct& record, std::string_view name);
[[nodiscard]] std::vector<std::string> texts_in(const Struct& record, std::string_view name);
[[nodiscard]] Texts map_in(const Struct& record, std::string_view name);

/// Objects by class and reference.
class Records {
  public:
    using Class = std::map<std::string, Struct, std::less<>>;

    /// The objects of a class; none where it is not there.
    [[nodiscard]] const Class& of(std::string_view name) const;
    [[nodiscard]] const Struct* find(std::string_view name, std::string_view ref) const;
    void put(std::string_view name, Class objects);
    [[nodiscard]] const std::map<std::string, Class, std::less<>>& classes() const {
        return classes_;
    }

  private:
    std::map<std::string, Class, std::less<>> classes_;
};

}  // namespace vacate::xapi
