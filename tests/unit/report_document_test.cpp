// The documents that a report becomes: nothing breaks out of them, and they can be read back.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/draw.hpp"
#include "reports/web_assets.hpp"
#include "tests/support/documents.hpp"
#include "tests/support/reported.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;

const std::string evil_vm = "</script><script>alert(1)</script>";
const std::string evil_host = "\"><img src=x onerror=alert(2)>'";
// Hebrew, an override of direction, an emoji.
const std::string far_vm = "\xd7\xa9\xd7\xa8\xd7\xaa\xe2\x80\xae-\xf0\x9f\x98\x80";

World hostile() {
    World world = draw("a v1 16G : p 4G, q 4G\n b v1 16G :");
    world.pool.vms[vm(world, "p")].name = evil_vm;
    world.pool.vms[vm(world, "q")].name = far_vm;
    world.pool.hosts[host(world, "b")].name = evil_host;
    world.pool.name = "<b>pool</b> & co";
    return world;
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++count;
    }
    return count;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find(from);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find(to, begin + from.size());
    REQUIRE(end != std::string::npos);
    return text.substr(begin + from.size(), end - begin - from.size());
}

}  // namespace

TEST_CASE("names that are markup stay names in HTML", "[report]") {
    const Reported reported(hostile());
    const std::string html = report_html(reported.report());
    // The data and our script, and nothing that a name brought along.
    CHECK(count_of(html, "<script") == 2);
    CHECK(count_of(html, "</script") == 2);
    CHECK(count_of(html, "<img") == 0);
    CHECK(html.find(escaped(evil_vm)) != std::string::npos);
    CHECK(html.find("<bdi>" + escaped(far_vm) + "</bdi>") != std::string::npos);
    CHECK(html.find("http-equiv=\"Content-Security-Policy\"") != std::string::npos);
}

TEST_CASE("the page asks for nothing from elsewhere", "[report]") {
    const Reported reported(hostile());
    const std::string html = report_html(reported.report());
    for (const char* way : {"<link", "<iframe", "@import", " src=\"", "url(http", "onclick="}) {
        INFO(way);
        CHECK(html.find(way) == std::string::npos);
    }
    CHECK(html.find("default-src 'none'") != std::string::npos);
    CHECK(html.find("script-src 'sha256-" + web_script_digest() + "'") != std::string::npos);
}

TEST_CASE("the data block gives back what the report holds", "[report]") {
    const Reported reported(hostile());
    const TimelineReport& report = reported.report();
    const std::string block = between(report_html(report), "id=\"data\">", "</script>");
    CHECK(block.find('<') == std::string::npos);
    const Json data = Json::parse(block);
    const Course& course = report.course;
    REQUIRE(data["moves"]["vm"].size() == course.moves.size());
    for (std::size_t i = 0; i < course.moves.size(); ++i) {
        const MoveBar& move = course.moves[i];
        const Json& columns = data["moves"];
        CHECK(data["vms"]["name"][columns["vm"][i].get<std::size_t>()] ==
              report.answer.pool.vms[move.vm].name);
        CHECK(columns["from"][i] == move.from.index);
        CHECK(columns["to"][i] == move.to.index);
        // Rounded to the millisecond.
        CHECK(std::abs(columns["start_ms"][i].get<std::int64_t>() * 1000 -
                       move.when.begins.count()) <= 500);
        CHECK(std::abs(columns["end_ms"][i].get<std::int64_t>() * 1000 - move.when.ends.count()) <=
              500);
    }
    for (std::size_t i = 0; i < course.lanes.size(); ++i) {
        const auto& points = course.lanes[i].memory;
        REQUIRE(data["memory"][i].size() == 3 * points.size());
        CHECK(data["memory"][i].back().get<std::int64_t>() * 1024 * 1024 ==
              points.back().capacity.count);
    }
}

TEST_CASE("JSON says the same as the page, and the runbook with it", "[report]") {
    const Reported reported(hostile());
    const Json document = Json::parse(report_json(reported.report()));
    const Json data = Json::parse(page_data(reported.report()));
    CHECK(document["format"] == "vacate-report-1");
    CHECK(document["moves"] == data["moves"]);
    CHECK(document["memory"] == data["memory"]);
    CHECK(std::abs(document["ends_ms"].get<std::int64_t>() * 1000 -
                   reported.run().makespan.count()) <= 500);
    CHECK(!document["runbook"].empty());
    CHECK(document["findings"].size() == 2);
}

TEST_CASE("every drawing is well-formed XML by itself", "[report]") {
    const Reported reported(hostile());
    for (const Panel panel :
         {Panel::all, Panel::verdict, Panel::timeline, Panel::memory, Panel::links}) {
        const std::string svg = report_svg(reported.report(), panel);
        CHECK(xml_problem(svg).empty());
        CHECK(svg.find("<script") == std::string::npos);
        CHECK(svg.find("var(") == std::string::npos);
    }
    CHECK(!xml_problem("<svg>").empty());
}

TEST_CASE("markdown has no markup that a name brought along", "[report]") {
    const Reported reported(hostile());
    const std::string markdown = report_markdown(reported.report());
    const std::string outside = outside_of_fences(markdown);
    CHECK(outside.find('<') == std::string::npos);
    CHECK(outside.find("&lt;/script&gt;") != std::string::npos);
    CHECK(markdown.find("- [ ] ") != std::string::npos);
}

TEST_CASE("no plan: the reason, what would help, and nothing that was not said", "[report]") {
    const World world = hostile();
    NoPlanReport report{
        world.pool,
        world.state,
        true,
        {{Severity::blocks, "NO_ROOM", "VM " + evil_vm, "finds no room", "buy"}},
        {{"stop", "stop " + evil_vm, {"vms.x.mobility=restart"}, Duration{60'000'000}}}};
    const std::string html = report_html(report);
    CHECK(html.find("No plan exists") != std::string::npos);
    CHECK(count_of(html, "<script") == 0);
    CHECK(html.find("--set vms.x.mobility=restart") == std::string::npos);
    CHECK(html.find("--set &#39;vms.x.mobility=restart&#39;") != std::string::npos);
    report.proven = false;
    CHECK(report_html(report).find("No plan was found") != std::string::npos);
    const std::string markdown = report_markdown(report);
    CHECK(markdown.find("finds no room") != std::string::npos);
    CHECK(markdown.find('<') == std::string::npos);
    const std::string svg = report_svg(report);
    CHECK(xml_problem(svg).empty());
    CHECK(svg.find(escaped(evil_vm)) != std::string::npos);
}

TEST_CASE("nothing to do is one sentence, without empty charts", "[report]") {
    World world = draw("a v2 16G : db 10G\n b v2 16G :");
    world.state.hosts_upgraded = 2;
    const Reported reported(std::move(world));
    const std::string html = report_html(reported.report());
    CHECK(html.find("Nothing to do") != std::string::npos);
    CHECK(html.find("id=\"s-time\"") == std::string::npos);
    CHECK(count_of(html, "<script") == 0);
    CHECK(report_text(reported.report()).find("nothing to do") != std::string::npos);
}

TEST_CASE("lines for a terminal have at most 80 columns, commands and tables apart", "[report]") {
    const Reported reported(draw("a v1 16G : p 4G, q 4G\n b v1 16G :"));
    const std::string text = report_text(reported.report());
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        const std::string line = text.substr(begin, end - begin);
        INFO(line);
        if (line.rfind("        ", 0) != 0) CHECK(line.size() <= 80);
        CHECK(line.find('\x1b') == std::string::npos);
        begin = end + 1;
    }
}

}  // namespace vacate
