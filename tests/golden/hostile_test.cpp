// Files that must be refused: with a reason and status 2, never with a crash.
#include <catch2/catch.hpp>

#include "model/random.hpp"
#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

bool is_plan(const std::string& file) { return file.find("/plan-") != std::string::npos; }

// Plans are read beside the pool that they are for, everything else is a pool itself.
std::vector<std::string> arguments_for(const std::string& file) {
    if (is_plan(file)) return {"simulate", "scenarios/tiny/memory.json", file};
    return {"check", file};
}

bool is_printable(const std::string& text) {
    return text.find_first_of("\x1b\x07\x08\r") == std::string::npos;
}

void check_refused(const ProgramRun& run) {
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK_FALSE(run.err.empty());
    CHECK(is_printable(run.err));
    CHECK(run.err.size() < 64 * 1024);
}

TEST_CASE("every hostile file is refused with its reason", "[golden][hostile]") {
    std::string all;
    for (const std::string& file : scenarios_in("hostile")) {
        INFO(file);
        const ProgramRun run = vacate_run(arguments_for(file));
        check_refused(run);
        all += run.err + "\n";
    }
    check_golden("hostile.txt", all);
}

TEST_CASE("with --json a refusal is JSON, the words stay the same", "[golden][hostile]") {
    for (const std::string& file : scenarios_in("hostile")) {
        INFO(file);
        std::vector<std::string> arguments = arguments_for(file);
        const ProgramRun words = vacate_run(arguments);
        arguments.emplace_back("--json");
        const ProgramRun json = vacate_run(arguments);
        CHECK(json.status == 2);
        CHECK(json.err == words.err);
        CHECK(json.out.starts_with("{"));
        CHECK(is_printable(json.out));
    }
    check_golden("hostile.json",
                 vacate_run({"check", "scenarios/hostile/absurd-number.json", "--json"}).out);
}

TEST_CASE("files too large to be kept are refused too", "[golden][hostile]") {
    const TemporaryFolder folder;
    const auto check_text = [&folder](const std::string& name, const std::string& text) {
        INFO(name);
        write_text(folder.path(name), text);
        const ProgramRun run = vacate_run({"check", folder.path(name)});
        check_refused(run);
        return run.err;
    };
    const std::string long_text((1u << 20) + 1, 'a');
    const std::string head =
        "<database><manifest><pair key=\"schema_major_vsn\" value=\"5\"/>"
        "<pair key=\"schema_minor_vsn\" value=\"775\"/></manifest>";
    const std::string err = check_text("long-attribute.xml",
                                       head + "<table name=\"host\"><row ref=\"1\" name__label=\"" +
                                           long_text + "\"/></table></database>");
    CHECK(err.find("longer than 1048576 bytes") != std::string::npos);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<table name=\"host\">";
    check_text("deep-nesting.xml", head + deep);
    check_text("deep-nesting.json", "{\"about\":" + std::string(1'000'000, '['));
    check_text("long-name.json", "{\"about\": \"x\", \"pool\": {\"coordinator\": \"" + long_text +
                                     "\"}, \"hosts\": [{\"name\": \"" + long_text + "\"}]}");
    check_text("many-bars.data", std::string(1'000'000, '|') + "\n\n");
}

TEST_CASE("noise is refused", "[golden][hostile]") {
    const TemporaryFolder folder;
    Random random(1);
    for (const std::string start :
         {"", "{", "<", "{\"about\": \"", "<database>", "[", "\xef\xbb\xbf{"}) {
        for (int i = 0; i < 5; ++i) {
            std::string text = start;
            const std::int64_t length = random.between(1, 2000);
            for (std::int64_t k = 0; k < length; ++k) {
                text += static_cast<char>(random.below(256));
            }
            INFO("start " << start << ", number " << i);
            write_text(folder.path("noise"), text);
            check_refused(vacate_run({"check", folder.path("noise")}));
        }
    }
}

// Every tenth place, and all of the last ones: a file that arrived in part.
TEST_CASE("a scenario that was cut is refused wherever it was cut", "[golden][hostile]") {
    const TemporaryFolder folder;
    const std::string whole =
        text_of_file(std::string(VACATE_SOURCE_DIR) + "/scenarios/tiny/memory.json");
    const std::size_t end = whole.rfind('}');
    for (std::size_t length = 0; length <= end; length += length + 5 < end ? 97 : 1) {
        INFO("cut after " << length << " bytes");
        write_text(folder.path("cut.json"), whole.substr(0, length));
        check_refused(vacate_run({"check", folder.path("cut.json")}));
    }
}

TEST_CASE("a mistyped verb or option is told what was meant", "[golden][hostile]") {
    const auto says = [](const std::vector<std::string>& words, const std::string& sentence) {
        const ProgramRun run = vacate_run(words);
        INFO(run.err);
        CHECK(run.status == 2);
        CHECK(run.err.find(sentence) != std::string::npos);
    };
    says({"runn", "10.0.0.1", "plan.json"}, "there is no verb runn; did you mean run?\n");
    says({"run", "10.0.0.1", "plan.json", "--journl=a"},
         "there is no option --journl of run; did you mean --journal?\n");
    says({"plan", "--objectiv", "moves", "scenarios/tiny/memory.json"},
         "there is no option --objectiv of plan; did you mean --objective?\n");
    says({"--versoin"}, "there is no option --versoin; did you mean --version?\n");
    says({"quite-another"}, "there is no verb quite-another\n");
    const ProgramRun json = vacate_run({"plna", "--json"});
    CHECK(json.status == 2);
    CHECK(json.out.find("there is no verb plna; did you mean plan?") != std::string::npos);
}

TEST_CASE("what is no file is refused", "[golden][hostile]") {
    const TemporaryFolder folder;
    check_refused(vacate_run({"check", folder.path("missing.json")}));
    check_refused(vacate_run({"check", "/dev/null"}));
    CHECK(vacate_run({"check", folder.path(".")}).status >= 2);
    const ProgramRun not_written =
        vacate_run({"plan", "scenarios/tiny/memory.json", "-o", folder.path("missing/plan.json")});
    CHECK(not_written.status == 3);
    CHECK(not_written.err.find("the plan was not written") != std::string::npos);
}

}  // namespace
}  // namespace vacate
