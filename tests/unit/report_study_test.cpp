// A study's answers read back from their file, and as a page.
#include <catch2/catch.hpp>

#include "reports/study_answer.hpp"

namespace vacate {
namespace {

StudyRow row(std::int64_t number, const std::string& link, const std::string& width,
             std::int64_t p50_minutes) {
    StudyRow one;
    one.number = number;
    one.ask = "compare";
    one.variant = "base";
    one.point = {{"link", link}, {"width", width}};
    const bool found = p50_minutes > 0;
    one.figures = {{"feasible", std::string(found ? "yes" : "no")},
                   {"p50_us", found ? Cell{p50_minutes * 60'000'000} : Cell{}},
                   {"within_window_ppm", std::int64_t{p50_minutes > 90 ? 400'000 : 900'000}},
                   {"moves", std::int64_t{10 + number}}};
    return one;
}

// Two links by two widths; the last has no plan.
StudyFile small_study() {
    StudyFile file;
    file.head = {"pool <b>", "pool.json", "links & widths", 0x12ab, 4};
    file.rows = {row(0, "1 Gbps", "1", 120), row(1, "1 Gbps", "2", 60), row(2, "10 Gbps", "1", 60),
                 row(3, "10 Gbps", "2", 0)};
    return file;
}

std::string lines_of(const StudyFile& file) {
    std::string text = head_json(file.head) + "\n";
    for (const StudyRow& one : file.rows) text += row_json(one) + "\n";
    return text;
}

bool has(const std::string& page, const std::string& what) {
    return page.find(what) != std::string::npos;
}

TEST_CASE("a study is read from both forms of its file", "[report][study]") {
    const StudyFile file = small_study();
    const auto lines = read_study_file(lines_of(file));
    REQUIRE(lines);
    CHECK(lines->head == file.head);
    CHECK(lines->rows == file.rows);
    std::string whole = "{\"study\": " + head_json(file.head) + ", \"rows\": [";
    for (const StudyRow& one : file.rows) whole += (one.number > 0 ? "," : "") + row_json(one);
    const auto read = read_study_file(whole + "]}");
    REQUIRE(read);
    CHECK(read->head == file.head);
    CHECK(read->rows == file.rows);
}

TEST_CASE("a last line that is being written is left out, other damage is no study",
          "[report][study]") {
    const std::string text = lines_of(small_study());
    const auto torn = read_study_file(text.substr(0, text.size() - 5));
    REQUIRE(torn);
    CHECK(torn->rows.size() == 3);
    CHECK_FALSE(read_study_file(head_json(small_study().head) + "\n{\"row\": \"x\"}\n"));
    CHECK_FALSE(read_study_file("{\"hosts\": []}"));
    CHECK_FALSE(read_study_file(""));
    CHECK_FALSE(read_study_file("{\"study\": {}, \"rows\": []}"));
}

TEST_CASE("a study's page has a map whose cells lead to the rows", "[report][study]") {
    const std::string page = study_html(small_study());
    // 120 min is the worst of 60 to 120, and in 40 of 100 runs it fits the window.
    CHECK(has(page, "<td class=\"heat h3\"><a href=\"#row-0\">\xe2\x96\xb2 2 h"));
    CHECK(has(page, "<td class=\"heat h0\"><a href=\"#row-1\">1 h"));
    CHECK(has(page, "<td class=\"heat none\"><a href=\"#row-3\">\xe2\x96\xa0</a>"));
    CHECK(has(page, "<tr id=\"row-3\">"));
    // Against the first row: 60 min less, one move more.
    CHECK(has(page,
              "<small>\xe2\x88\x92"
              "1 h 0 min</small>"));
    CHECK(has(page, "11 <small>+1</small>"));
    CHECK(has(page, "1 of the cases have no plan"));
    CHECK(has(page, "pool &lt;b&gt;"));
    CHECK_FALSE(has(page, "pool <b>"));
}

TEST_CASE("losses stand as a matrix, with their words in a row each", "[report][study]") {
    StudyFile file;
    file.head = {"pool", "pool.json", "", 1, 1};
    StudyRow one;
    one.ask = "n-k";
    one.variant = "base";
    one.figures = {{"losses", std::int64_t{1}},
                   {"stages", std::int64_t{1}},
                   {"cases", std::int64_t{3}},
                   {"survivable", std::int64_t{1}}};
    const std::string evil = "<i>c</i>";
    one.tables = {
        {"losses",
         {"stage", "at_us", "when", "lost", "survival", "without", "vms"},
         {{std::int64_t{1}, std::int64_t{0}, "before", "a", "survivable", std::int64_t{0}, ""},
          {std::int64_t{1}, std::int64_t{0}, "before", "b", "not survivable", std::int64_t{1},
           "db-1"},
          {std::int64_t{1}, std::int64_t{0}, "before", evil, "not found", std::int64_t{1},
           "db-2"}}}};
    file.rows = {one};
    const std::string page = study_html(file);
    CHECK(has(page, "base: 1 of 3 losses can be survived"));
    CHECK(has(page, "title=\"before, a lost: survivable\">\xe2\x9c\x93</td>"));
    CHECK(has(page, "<a href=\"#loss-0-1-1\">\xe2\x96\xa0</a>"));
    CHECK(has(page, "<a href=\"#loss-0-1-2\">\xe2\x96\xb2</a>"));
    CHECK(has(page, "<tr id=\"loss-0-1-1\">"));
    CHECK(has(page, "db-1"));
    CHECK_FALSE(has(page, evil));
}

}  // namespace
}  // namespace vacate
