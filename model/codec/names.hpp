// Things of a pool by name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/ids.hpp"

namespace vacate::codec {

/// Finds rows of a table in name order. Requires: the table outlives it.
template <class Of>
class Names {
  public:
    explicit Names(const Table<Of>& table) {
        for (const Of& one : table) all_.push_back(one.name);
    }

    /// none where there is none.
    [[nodiscard]] Id<Of> find(std::string_view name) const {
        const auto found = std::lower_bound(all_.begin(), all_.end(), name);
        if (found == all_.end() || *found != name) return Id<Of>::none();
        return Id<Of>{static_cast<std::uint32_t>(found - all_.begin())};
    }

    [[nodiscard]] const std::vector<std::string_view>& all() const { return all_; }

  private:
    std::vector<std::string_view> all_;
};

}  // namespace vacate::codec
