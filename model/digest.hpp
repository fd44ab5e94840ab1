// A digest of values, to tell whether anything in them has changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/ids.hpp"
#include "model/pool.hpp"

namespace vacate {

/// FNV-1a, 64 bit. Two values that differ have the same digest with a chance of 2^-64.
///
/// Source: Fowler, Noll, Vo; draft-eastlake-fnv.
class Digest {
  public:
    void add(std::uint64_t word) {
        for (int shift = 0; shift < 64; shift += 8) add_byte((word >> shift) & 0xff);
    }
    void add(std::int64_t word) { add(static_cast<std::uint64_t>(word)); }
    void add(std::uint32_t word) { add(static_cast<std::uint64_t>(word)); }
    void add(bool flag) { add(static_cast<std::uint64_t>(flag)); }
    void add(std::string_view text) {
        add(static_cast<std::uint64_t>(text.size()));
        add_bytes(text);
    }
    /// Without its length, for a text that stands alone.
    void add_bytes(std::string_view text) {
        for (const char letter : text) add_byte(static_cast<unsigned char>(letter));
    }
    template <class Unit>
    void add(Quantity<Unit> quantity) {
        add(quantity.count);
    }
    void add(Duration time) { add(static_cast<std::int64_t>(time.count())); }
    template <class Of>
    void add(Id<Of> id) {
        add(id.index);
    }
    template <class T>
    void add(const std::vector<T>& all) {
        add(static_cast<std::uint64_t>(all.size()));
        for (const T& one : all) add(one);
    }
    template <class T>
    void add(const std::optional<T>& maybe) {
        add(maybe.has_value());
        if (maybe) add(*maybe);
    }
    void add(const Version& version) {
        add(version.platform);
        add(version.manager);
        add(version.manager_build);
        add(version.hypervisor);
    }
    void add(const CpuFeatures& features) {
        add(std::string_view{features.vendor});
        add(features.words);
    }
    void add(const CopyingChanges& changes) {
        for (const auto& [parameter, value] : changes) {
            add(parameter);
            add(value);
        }
    }
    void add(const DirtyClass& part) {
        add(part.rate);
        add(part.set);
        add(part.sweeps);
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    void add_byte(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace vacate
