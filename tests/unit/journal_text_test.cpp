// Journals as text: what is torn at the end is left out, what is damaged elsewhere is an error.
#include <algorithm>
#include <catch2/catch.hpp>

#include "model/codec/journal_text.hpp"

namespace vacate {
namespace {

Journal one_of_each() {
    Order order{Act::migrate_storage,   "db-1", "srv-1", "srv-2", "local-2",
                "note \"x\"\nline two", "1 2"};
    Answered answer{1,        Answered::Kind::refused, Answered::Advice::replan,
                    "HOST_X", "no\troom \xc3\xa9",     "memo"};
    const std::vector<RecordBody> bodies{
        Opened{"run-1", "pool", "2026-03-01T22:00:00Z", "{\"a\": 1}"},
        Adopted{"the run begins", "{\n}\n", "{}"},
        Commanded{1, order, 2},
        answer,
        Settled{1, true, "db-1 is on srv-2"},
        Told{Told::What::skip, "srv-3"},
        Noted{{Severity::act, "CODE", "VM db-1", "sentence", "remedy"}},
        Cleared{{Severity::act, "CODE", "VM db-1", "sentence", "remedy"}, "it is well again"},
        PutBack{order, "it is back"},
        Closed{false, "stopped"},
    };
    Journal journal;
    for (const RecordBody& body : bodies) {
        const auto number = static_cast<std::int64_t>(journal.size());
        journal.push_back({journal.size(), Instant(Duration(7 * number)), body});
    }
    return journal;
}

std::string text_of(const Journal& journal) {
    std::string text;
    for (const Record& record : journal) text += print_record(record);
    return text;
}

// Where a journal's text is wrong: "line 2", or nothing.
std::string place_of_error(const std::string& text) {
    const auto read = read_journal(text, "journal");
    if (read) return {};
    const std::string& place = read.error().items.front().place;
    return place.substr(0, place.find(" ("));
}

}  // namespace

TEST_CASE("a journal of every kind of record is read as it was written", "[journal]") {
    const Journal journal = one_of_each();
    const std::string text = text_of(journal);
    const auto read = read_journal(text, "journal");
    REQUIRE(read);
    CHECK(read->journal == journal);
    CHECK(read->bytes == text.size());
}

TEST_CASE("the checksum is the CRC-32 that others compute", "[journal]") {
    // python3: zlib.crc32(b'{"number":0,"at_us":0,"kind":"closed","done":true,"sentence":""}')
    const std::string line = print_record({0, Instant{}, Closed{true, ""}});
    CHECK(line ==
          "109cfe38 {\"number\":0,\"at_us\":0,\"kind\":\"closed\",\"done\":true,"
          "\"sentence\":\"\"}\n");
}

TEST_CASE("a journal cut off anywhere gives the records that are whole", "[journal]") {
    const Journal journal = one_of_each();
    const std::string text = text_of(journal);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto read = read_journal(std::string_view(text).substr(0, length), "journal");
        REQUIRE(read);
        // The records whose line ends within the first `length` bytes.
        const auto lines =
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), '\n');
        REQUIRE(read->journal.size() == static_cast<std::size_t>(lines));
        REQUIRE(std::equal(read->journal.begin(), read->journal.end(), journal.begin()));
        REQUIRE(read->bytes <= length);
    }
}

TEST_CASE("a byte that changed in the last line is a torn end, elsewhere damage", "[journal]") {
    const Journal journal = one_of_each();
    const std::string text = text_of(journal);
    const std::size_t last = text.rfind('\n', text.size() - 2) + 1;
    std::size_t line = 1;
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        INFO("byte " << at);
        if (at + 1 == last) {
            // The last two lines are one, which is torn.
            REQUIRE(place_of_error(changed).empty());
        } else if (at >= last) {
            const auto read = read_journal(changed, "journal");
            REQUIRE(read);
            REQUIRE(read->journal.size() == journal.size() - 1);
            REQUIRE(read->bytes == last);
        } else {
            // A line break that is none any more joins two lines: the first one is wrong.
            REQUIRE(place_of_error(changed) == "line " + std::to_string(line));
        }
        if (text[at] == '\n') ++line;
    }
}

TEST_CASE("records that do not follow one another are refused with their line", "[journal]") {
    Journal gap = one_of_each();
    gap.erase(gap.begin() + 2);
    CHECK(place_of_error(text_of(gap)) == "line 3");
    Journal back = one_of_each();
    back[4].at = Instant{};
    CHECK(place_of_error(text_of(back)) == "line 5");
    Journal headless{{0, Instant{}, Closed{true, ""}}};
    CHECK(place_of_error(text_of(headless)) == "line 1");
}

TEST_CASE("damage is told with record, byte and what can be saved", "[journal]") {
    const Journal journal = one_of_each();
    std::string text = text_of(journal);
    const std::size_t whole = text_of({journal[0], journal[1]}).size();
    text[whole + 12] ^= 1;
    const auto read = read_journal(text, "night.journal");
    REQUIRE_FALSE(read);
    REQUIRE(read.error().items.size() == 1);
    const Error::Item& item = read.error().items.front();
    CHECK(item.place == "line 3 (record 2, from byte " + std::to_string(whole) + ")");
    CHECK(item.sentence == "the checksum does not fit to the record");
    CHECK(item.remedy.find("head -c " + std::to_string(whole) + " night.journal > whole.journal") !=
          std::string::npos);
    // What the remedy keeps is a journal.
    const auto kept = read_journal(text.substr(0, whole), "whole.journal");
    REQUIRE(kept);
    CHECK(kept->journal.size() == 2);
}

TEST_CASE("an empty journal is one without records", "[journal]") {
    const auto read = read_journal("", "journal");
    REQUIRE(read);
    CHECK(read->journal.empty());
}

}  // namespace vacate
