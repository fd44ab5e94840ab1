// Keeps acts sorted by instant.
#include "tools/poolserver/agenda.hpp"

#include <algorithm>

namespace vacate::poolserver {

Agenda::Entry Agenda::at(Instant when, std::function<void()> act) {
    const Entry entry{std::max(when, now_), entered_++};
    acts_.emplace(entry, std::move(act));
    return entry;
}

std::optional<Instant> Agenda::next() const {
    if (acts_.empty()) return std::nullopt;
    return acts_.begin()->first.first;
}

void Agenda::advance(Instant now) {
    while (!acts_.empty() && acts_.begin()->first.first <= now) {
        now_ = std::max(now_, acts_.begin()->first.first);
        // Taken out first: the act may enter and cancel others.
        const std::function<void()> act = std::move(acts_.begin()->second);
        acts_.erase(acts_.begin());
        act();
    }
    now_ = std::max(now_, now);
}

}  // namespace vacate::poolserver
