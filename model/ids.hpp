// One index type per kind of thing, and tables indexed by it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vacate {

/// A dense index into the table of one kind of thing. `Id<Host>` and `Id<Vm>` do not mix.
template <class Of>
struct Id {
    std::uint32_t index = none_index;

    static constexpr std::uint32_t none_index = 0xffff'ffff;
    static constexpr Id none() { return Id{none_index}; }
    [[nodiscard]] constexpr bool is_none() const { return index == none_index; }
    friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

/// A vector of `T` with one entry per thing of kind `Of`.
template <class Of, class T = Of>
class Table {
  public:
    Table() = default;
    explicit Table(std::size_t size, const T& value = T{}) : rows_(size, value) {}
    explicit Table(std::vector<T> rows) : rows_(std::move(rows)) {}

    T& operator[](Id<Of> id) { return rows_[id.index]; }
    const T& operator[](Id<Of> id) const { return rows_[id.index]; }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] bool holds(Id<Of> id) const { return id.index < rows_.size(); }
    Id<Of> push_back(T row) {
        rows_.push_back(std::move(row));
        return Id<Of>{static_cast<std::uint32_t>(rows_.size() - 1)};
    }

    auto begin() { return rows_.begin(); }
    auto end() { return rows_.end(); }
    [[nodiscard]] auto begin() const { return rows_.begin(); }
    [[nodiscard]] auto end() const { return rows_.end(); }

    /// Every id of this table, in order, for range-for.
    struct IdRange {
        struct Iterator {
            std::uint32_t index;
            Id<Of> operator*() const { return Id<Of>{index}; }
            Iterator& operator++() {
                ++index;
                return *this;
            }
            bool operator!=(const Iterator& other) const { return index != other.index; }
        };
        std::uint32_t count;
        [[nodiscard]] Iterator begin() const { return Iterator{0}; }
        [[nodiscard]] Iterator end() const { return Iterator{count}; }
    };
    [[nodiscard]] IdRange ids() const { return IdRange{static_cast<std::uint32_t>(rows_.size())}; }

    friend bool operator==(const Table&, const Table&) = default;

  private:
    std::vector<T> rows_;
};

}  // namespace vacate
