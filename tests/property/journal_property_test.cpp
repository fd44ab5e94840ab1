// Laws of the journal's text.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/codec/journal_text.hpp"

namespace vacate {
namespace {

// Any text of ASCII letters, controls included.
std::string any_text() {
    std::string text = *rc::gen::string<std::string>();
    for (char& letter : text) letter = static_cast<char>(letter & 0x7f);
    return text;
}

RecordBody any_body() {
    const auto key = static_cast<std::uint64_t>(*rc::gen::inRange(0, 1'000'000));
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            return Adopted{any_text(), any_text(), any_text()};
        case 1: {
            const Order order{static_cast<Act>(*rc::gen::inRange<int>(0, act_names.size())),
                              any_text(),
                              any_text(),
                              any_text(),
                              any_text(),
                              any_text(),
                              any_text()};
            return Commanded{key, order, *rc::gen::inRange(0, 9)};
        }
        case 2:
            return Answered{key,
                            static_cast<Answered::Kind>(*rc::gen::inRange(0, 4)),
                            static_cast<Answered::Advice>(*rc::gen::inRange(0, 3)),
                            any_text(),
                            any_text(),
                            any_text()};
        case 3:
            return Settled{key, *rc::gen::arbitrary<bool>(), any_text()};
        case 4:
            return Told{static_cast<Told::What>(*rc::gen::inRange(0, 5)), any_text()};
        default:
            return Noted{{static_cast<Severity>(*rc::gen::inRange(0, 3)), any_text(), any_text(),
                          any_text(), any_text()}};
    }
}

}  // namespace

TEST_CASE("a journal is read as it was written", "[journal][law]") {
    rc::prop("for every journal", [] {
        Journal journal{{0, Instant{}, Opened{any_text(), any_text(), any_text(), any_text()}}};
        const int records = *rc::gen::inRange(0, 8);
        for (int i = 0; i < records; ++i) {
            const Duration later(*rc::gen::inRange(0, 1'000'000));
            journal.push_back({journal.size(), journal.back().at + later, any_body()});
        }
        std::string text;
        for (const Record& record : journal) text += print_record(record);
        const auto read = read_journal(text, "journal");
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->journal == journal);
        RC_ASSERT(read->bytes == text.size());
    });
}

}  // namespace vacate
