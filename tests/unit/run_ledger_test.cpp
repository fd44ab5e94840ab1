// The journal as a file: what is written is there again, torn ends and second runs are met.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "model/codec/journal_text.hpp"
#include "tools/run/controls.hpp"
#include "tools/run/ledger_file.hpp"

namespace vacate {
namespace {

// A folder of its own, gone at the end.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "vacate-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

std::vector<Record> some_records() {
    Commanded commanded{1, {}, 1};
    commanded.order.act = Act::disable_host;
    commanded.order.host = "srv-1";
    return {{0, Instant{}, Opened{"r-1", "pool", "2026-03-01T22:00:00Z", "{}"}},
            {1, Instant{Duration{5}}, commanded},
            {2, Instant{Duration{9}}, Told{Told::What::pause, ""}}};
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a journal is there again after reopening, and goes on", "[run][journal]") {
    const Folder folder;
    const std::string path = folder.file("a.journal");
    const std::vector<Record> records = some_records();
    {
        auto ledger = LedgerFile::create(path);
        REQUIRE(ledger);
        REQUIRE((*ledger)->append({records[0], records[1]}));
    }
    {
        auto again = LedgerFile::reopen(path);
        REQUIRE(again);
        CHECK(again->history == std::vector<Record>{records[0], records[1]});
        REQUIRE(again->ledger->append({records[2]}));
    }
    const auto now = look_at_journal(path);
    REQUIRE(now);
    CHECK(now->history == records);
    CHECK_FALSE(now->is_held);
}

TEST_CASE("a journal is never begun over another one", "[run][journal]") {
    const Folder folder;
    const std::string path = folder.file("a.journal");
    REQUIRE(LedgerFile::create(path));
    const auto second = LedgerFile::create(path);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == Error::Kind::outside);
    CHECK(second.error().items[0].sentence == "there is a journal of this name already");
}

TEST_CASE("one run at a time holds a journal", "[run][journal]") {
    const Folder folder;
    const std::string path = folder.file("a.journal");
    auto ledger = LedgerFile::create(path);
    REQUIRE(ledger);
    REQUIRE((*ledger)->append(some_records()));
    CHECK_FALSE(LedgerFile::reopen(path));
    CHECK(look_at_journal(path)->is_held);
    ledger->reset();
    CHECK_FALSE(look_at_journal(path)->is_held);
    CHECK(LedgerFile::reopen(path));
}

TEST_CASE("a torn last line is cut off at every byte, and what comes next is whole",
          "[run][journal]") {
    const Folder folder;
    const std::vector<Record> records = some_records();
    const std::string whole = print_record(records[0]) + print_record(records[1]);
    const std::string last = print_record(records[2]);
    for (std::size_t cut = 1; cut < last.size(); ++cut) {
        const std::string path = folder.file("cut-" + std::to_string(cut));
        std::ofstream(path, std::ios::binary) << whole << last.substr(0, cut);
        auto again = LedgerFile::reopen(path);
        REQUIRE(again);
        CHECK(again->history.size() == 2);
        REQUIRE(again->ledger->append({records[2]}));
        CHECK(text_of(path) == whole + last);
    }
}

TEST_CASE("a folder that is not there is an error with a remedy", "[run][journal]") {
    const Folder folder;
    const auto ledger = LedgerFile::create(folder.file("none/a.journal"));
    REQUIRE_FALSE(ledger);
    CHECK(ledger.error().items[0].sentence ==
          "the journal cannot be made: No such file or directory");
    CHECK_FALSE(ledger.error().items[0].remedy.empty());
}

TEST_CASE("words reach the run that holds the journal, in their order, once", "[run]") {
    const Folder folder;
    const std::string path = folder.file("a.journal");
    const Told pause{Told::What::pause, ""};
    const Told proceed{Told::What::proceed, "srv 3"};
    auto ledger = LedgerFile::create(path);
    REQUIRE(ledger);
    REQUIRE((*ledger)->append(some_records()));
    auto controls = Controls::open(path);
    REQUIRE(controls);
    CHECK(controls->take().empty());
    REQUIRE(tell_run(path, pause));
    REQUIRE(tell_run(path, proceed));
    CHECK(controls->take() == std::vector<Told>{pause, proceed});
    CHECK(controls->take().empty());
    ledger->reset();
    const auto late = tell_run(path, pause);
    REQUIRE_FALSE(late);
    CHECK(late.error().items[0].sentence == "no run is under way with this journal");
}

}  // namespace
}  // namespace vacate
