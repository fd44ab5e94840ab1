// What scenarios/studies/README.md says about the studies that are kept, held against their
// answers.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "reports/study_answer.hpp"
#include "tests/support/run_program.hpp"

namespace vacate {
namespace {

const std::string root = VACATE_SOURCE_DIR;
using Words = std::vector<std::string>;

/// The page with single spaces for all white space, and the answer to one study.
class Page {
  public:
    explicit Page(const std::string& study) {
        std::istringstream words(text_of_file(root + "/scenarios/studies/README.md"));
        for (std::string word; words >> word;) text_ += (text_.empty() ? "" : " ") + word;
        const auto file =
            read_study_file(text_of_file(root + "/tests/golden/expected/studies/" + study));
        REQUIRE(file);
        rows_ = file->rows;
    }

    void says(const std::string& sentence) const {
        INFO("scenarios/studies/README.md should say: " << sentence);
        CHECK(text_.find(sentence) != std::string::npos);
    }

    /// The n-th row, from 0 on, of a question about a case.
    [[nodiscard]] const StudyRow& row(const std::string& ask, const std::string& variant,
                                      const Words& point = {}, int n = 0) const {
        for (const StudyRow& row : rows_) {
            const bool is_there =
                row.ask == ask && row.variant == variant &&
                std::equal(
                    point.begin(), point.end(), row.point.begin(), row.point.end(),
                    [](const std::string& value, const auto& at) { return value == at.second; });
            if (is_there && n-- == 0) return row;
        }
        FAIL("there is no row " << ask << " of " << variant);
        return rows_.front();
    }

  private:
    std::string text_;
    std::vector<StudyRow> rows_;
};

std::string shown(const StudyRow& row, const std::string& figure) {
    return shown_figure(row, figure);
}

std::int64_t number(const StudyRow& row, const std::string& figure) {
    const auto value = figure_number(row, figure);
    REQUIRE(value);
    return *value;
}

// Whole per cent that the second is shorter.
std::string per_cent_off(std::int64_t from, std::int64_t to) {
    return std::to_string((from - to) * 100 / from) + " %";
}

std::string minutes(std::int64_t microseconds) {
    return std::to_string(microseconds / 60'000'000) + " min";
}

TEST_CASE("page of the studies: links or hosts", "[golden][whatif][page]") {
    const Page page("links-or-hosts.json");
    const auto p50 = [&](const std::string& variant, const char* link, const char* width) {
        return number(page.row("compare", variant, {link, width}), "p50_us");
    };
    const auto told = [&](const std::string& variant, const char* link, const char* width) {
        return shown(page.row("compare", variant, {link, width}), "p50_us");
    };
    page.says("One host at a time takes " + told("base", "1 Gbps", "1") + " at 1 Gbps, " +
              told("base", "2500 Mbps", "1") + " at 2.5 Gbps and " + told("base", "10 Gbps", "1") +
              " at 10 Gbps. At 25 Gbps it is " + told("base", "25 Gbps", "1") + " again");
    const std::int64_t one = p50("base", "10 Gbps", "1");
    page.says("two hosts out at once take " + told("base", "10 Gbps", "2") + " and four " +
              told("base", "10 Gbps", "4") + ", which is " +
              per_cent_off(one, p50("base", "10 Gbps", "2")) + " and " +
              per_cent_off(one, p50("base", "10 Gbps", "4")) + " off");
    for (const char* link : {"1 Gbps", "2500 Mbps", "10 Gbps", "25 Gbps"}) {
        INFO("a bought host, one at a time, at " << link);
        CHECK(p50("one bought", link, "1") > p50("base", link, "1"));
    }
    const auto saved = [&](const char* variant, const char* link) {
        return minutes(p50("base", link, "2") - p50(variant, link, "2"));
    };
    page.says("it saves " + saved("one bought", "2500 Mbps") + " at 2.5 Gbps and " +
              saved("one bought", "10 Gbps") + " at 10 Gbps; a lent one, which needs no upgrade, " +
              saved("one lent", "2500 Mbps") + " and " + saved("one lent", "10 Gbps") + ".");
    page.says("gains nothing to speak of at 10 Gbps (" + told("one bought", "10 Gbps", "4") + ")");
    // Nothing to speak of: less than a minute in more than two hours.
    CHECK(minutes(p50("base", "10 Gbps", "4") - p50("one bought", "10 Gbps", "4")) == "0 min");
    for (const char* link : {"1 Gbps", "2500 Mbps"}) {
        INFO("a bought host, four at a time, at " << link);
        CHECK(p50("one bought", link, "4") > p50("base", link, "4"));
    }
}

TEST_CASE("page of the studies: how full", "[golden][whatif][page]") {
    const Page page("how-full.json");
    const auto growth = [&](const std::string& variant) -> const StudyRow& {
        return page.row("headroom", variant);
    };
    for (const std::string variant :
         {"base", "64 GiB more each", "a ninth host", "dom0 takes 4 GiB"}) {
        const StudyRow& grown = growth(variant);
        const StudyRow& more = page.row("headroom", variant, {}, 1);
        page.says("| " + (variant == "base" ? "as it is" : variant) + " | " +
                  shown(grown, "upgrade_headroom") + " | " + shown(more, "upgrade_headroom") +
                  " | " + shown(grown, "loss_headroom") + " | " + shown(more, "loss_headroom") +
                  " | " + shown(page.row("compare", variant), "p50_us") + " |");
        for (const StudyRow* row : {&grown, &more}) {
            INFO("a loss comes no later: " << variant);
            CHECK(number(*row, "loss_steps") <= number(*row, "upgrade_steps"));
        }
    }
    CHECK(shown(growth("base"), "upgrade_limit") == "no");  // proved
    const auto times = [&](const char* variant) {
        const std::int64_t tenths =
            number(growth(variant), "upgrade_steps") * 10 / number(growth("base"), "upgrade_steps");
        return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " times";
    };
    page.says("lets the VMs grow " + times("64 GiB more each") + " as far as before");
    page.says("with 246 GiB " + times("a ninth host") + ", for half the memory");
    for (const char* variant : {"64 GiB more each", "a ninth host"}) {
        CHECK(number(page.row("compare", variant), "p50_us") <
              number(page.row("compare", "base"), "p50_us"));
    }
    for (const int n : {0, 1}) {  // growth, and new VMs
        for (const char* steps : {"upgrade_steps", "loss_steps"}) {
            CHECK(number(page.row("headroom", "dom0 takes 4 GiB", {}, n), steps) ==
                  number(page.row("headroom", "base", {}, n), steps));
        }
    }
}

TEST_CASE("page of the studies: two at a time", "[golden][whatif][page]") {
    const Page page("two-at-a-time.json");
    const Words variants{"base", "two at a time", "three at a time"};
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const StudyRow& risk = page.row("risk", variants[i]);
        const StudyRow& losses = page.row("n-k", variants[i]);
        page.says("| " + std::to_string(i + 1) + " | " + shown(risk, "p50_us") + " | " +
                  shown(risk, "p95_us") + " | " + shown(risk, "within_window_ppm") + " | " +
                  shown(risk, "finish_ppm") + " | " + shown(losses, "not_survivable") + " of " +
                  shown(losses, "cases") + " |");
        const StudyRow& least = page.row("smallest", variants[i]);
        page.says(shown(least, "least") + " are the least that fit 2 h 30 min in 90 of 100 runs: " +
                  shown(least, "needed_us") + ". One at a time was tried and is " +
                  shown(least, "limit"));
    }
    for (const std::string& variant : variants) {  // most of the first half cannot be survived
        const StudyRow& row = page.row("n-k", variant);
        const std::int64_t half = number(row, "stages") / 2;
        std::int64_t survived = 0;
        std::int64_t not_survived = 0;
        for (const auto& line : row.tables.front().rows) {
            if (std::get<std::int64_t>(line[0]) > half) continue;
            ++(std::get<std::string>(line[4]) == "survivable" ? survived : not_survived);
        }
        INFO(variant);
        CHECK(not_survived > survived);
    }
    const StudyRow& two = page.row("n-k", "two at a time");
    CHECK(number(two, "not_survivable") > number(page.row("n-k", "base"), "not_survivable"));
    CHECK(number(page.row("risk", "three at a time"), "p50_us") >=
          number(page.row("risk", "two at a time"), "p50_us"));  // gains nothing
    const StudyRow& tonight = page.row("when", "two at a time");
    const StudyRow& narrow = page.row("when", "base");
    page.says("is enough for " + shown(tonight, "hosts_tonight") + " hosts at a width of two (" +
              shown(tonight, "needed_us") + "), for " + shown(narrow, "hosts_tonight") +
              " at a width of one (" + shown(narrow, "needed_us") + "), the coordinator first. " +
              shown(tonight, "hosts_left") + " hosts are left, versions stay mixed, and the loss " +
              "of any of the " + shown(tonight, "losses_survived") + " can be survived");
    CHECK(shown(tonight, "mixed") == "yes");
    CHECK(shown(tonight, "hosts").find("srv-01") == 0);  // the coordinator
}

}  // namespace
}  // namespace vacate
