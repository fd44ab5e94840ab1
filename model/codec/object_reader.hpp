// One object of a scenario: its members by name and kind, with a problem for whatever is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/problems.hpp"
#include "model/codec/scenario_fields.hpp"
#include "model/limits.hpp"
#include "model/units.hpp"

namespace vacate::codec {

/// What a whole number may be, and what it is when absent.
struct IntegerRange {
    std::int64_t fallback;
    std::int64_t least;
    std::int64_t most;
};

/// A text in an array, with where it stands.
struct NamedEntry {
    std::size_t index;
    std::string_view name;
};

/// Reads the object at a place; complains of unknown members at once.
///
/// Every reading function gives the fallback, or nothing, for a member that is absent or wrong;
/// a wrong one is also a problem, and so is an absent one where the name says `required`.
class ObjectReader {
  public:
    /// Requires: place.node. When that is no object, this is the only problem it makes.
    ObjectReader(const Place& place, FieldList fields, Problems& problems);
    ObjectReader(const Place& place, std::span<const std::string_view> members, Problems& problems);

    [[nodiscard]] bool is_object() const { return place_.node->is_object(); }
    [[nodiscard]] bool has(std::string_view member) const { return at(member).node != nullptr; }
    /// The place of a member, there or not.
    [[nodiscard]] Place at(std::string_view member) const { return member_of(place_, member); }
    [[nodiscard]] Problems& problems() const { return problems_; }

    [[nodiscard]] std::optional<std::string> text(std::string_view member,
                                                  std::size_t most = limits::name_bytes) const;
    [[nodiscard]] std::string required_text(std::string_view member,
                                            std::size_t most = limits::name_bytes) const;
    /// A text that is not empty.
    [[nodiscard]] std::string required_name(std::string_view member) const;
    [[nodiscard]] bool boolean(std::string_view member, bool fallback) const;
    [[nodiscard]] std::int64_t integer(std::string_view member, IntegerRange range) const;
    [[nodiscard]] std::optional<Bytes> bytes(std::string_view member) const;
    [[nodiscard]] std::optional<Bandwidth> bandwidth(std::string_view member) const;
    /// A bandwidth that is not 0.
    [[nodiscard]] Bandwidth speed(std::string_view member, Bandwidth fallback) const;
    [[nodiscard]] std::optional<Duration> duration(std::string_view member) const;
    [[nodiscard]] std::optional<std::int64_t> thousandths(std::string_view member) const;
    /// From 0 to 1, in millionths.
    [[nodiscard]] std::optional<std::int64_t> chance(std::string_view member) const;
    /// The texts of an array; nothing when it is absent.
    [[nodiscard]] std::optional<std::vector<NamedEntry>> names(
        std::string_view member, std::size_t most = limits::name_bytes) const;

    template <class Value, std::size_t count>
    [[nodiscard]] std::optional<Value> word(std::string_view member,
                                            const WordTable<Value, count>& words) const {
        std::vector<std::string_view> known;
        for (const auto& entry : words) known.push_back(entry.first);
        const std::optional<std::size_t> found = word_index(member, known);
        return found ? std::optional<Value>(words[*found].second) : std::nullopt;
    }

    /// Adds the problem that a member is not there.
    void missing(std::string_view member, std::string remedy = {}) const;

  private:
    [[nodiscard]] bool is_bare_number(std::string_view member) const;
    void refuse_unknown(const std::vector<std::string_view>& known) const;
    [[nodiscard]] std::optional<std::size_t> word_index(
        std::string_view member, const std::vector<std::string_view>& known) const;
    template <class Amount, class Parse>
    [[nodiscard]] std::optional<Amount> amount(std::string_view member, Parse parse,
                                               std::string_view example) const;

    const Place& place_;
    Problems& problems_;
};

/// The text of a value, or nothing and a problem. A number or bool that was typed behind --set
/// may stand for a text: what is typed there has no quotes.
[[nodiscard]] std::optional<std::string_view> text_of(const Place& place, Problems& problems,
                                                      std::size_t most = limits::name_bytes);

/// Adds the problem that a value is not of the kind that is `wanted`: "a text".
void refuse_kind(const Place& place, std::string_view wanted, std::string remedy,
                 Problems& problems);

/// "known are a, b and c".
[[nodiscard]] std::string known_words(const std::vector<std::string_view>& known);

}  // namespace vacate::codec
