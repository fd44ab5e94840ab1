// Tells namesakes apart by hint, by uuid, and by number when nothing else is left.
#include "model/codec/unique_names.hpp"

#include <algorithm>
#include <cstddef>
#include <set>

#include "model/limits.hpp"

namespace vacate::codec {
namespace {

std::string short_id(const NameWish& wish) {
    constexpr std::string_view prefix = "OpaqueRef:";
    std::string_view id = wish.uuid;
    if (id.empty()) id = wish.ref;
    if (id.starts_with(prefix)) id.remove_prefix(prefix.size());
    return std::string(cut_utf8(id, 8));
}

/// "label (suffix)", with the label cut so that it fits.
std::string with_suffix(std::string_view label, const std::string& suffix) {
    const std::string tail = " (" + std::string(cut_utf8(suffix, limits::name_bytes / 2)) + ")";
    return std::string(cut_utf8(label, limits::name_bytes - tail.size())) + tail;
}

/// The label as it can be shown: never empty, never too long.
std::string base_name(const NameWish& wish, UniqueNames& names) {
    if (!wish.label.empty() && wish.label.size() <= limits::name_bytes) return wish.label;
    const std::string base =
        with_suffix(wish.label.empty() ? "unnamed" : wish.label, short_id(wish));
    names.changed.push_back(base);
    return base;
}

}  // namespace

std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
    };
    while (bytes > 0 && continues(bytes)) --bytes;
    return text.substr(0, bytes);
}

UniqueNames make_names_unique(std::vector<NameWish> wishes) {
    std::ranges::sort(wishes, {}, &NameWish::ref);
    UniqueNames names;
    std::vector<std::string> bases;
    std::map<std::string, std::size_t> uses;    // of a base
    std::map<std::string, std::size_t> hinted;  // of a base with its hint
    for (const NameWish& wish : wishes) {
        bases.push_back(base_name(wish, names));
        ++uses[bases.back()];
        if (!wish.hint.empty()) ++hinted[with_suffix(bases.back(), wish.hint)];
    }
    std::set<std::string> taken;
    for (const auto& [base, count] : uses) {
        taken.insert(base);
        if (count > 1) names.shared.push_back(base);
    }
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        const NameWish& wish = wishes[i];
        std::string name = bases[i];
        if (uses[bases[i]] > 1) {
            name = with_suffix(bases[i], wish.hint);
            if (wish.hint.empty() || hinted[name] > 1 || taken.contains(name)) {
                name = with_suffix(bases[i], short_id(wish));
            }
            std::size_t& number = numbers[bases[i]];
            while (taken.contains(name)) name = with_suffix(bases[i], std::to_string(++number));
            taken.insert(name);
        }
        names.by_ref.emplace(wish.ref, std::move(name));
    }
    std::ranges::sort(names.changed);
    return names;
}

std::string name_beside(const NameWish& wish, const std::string& name,
                        const std::set<std::string, std::less<>>& taken) {
    if (!taken.contains(name)) return name;
    std::string other = with_suffix(name, short_id(wish));
    for (std::size_t number = 1; taken.contains(other);) {
        other = with_suffix(name, std::to_string(++number));
    }
    return other;
}

}  // namespace vacate::codec
