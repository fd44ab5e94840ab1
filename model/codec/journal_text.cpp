// Records to lines and back.
#include "model/codec/journal_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/codec/object_reader.hpp"
#include "model/limits.hpp"

namespace vacate {
namespace {

using codec::Node;
using codec::ObjectReader;
using codec::Place;
using codec::Problems;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 10> record_names{
    "opened", "adopted", "commanded", "answered", "settled",
    "told",   "noted",   "cleared",   "put_back", "closed"};
constexpr std::array<std::string_view, 4> kind_names{"begun", "done", "refused", "unknown"};
constexpr std::array<std::string_view, 3> advice_names{"retry", "replan", "stop"};
constexpr std::array<std::string_view, 5> told_names{"pause", "resume", "abort", "proceed", "skip"};
constexpr std::array<std::string_view, 3> severity_names{"blocks", "act", "know"};
constexpr std::size_t sum_digits = 8;

template <class Value, std::size_t count>
std::string_view name_of(const std::array<std::string_view, count>& names, Value value) {
    return names[static_cast<std::size_t>(value)];
}

/// CRC-32 as in ISO 3309 and in zip: the polynomial with its bits reversed.
std::uint32_t crc32(std::string_view text) {
    std::uint32_t sum = 0xffff'ffffu;
    for (const char letter : text) {
        sum ^= static_cast<unsigned char>(letter);
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1u) != 0 ? 0xedb8'8320u : 0u);
    }
    return ~sum;
}

std::string sum_of(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    const std::uint32_t sum = crc32(text);
    std::string word;
    for (int shift = 28; shift >= 0; shift -= 4) word += digits[sum >> shift & 0xfu];
    return word;
}

// ---- to text

void put_order(Json& line, const Order& order) {
    line["act"] = name_of(act_names, order.act);
    const std::pair<std::string_view, const std::string*> texts[] = {
        {"vm", &order.vm},           {"host", &order.host}, {"to", &order.to},
        {"storage", &order.storage}, {"memo", &order.memo}, {"range", &order.range}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) line[std::string(name)] = *text;
    }
}

void put_finding(Json& line, const Finding& finding) {
    line["severity"] = name_of(severity_names, finding.severity);
    line["code"] = finding.code;
    line["subject"] = finding.subject;
    line["sentence"] = finding.sentence;
    line["remedy"] = finding.remedy;
}

void put_body(Json& line, const RecordBody& body) {
    std::visit(Overloaded{
                   [&](const Opened& one) {
                       line["run"] = one.run;
                       line["pool"] = one.pool;
                       line["began_at"] = one.began_at;
                       line["mission"] = one.mission;
                   },
                   [&](const Adopted& one) {
                       line["reason"] = one.reason;
                       line["scenario"] = one.scenario;
                       line["plan"] = one.plan;
                   },
                   [&](const Commanded& one) {
                       line["key"] = one.key;
                       put_order(line, one.order);
                       line["attempt"] = one.attempt;
                   },
                   [&](const Answered& one) {
                       line["key"] = one.key;
                       line["answer"] = name_of(kind_names, one.kind);
                       line["advice"] = name_of(advice_names, one.advice);
                       line["code"] = one.code;
                       line["sentence"] = one.sentence;
                       line["memo"] = one.memo;
                   },
                   [&](const Settled& one) {
                       line["key"] = one.key;
                       line["done"] = one.done;
                       line["sentence"] = one.sentence;
                   },
                   [&](const Told& one) {
                       line["what"] = name_of(told_names, one.what);
                       if (!one.host.empty()) line["host"] = one.host;
                   },
                   [&](const Noted& one) { put_finding(line, one.finding); },
                   [&](const Cleared& one) {
                       put_finding(line, one.finding);
                       line["why"] = one.why;
                   },
                   [&](const PutBack& one) {
                       put_order(line, one.order);
                       line["sentence"] = one.sentence;
                   },
                   [&](const Closed& one) {
                       line["done"] = one.done;
                       line["sentence"] = one.sentence;
                   },
               },
               body);
}

// ---- from text

class RecordReader {
  public:
    RecordReader(const Place& place, std::string_view kind, Problems& problems)
        : reader_(place, members_of(kind), problems), kind_(kind) {}

    Record read() {
        Record record;
        record.number = count("number");
        record.at = Instant(Duration(number("at_us")));
        record.body = body();
        return record;
    }

  private:
    static std::span<const std::string_view> members_of(std::string_view kind) {
        static constexpr std::array<std::string_view, 7> opened{
            "number", "at_us", "kind", "run", "pool", "began_at", "mission"};
        static constexpr std::array<std::string_view, 6> adopted{"number", "at_us",    "kind",
                                                                 "reason", "scenario", "plan"};
        static constexpr std::array<std::string_view, 12> commanded{
            "number", "at_us", "kind",    "key",  "act",   "vm",
            "host",   "to",    "storage", "memo", "range", "attempt"};
        static constexpr std::array<std::string_view, 9> answered{
            "number", "at_us", "kind", "key", "answer", "advice", "code", "sentence", "memo"};
        static constexpr std::array<std::string_view, 6> settled{"number", "at_us", "kind",
                                                                 "key",    "done",  "sentence"};
        static constexpr std::array<std::string_view, 5> told{"number", "at_us", "kind", "what",
                                                              "host"};
        static constexpr std::array<std::string_view, 8> noted{
            "number", "at_us", "kind", "severity", "code", "subject", "sentence", "remedy"};
        static constexpr std::array<std::string_view, 9> cleared{
            "number", "at_us", "kind", "severity", "code", "subject", "sentence", "remedy", "why"};
        static constexpr std::array<std::string_view, 11> put_back{
            "number", "at_us",   "kind", "act",   "vm",      "host",
            "to",     "storage", "memo", "range", "sentence"};
        static constexpr std::array<std::string_view, 5> closed{"number", "at_us", "kind", "done",
                                                                "sentence"};
        if (kind == "opened") return opened;
        if (kind == "adopted") return adopted;
        if (kind == "commanded") return commanded;
        if (kind == "answered") return answered;
        if (kind == "settled") return settled;
        if (kind == "told") return told;
        if (kind == "noted") return noted;
        if (kind == "cleared") return cleared;
        if (kind == "put_back") return put_back;
        return closed;
    }

    RecordBody body() {
        if (kind_ == "opened") {
            return Opened{text("run"), text("pool"), text("began_at"), text("mission")};
        }
        if (kind_ == "adopted") return Adopted{text("reason"), text("scenario"), text("plan")};
        if (kind_ == "commanded") return Commanded{count("key"), order(), number("attempt")};
        if (kind_ == "answered") {
            return Answered{count("key"),
                            word<Answered::Kind>("answer", kind_names),
                            word<Answered::Advice>("advice", advice_names),
                            text("code"),
                            text("sentence"),
                            text("memo")};
        }
        if (kind_ == "settled") return Settled{count("key"), flag("done"), text("sentence")};
        if (kind_ == "told") return Told{word<Told::What>("what", told_names), maybe("host")};
        if (kind_ == "noted") return Noted{finding()};
        if (kind_ == "cleared") return Cleared{finding(), text("why")};
        if (kind_ == "put_back") return PutBack{order(), text("sentence")};
        return Closed{flag("done"), text("sentence")};
    }

    Finding finding() {
        return {word<Severity>("severity", severity_names), text("code"), text("subject"),
                text("sentence"), text("remedy")};
    }

    Order order() {
        return Order{word<Act>("act", act_names),
                     maybe("vm"),
                     maybe("host"),
                     maybe("to"),
                     maybe("storage"),
                     maybe("memo"),
                     maybe("range")};
    }

    std::string maybe(std::string_view member) {
        return reader_.text(member, limits::input_bytes).value_or("");
    }
    std::string text(std::string_view member) {
        return reader_.required_text(member, limits::input_bytes);
    }
    std::int64_t number(std::string_view member) {
        if (!reader_.has(member)) reader_.missing(member);
        return reader_.integer(member, {0, 0, std::numeric_limits<std::int64_t>::max()});
    }
    std::uint64_t count(std::string_view member) {
        return static_cast<std::uint64_t>(number(member));
    }
    bool flag(std::string_view member) {
        if (!reader_.has(member)) reader_.missing(member);
        return reader_.boolean(member, false);
    }
    template <class Value, std::size_t size>
    Value word(std::string_view member, const std::array<std::string_view, size>& names) {
        const std::string name = text(member);
        const auto found = std::find(names.begin(), names.end(), name);
        if (found != names.end()) return static_cast<Value>(found - names.begin());
        reader_.problems().add(reader_.at(member), "\"" + name + "\" is not known here",
                               codec::known_words({names.begin(), names.end()}));
        return Value{};
    }

    ObjectReader reader_;
    std::string_view kind_;
};

/// True when a line is whole: its checksum, a space and what that is the sum of.
bool is_whole(std::string_view line) {
    return line.size() > sum_digits && line[sum_digits] == ' ' &&
           sum_of(line.substr(sum_digits + 1)) == line.substr(0, sum_digits);
}

/// One record, or what is wrong with its line.
tl::expected<Record, Error::Item> read_line(std::string_view text, const std::string& line) {
    const auto wrong = [&](std::string sentence, std::string remedy = {}) {
        return tl::unexpected(Error::Item{line, std::move(sentence), std::move(remedy)});
    };
    if (!is_whole(text)) {
        return wrong("the checksum does not fit to the record");
    }
    const auto document = codec::parse_document(text.substr(sum_digits + 1));
    if (!document) return wrong(document.error().place + ": " + document.error().sentence);
    const Node* kind = codec::find_member(*document, "kind");
    const bool known = kind != nullptr && std::find(record_names.begin(), record_names.end(),
                                                    kind->text) != record_names.end();
    if (!known) return wrong("there is no such kind of record");
    Problems problems(line);
    const Place place{nullptr, &*document, {}, 0, {}};
    Record record = RecordReader(place, kind->text, problems).read();
    if (problems.empty()) return record;
    const Error error = problems.take();
    return wrong(error.items.front().place + ": " + error.items.front().sentence,
                 error.items.front().remedy);
}

/// What keeps `record` from standing behind `before`.
std::optional<std::string> misfit(const Journal& before, const Record& record) {
    if (record.number != before.size()) {
        return "record " + std::to_string(record.number) + " stands where " +
               std::to_string(before.size()) + " should";
    }
    if (before.empty() && !std::holds_alternative<Opened>(record.body)) {
        return "a journal begins with a record \"opened\"";
    }
    if (!before.empty() && record.at < before.back().at) return "time falls";
    return std::nullopt;
}

// What the records before the damage are good for.
std::string way_out(const JournalText& read, const std::string& source) {
    std::string words = "the file was changed or damaged: take a copy of it that was not";
    if (read.journal.empty()) return words + "; nothing before it can be read";
    words +=
        "; or, to see how far it came, head -c " + std::to_string(read.bytes) + " " + source +
        " > whole.journal keeps the " +
        (read.journal.size() == 1 ? "record" : std::to_string(read.journal.size()) + " records") +
        " before it for vacate status and vacate report. Do not resume that one: it does not "
        "know what was done later";
    return words;
}

}  // namespace

std::string print_record(const Record& record) {
    Json line;
    line["number"] = record.number;
    line["at_us"] = record.at.time_since_epoch().count();
    line["kind"] = record_names[record.body.index()];
    put_body(line, record.body);
    const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
    return sum_of(text) + " " + text + "\n";
}

Result<JournalText> read_journal(std::string_view text, const std::string& source) {
    if (text.size() > limits::input_bytes) {
        return tl::unexpected<Error>(bad_input(source, "", "the journal is too long"));
    }
    JournalText read;
    const auto damage = [&](Error::Item item) {
        item.remedy += (item.remedy.empty() ? "" : ". ") + way_out(read, source);
        return tl::unexpected<Error>(Error{Error::Kind::bad_input, source, {std::move(item)}});
    };
    for (std::size_t line = 1; read.bytes < text.size(); ++line) {
        const std::size_t end = text.find('\n', read.bytes);
        if (end == std::string_view::npos) break;
        const bool is_last = end + 1 == text.size();
        const std::string_view content = text.substr(read.bytes, end - read.bytes);
        if (is_last && !is_whole(content)) break;
        const std::string place = "line " + std::to_string(line) + " (record " +
                                  std::to_string(read.journal.size()) + ", from byte " +
                                  std::to_string(read.bytes) + ")";
        auto record = read_line(content, place);
        if (!record) return damage(std::move(record.error()));
        if (const auto wrong = misfit(read.journal, *record)) return damage({place, *wrong, ""});
        read.journal.push_back(std::move(*record));
        read.bytes = end + 1;
    }
    return read;
}

}  // namespace vacate
