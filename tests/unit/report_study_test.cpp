// A study's answers read back from their file, and as a page.
#include <algorithm>
#include <catch2/catch.hpp>

#include "reports/study_answer.hpp"
#include "tests/support/documents.hpp"

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

// A row of risk whose 10 runs end in the third minute, one of them in the fifth.
StudyRow risk_row() {
    constexpr std::int64_t minute = 60'000'000;
    StudyRow one;
    one.ask = "risk";
    one.variant = "base";
    one.figures = {
        {"feasible", std::string("yes")},        {"p50_us", std::int64_t{3 * minute}},
        {"p95_us", std::int64_t{5 * minute}},    {"p99_us", std::int64_t{5 * minute}},
        {"window_us", std::int64_t{4 * minute}}, {"within_window_ppm", std::int64_t{900'000}}};
    one.tables = {{"makespans",
                   {"from_us", "to_us", "runs"},
                   {{2 * minute, 3 * minute, std::int64_t{9}},
                    {3 * minute, 4 * minute, std::int64_t{0}},
                    {4 * minute, 5 * minute, std::int64_t{1}}}}};
    return one;
}

TEST_CASE("risk is a histogram with the window in it", "[report][study]") {
    StudyFile file;
    file.head = {"pool", "pool.json", "", 1, 1};
    file.rows = {risk_row()};
    for (const std::string& page : {study_html(file), study_svg(file)}) {
        // 560 are 5 min: a minute is 112. 9 of 9 runs are 44 high, one is 4.9.
        CHECK(has(page, "<rect class=\"hist\" x=\"224\" y=\"28\" width=\"111\" height=\"44\">"));
        CHECK(has(page, "<rect class=\"hist\" x=\"448\" y=\"67.1\" width=\"111\" height=\"4.9\">"));
        CHECK(has(page, ": 9 runs</title>"));
        CHECK(has(page, ": 1 run</title>"));
        CHECK_FALSE(has(page, ": 0 runs"));
        CHECK(has(page, "<path class=\"win-end\" d=\"M448 "));
    }
}

TEST_CASE("a study's picture and markdown hold names as text", "[report][study]") {
    StudyFile file = small_study();
    const std::string evil = "</svg><script>alert(1)</script>|`*_\xd7\xa9\xf0\x9f\x98\x80";
    for (StudyRow& one : file.rows) one.variant = evil;
    file.rows.push_back(risk_row());
    file.rows.back().variant = evil;
    const std::string svg = study_svg(file);
    CHECK(xml_problem(svg).empty());
    CHECK_FALSE(has(svg, "<script"));
    CHECK(has(svg, "&lt;/svg&gt;"));
    CHECK(has(svg, "class=\"heat3\""));  // 120 min, the worst of 60 to 120
    CHECK(has(svg, "class=\"heat-none\""));
    StudyTables tables(file.head);
    for (const StudyRow& one : file.rows) tables.add(one);
    const std::string markdown = render_markdown(tables.report());
    CHECK_FALSE(has(markdown, "<"));
    CHECK(has(markdown, "&lt;script&gt;"));
    CHECK(has(markdown, "\\|\\`\\*\\_"));
    // A cell per column: a bar in a name must not begin another.
    const std::size_t line = markdown.find("| &lt;/svg&gt;");
    REQUIRE(line != std::string::npos);
    const std::string row = markdown.substr(line, markdown.find('\n', line) - line);
    std::size_t bars = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        bars += row[i] == '|' && (i == 0 || row[i - 1] != '\\');
    const std::size_t head = markdown.find("| case");
    const std::string heading = markdown.substr(head, markdown.find('\n', head) - head);
    CHECK(bars == static_cast<std::size_t>(std::count(heading.begin(), heading.end(), '|')));
    CHECK(has(markdown, "\xd7\xa9\xf0\x9f\x98\x80"));
}

TEST_CASE("a study comes out as it was read", "[report][study]") {
    StudyFile file = small_study();
    const auto read = read_study_file(study_json(file));
    REQUIRE(read);
    CHECK(read->head == file.head);
    CHECK(read->rows == file.rows);
    file.rows.pop_back();
    CHECK(has(study_json(file), "\"next\": 3}"));
}

}  // namespace
}  // namespace vacate
