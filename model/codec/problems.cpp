// Places made to text, and the bounded list of problems.
#include "model/codec/problems.hpp"

#include <algorithm>

#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

const Node* nearest_node(const Place& place) {
    const Place* at = &place;
    while (at->node == nullptr && at->above != nullptr) at = at->above;
    return at->node;
}

std::string_view nearest_subject(const Place& place) {
    const Place* at = &place;
    while (at->subject.empty() && at->above != nullptr) at = at->above;
    return at->subject;
}

/// A member's name as RFC 6901 wants it in a pointer.
std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char letter : name.substr(0, 200)) {
        if (letter == '~') {
            token += "~0";
        } else if (letter == '/') {
            token += "~1";
        } else {
            token += letter;
        }
    }
    return made_safe(token);
}

}  // namespace

Place member_of(const Place& above, std::string_view name) {
    const Node* node = above.node == nullptr ? nullptr : find_member(*above.node, name);
    return Place{&above, node, name};
}

Place entry_of(const Place& above, std::size_t index) {
    return Place{&above, &above.node->children[index], {}, index};
}

std::string json_pointer(const Place& place) {
    std::vector<std::string> tokens;
    for (const Place* at = &place; at->above != nullptr; at = at->above) {
        const Node* around = at->above->node;
        const bool in_array = around != nullptr && around->is_array();
        tokens.push_back(in_array ? std::to_string(at->index) : pointer_token(at->member));
    }
    std::string pointer;
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) pointer += '/' + *token;
    return pointer;
}

void Problems::add(const Place& place, std::string sentence, std::string remedy) {
    const Node* node = nearest_node(place);
    const std::uint32_t origin = node == nullptr ? 0 : node->origin;
    if (origin != 0 && !said_.emplace(origin, sentence).second) return;
    if (const std::string_view subject = nearest_subject(place); !subject.empty()) {
        sentence = std::string(subject) + ": " + sentence;
    }
    std::string where = origin != 0 ? origins_[origin - 1] : json_pointer(place);
    add_item(node == nullptr ? 0 : node->ordinal,
             {std::move(where), std::move(sentence), std::move(remedy)});
}

void Problems::add_item(std::uint32_t ordinal, Error::Item item) {
    ++count_;
    kept_.push_back({ordinal, std::move(item)});
    // Bounded, however wrong the input is.
    if (kept_.size() >= 2 * limits::errors_listed) sort_and_cut();
}

void Problems::sort_and_cut() {
    std::stable_sort(kept_.begin(), kept_.end(),
                     [](const Kept& a, const Kept& b) { return a.ordinal < b.ordinal; });
    if (kept_.size() > limits::errors_listed) kept_.resize(limits::errors_listed);
}

std::uint32_t Problems::new_origin(std::string place) {
    origins_.push_back(std::move(place));
    return static_cast<std::uint32_t>(origins_.size());
}

std::string Problems::did_you_mean(std::string_view wanted,
                                   const std::vector<std::string_view>& known) {
    if (++suggestions_ > limits::errors_listed) return {};
    const std::string_view word = nearest_word(wanted, known);
    return word.empty() ? std::string() : "did you mean " + shown(word) + "?";
}

Error Problems::take() {
    sort_and_cut();
    Error error{Error::Kind::bad_input, source_, {}};
    const bool all = count_ <= limits::errors_listed;
    if (!all) kept_.resize(limits::errors_listed - 1);
    for (Kept& kept : kept_) error.items.push_back(std::move(kept.item));
    if (!all) {
        const std::size_t more = count_ - error.items.size();
        error.items.push_back({"", "and " + std::to_string(more) + " more problems", ""});
    }
    return error;
}

void report_duplicate_members(const Place& place, Problems& problems) {
    const Node& node = *place.node;
    if (node.is_object() && node.children.size() > 1) {
        std::vector<std::size_t> order(node.children.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        const auto key = [&node](std::size_t i) -> const std::string& {
            return node.children[i].key;
        };
        std::sort(order.begin(), order.end(), [&key](std::size_t a, std::size_t b) {
            const int compared = key(a).compare(key(b));
            return compared != 0 ? compared < 0 : a < b;
        });
        for (std::size_t i = 1; i < order.size(); ++i) {
            if (key(order[i]) != key(order[i - 1])) continue;
            const Node& second = node.children[order[i]];
            const Place twice{&place, &second, second.key};
            problems.add(twice, "the member " + shown(second.key) + " is there twice",
                         "keep one of the two");
        }
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const Node& child = node.children[i];
        if (child.children.empty()) continue;
        report_duplicate_members(Place{&place, &child, child.key, i}, problems);
    }
}

std::string first_three(const std::vector<std::string_view>& names) {
    constexpr std::size_t listed = 3;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < listed; ++i) {
        const bool last = i + 1 == names.size();
        if (i > 0) text += last ? " and " : ", ";
        text += made_safe(names[i]);
    }
    if (names.size() > listed) text += " and " + std::to_string(names.size() - listed) + " more";
    return text;
}

}  // namespace vacate::codec
