// Texts and lists.
#include "tools/poolserver/population_parts.hpp"

#include <algorithm>

namespace vacate::poolserver {

Member entry(std::string_view name, std::string_view words) {
    return {std::string(name), text(words)};
}

Value flag(bool on) { return {on}; }
Value number(std::int64_t count) { return {count}; }
Value texts(std::initializer_list<std::string_view> words) {
    Array array;
    for (const std::string_view each : words) array.push_back(text(each));
    return {std::move(array)};
}

const Note* find_note(const std::vector<Note>& notes, std::string_view code) {
    const auto found = std::ranges::find(notes, code, &Note::code);
    return found == notes.end() ? nullptr : &*found;
}
bool has_note(const std::vector<Note>& notes, std::string_view code) {
    return find_note(notes, code) != nullptr;
}

Value guidances_of(const Schema& schema, const std::vector<Note>& notes) {
    const Note* note = find_note(notes, "PENDING_GUIDANCE");
    Array guidances;
    std::string_view rest = note == nullptr ? std::string_view() : note->detail;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(", "), rest.size());
        const std::string_view part = rest.substr(0, comma);
        const auto& known = *schema.enumerators("update_guidances");
        if (std::ranges::find(known, part) != known.end()) guidances.push_back(text(part));
        rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
    return {std::move(guidances)};
}

std::string feature_text(const CpuFeatures& cpu) {
    std::string result;
    for (const std::uint32_t word : cpu.words) {
        if (!result.empty()) result.push_back('-');
        for (int at = 28; at >= 0; at -= 4) result.push_back("0123456789abcdef"[(word >> at) & 15]);
    }
    return result;
}

std::string mac_of(std::string_view uuid) {
    std::string mac = "02";
    for (std::size_t i = 26; i + 1 < 36; i += 2) mac += ":" + std::string(uuid.substr(i, 2));
    return mac;
}

bool is_named(const std::vector<Note>& notes, std::string_view code, const std::string& name) {
    const Note* note = find_note(notes, code);
    return note != nullptr &&
           (", " + note->detail + ",").find(", " + name + ",") != std::string::npos;
}

}  // namespace vacate::poolserver
