// Fragments as text.
#include "model/codec/fragment.hpp"

#include "model/codec/amount.hpp"
#include "model/codec/copying_text.hpp"

namespace vacate {

std::string print_measured(Measure measure, std::int64_t value) {
    switch (measure) {
        case Measure::rate:
            return print_exact(Bandwidth{value});
        case Measure::time:
            return print_exact(Duration{value});
        case Measure::bytes:
            return print_exact(Bytes{value});
        case Measure::ratio:
            return print_thousandths(value);
        case Measure::flag:
            return value != 0 ? "true" : "false";
        case Measure::count:
        case Measure::stop_rule:
            break;
    }
    return std::to_string(value);
}

std::string print_fragment(const std::string& about, const std::vector<FragmentValue>& values) {
    using namespace codec;
    Node root = make_object();
    put(root, "about", make_text(about));
    Node confidence = make_object();
    for (const FragmentValue& one : values) {
        put(confidence, one.section + '.' + one.member, make_text(one.confidence));
        if (find_member(root, one.section) == nullptr) put(root, one.section, make_object());
        put(*find_member(root, one.section), one.member,
            make_text(print_measured(one.measure, one.value)));
    }
    put(root, "confidence", std::move(confidence));
    return print_document(root);
}

}  // namespace vacate
