// What a report tells of a run, from journals written by hand.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/codec/journal_text.hpp"
#include "model/codec/plan_text.hpp"
#include "tests/support/documents.hpp"
#include "tests/support/world.hpp"
#include "tools/story/run_read.hpp"

namespace vacate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Json = nlohmann::json;

// A journal under construction; times are seconds since the run began.
struct Notes {
    Scenario scenario;
    Journal journal;
    std::uint64_t keys = 0;

    void write(std::int64_t at, RecordBody body) {
        journal.push_back({journal.size(), Instant{seconds(at)}, std::move(body)});
    }
    std::uint64_t command(std::int64_t at, Order order, std::int64_t attempt = 1) {
        write(at, Commanded{++keys, std::move(order), attempt});
        return keys;
    }
    void answer(std::int64_t at, std::uint64_t key, Answered::Kind kind,
                const std::string& code = {}) {
        write(at, Answered{key, kind, Answered::Advice::retry, code, "", ""});
    }
    // An order that goes well.
    void carry_out(std::int64_t from, std::int64_t to, Order order, std::int64_t attempt = 1) {
        answer(to, command(from, std::move(order), attempt), Answered::Kind::done);
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const Record& record : journal) all += print_record(record);
        return all;
    }
    [[nodiscard]] RunRead read(const RunOptions& options = {}) const {
        auto read = read_run(text(), "run.journal", options);
        REQUIRE(read);
        return std::move(*read);
    }
};

Order of_host(Act act, const std::string& host) { return {act, "", host, "", "", "", ""}; }
Order move(const std::string& vm, const std::string& from, const std::string& to) {
    return {Act::migrate, vm, from, to, "", "", ""};
}

constexpr const char* two_hosts = "a v1 16G : x 4G\n b v1 16G :";

// One step after the other: a backup, then a is emptied and upgraded, then b.
Plan plan_of(const World& world) {
    const Id<Host> a = host(world, "a");
    const Id<Host> b = host(world, "b");
    const Id<Vm> x = vm(world, "x");
    Plan plan;
    const std::vector<Step> steps{BackUpDatabase{}, DisableHost{a}, Migrate{x, a, b},
                                  Upgrade{a},       EnableHost{a},  DisableHost{b},
                                  Migrate{x, b, a}, Upgrade{b},     EnableHost{b}};
    for (const Step& step : steps) {
        const auto id = plan.steps.push_back(step);
        plan.after.push_back({});
        if (id.index > 0) plan.after[id].push_back(Id<Step>{id.index - 1});
    }
    plan.fingerprint = fingerprint(world.pool, world.state);
    return plan;
}

Notes opened(const World& world) {
    Notes notes;
    notes.scenario.pool = world.pool;
    notes.scenario.state = world.state;
    notes.write(0, Opened{"run-1", "pool", "2026-03-01T22:00:00Z", "{}"});
    notes.write(0, Adopted{"the run begins", print_scenario(notes.scenario),
                           print_plan(world.pool, plan_of(world))});
    return notes;
}

// a is disabled at 10 s, x leaves at the second attempt, and a is down from 32 s to 152 s.
Notes first_host_back(const World& world) {
    Notes notes = opened(world);
    notes.carry_out(5, 6, of_host(Act::back_up_database, ""));
    notes.carry_out(10, 11, of_host(Act::disable_host, "a"));
    const auto first = notes.command(11, move("x", "a", "b"));
    notes.answer(11, first, Answered::Kind::begun);
    notes.answer(21, first, Answered::Kind::refused, "NETWORK_DOWN");
    notes.carry_out(22, 32, move("x", "a", "b"), 2);
    const auto restart = notes.command(32, of_host(Act::restart_host, "a"));
    notes.answer(32, restart, Answered::Kind::begun);
    notes.write(152, Settled{restart, true, "a is back and ready"});
    return notes;
}

TEST_CASE("a run's course is what its journal says, from the first step on a host",
          "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);
    notes.carry_out(212, 213, of_host(Act::enable_host, "a"));
    const RunRead read = notes.read();
    // Zero is the disabling at 10 s.
    const HostLane& a = lane_of(read.course, host(world, "a"));
    CHECK(a.disabled == Since{seconds(0)});
    REQUIRE(a.down);
    CHECK(*a.down == Stretch{seconds(22), seconds(142)});
    CHECK(a.enabled == Since{seconds(203)});
    CHECK(a.out == 1);
    CHECK(read.course.blackout == Stretch{seconds(22), seconds(142)});
    REQUIRE(read.course.moves.size() == 2);
    const MoveBar& failed = read.course.moves[0];
    CHECK(failed.fate == StepOutcome::failed);
    CHECK(failed.when == Stretch{seconds(1), seconds(11)});
    const MoveBar& done = read.course.moves[1];
    CHECK(done.fate == StepOutcome::done);
    CHECK(done.when == Stretch{seconds(12), seconds(22)});
    CHECK(done.nth == 1);  // what failed moved nothing
    CHECK(read.schedule.moves == 1);
    CHECK(read.course.begins == Since{seconds(-10)});  // the run began then
    CHECK(read.course.ends == Since{seconds(203)});
    const HostTurn& turn = read.story.turns.front();
    CHECK(turn.begun == Since{seconds(0)});
    CHECK(turn.ended == Since{seconds(203)});
    CHECK(turn.failed == 1);
}

TEST_CASE("a run is held against the plan in force", "[report][run]") {
    const World world = draw(two_hosts);
    const RunRead read = first_host_back(world).read({minutes(60), 1});
    const RunStory& story = read.story;
    REQUIRE(story.plans.size() == 1);
    CHECK(story.plans[0].steps == 9);
    CHECK(story.plans[0].done == 4);  // backed up, disabled, moved, back
    CHECK(story.plans[0].at == Since{seconds(-10)});
    CHECK(story.standing == RunStanding::running);
    CHECK(story.now == Since{seconds(142)});
    CHECK(story.next == "enable a");
    REQUIRE(story.next_at);
    // The upgrade was to last 15 min and lasted 2 min; it began so much later than planned.
    REQUIRE(story.steps.size() == 5 + 5);  // five that were tried, five that wait
    const RunStep& restart = story.steps[4];
    REQUIRE(restart.planned);
    CHECK(restart.planned->ends - restart.planned->begins == minutes(15));
    REQUIRE(story.behind);
    CHECK(*story.behind == Since{seconds(142)} - restart.planned->ends);
    CHECK(story.behind->count() < 0);
    // All that is left may be later by what the window leaves.
    REQUIRE(story.begin_by);
    CHECK(*story.begin_by - *story.next_at == minutes(60) - story.plans[0].ends);
}

TEST_CASE("the first plan lies where the first step on a host was", "[report][run]") {
    const World world = draw(two_hosts);
    const RunStory story = first_host_back(world).read().story;
    // Prepared from 0 s to 10 s: the plan, whose time begins with its first disabling, lies there.
    CHECK(story.plans[0].begins == Since{seconds(0)});
    CHECK(story.lasts == Stretch{seconds(-10), seconds(142)});
    CHECK_FALSE(story.steps[0].planned);  // the backup: no plan says how long preparing takes
    REQUIRE(story.steps[1].planned);
    CHECK(story.steps[1].planned->begins == Since{seconds(0)});
    CHECK(story.turns.front().planned->begins == Since{seconds(0)});
    // Before any of them it could be now: nobody is behind.
    Notes notes = opened(world);
    notes.carry_out(5, 600, of_host(Act::back_up_database, ""));
    const RunStory early = notes.read().story;
    CHECK(early.plans[0].begins == early.now);
    CHECK_FALSE(early.behind);
}

TEST_CASE("a host is late by the plan, and slow by its restart", "[report][run]") {
    const World world = draw(two_hosts);
    Notes on_time = first_host_back(world);
    on_time.carry_out(212, 213, of_host(Act::enable_host, "a"));
    CHECK_FALSE(on_time.read().story.turns.front().late);
    Notes notes = first_host_back(world);
    notes.carry_out(2000, 2010, of_host(Act::enable_host, "a"));
    const HostTurn turn = notes.read().story.turns.front();
    REQUIRE(turn.planned);
    // In use again 2 000 s after the first step; planned are 15 min down and some seconds more.
    CHECK(turn.planned->ends > Since{minutes(15)});
    CHECK(turn.planned->ends < Since{minutes(17)});
    CHECK(turn.late == Since{seconds(2000)} - turn.planned->ends);
    CHECK_FALSE(turn.is_slow);
    CHECK_FALSE(turn.is_undone);
}

TEST_CASE("a host that is put back before it was down is not late", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = opened(world);
    notes.carry_out(10, 11, of_host(Act::disable_host, "a"));
    notes.carry_out(4000, 4001, of_host(Act::enable_host, "a"));
    notes.write(4002, Closed{false, "the operator ended it"});
    const HostTurn turn = notes.read().story.turns.front();
    CHECK(turn.is_undone);
    CHECK_FALSE(turn.late);
}

TEST_CASE("what was tried again did not fail", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);
    const auto unlock = notes.command(200, of_host(Act::unlock_pool, ""));
    notes.write(210, Settled{unlock, false, "the lock is still ours"});
    CHECK(notes.read().story.steps[5].state == RunStep::State::failed);
    notes.carry_out(211, 212, of_host(Act::unlock_pool, ""), 2);
    const RunStory story = notes.read().story;
    CHECK(story.steps[2].state == RunStep::State::repeated);  // the move that was refused
    CHECK(story.steps[3].state == RunStep::State::done);
    CHECK(story.steps[5].state == RunStep::State::repeated);
    CHECK(story.steps[6].state == RunStep::State::done);
}

TEST_CASE("a run may be paused, stopped or done", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);
    notes.write(160, Told{Told::What::pause, ""});
    notes.write(190, Noted{{Severity::act, "HOST_LATE", "host b", "b is late", "look"}});
    const RunStory paused = notes.read().story;
    CHECK(paused.standing == RunStanding::paused);
    CHECK(paused.pauses == std::vector<Stretch>{{seconds(150), seconds(180)}});
    CHECK(paused.owed == std::vector<std::string>{"enable a"});
    CHECK(paused.turns[1].is_slow);
    CHECK_FALSE(paused.turns[0].is_slow);
    notes.write(200, Told{Told::What::resume, ""});
    const RunRead resumed = notes.read();
    CHECK(resumed.story.standing == RunStanding::running);
    CHECK(resumed.story.pauses == std::vector<Stretch>{{seconds(150), seconds(190)}});
    CHECK(resumed.findings.size() == 1);
    Notes stopped = notes;
    stopped.write(210, Closed{false, "the operator ended it"});
    CHECK(stopped.read().story.standing == RunStanding::stopped);
    CHECK(stopped.read().story.words == "the operator ended it");
    notes.write(210, Closed{true, "all is done"});
    const RunStory done = notes.read().story;
    CHECK(done.standing == RunStanding::done);
    CHECK(done.next.empty());
}

TEST_CASE("a host that enabled itself takes VMs though nobody was told to", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);
    notes.carry_out(160, 170, move("x", "b", "a"));
    const RunRead read = notes.read();
    REQUIRE(read.course.moves.size() == 3);
    CHECK(read.course.moves[2].nth == 2);
    const HostLane& a = lane_of(read.course, host(world, "a"));
    // x holds 4 GiB on a once more.
    CHECK(a.memory.back().committed == gibibytes(4));
    CHECK(read.story.turns.front().ended == Since{seconds(142)});
}

TEST_CASE("what is under way ends at the journal's last record", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = opened(world);
    notes.carry_out(10, 11, of_host(Act::disable_host, "a"));
    notes.command(12, move("x", "a", "b"));
    notes.write(30, Told{Told::What::pause, ""});
    const RunRead read = notes.read();
    REQUIRE(read.course.moves.size() == 1);
    CHECK(read.course.moves[0].fate == StepOutcome::running);
    CHECK(read.course.moves[0].when == Stretch{seconds(2), seconds(20)});
}

TEST_CASE("a new plan is told with its reason and from where the VMs were found", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);
    World moved = world;
    moved.state = empty_state(moved.pool);
    moved.state.hosts[host(world, "a")].upgraded = true;
    moved.state.hosts_upgraded = 1;
    moved.pool.hosts[host(world, "a")].version = moved.pool.hosts[host(world, "a")].target;
    place(moved.pool, moved.state, vm(world, "x"), host(world, "a"));  // somebody moved it
    Plan rest;
    rest.steps.push_back(DisableHost{host(world, "b")});
    rest.steps.push_back(Upgrade{host(world, "b")});
    rest.steps.push_back(EnableHost{host(world, "b")});
    rest.after = Table<Step, std::vector<Id<Step>>>(3);
    rest.after[Id<Step>{1}] = {Id<Step>{0}};
    rest.after[Id<Step>{2}] = {Id<Step>{1}};
    Scenario scenario;
    scenario.pool = moved.pool;
    scenario.state = moved.state;
    notes.write(300, Adopted{"x was moved by hand", print_scenario(scenario),
                             print_plan(moved.pool, rest)});
    const RunRead read = notes.read();
    REQUIRE(read.story.plans.size() == 2);
    CHECK(read.story.plans[1].reason == "x was moved by hand");
    CHECK(read.story.plans[1].at == Since{seconds(290)});
    CHECK(read.story.next == "disable b");
    CHECK(lane_of(read.course, host(world, "a")).memory.back().committed == gibibytes(4));
    CHECK(lane_of(read.course, host(world, "b")).memory.back().committed == gibibytes(0));
}

TEST_CASE("a text that is no whole journal is told apart", "[report][run]") {
    const World world = draw(two_hosts);
    const Notes notes = opened(world);
    CHECK(is_journal(notes.text()));
    CHECK_FALSE(is_journal("{\"hosts\": []}"));
    CHECK_FALSE(is_journal(""));
    const auto bare = read_run(print_record(notes.journal[0]), "run.journal", {});
    REQUIRE_FALSE(bare);
    CHECK(bare.error().items[0].sentence == "the run has not adopted a plan yet");
    Notes wrong = notes;
    wrong.answer(1, 7, Answered::Kind::done);
    const auto misfit = read_run(wrong.text(), "run.journal", {});
    REQUIRE_FALSE(misfit);
    CHECK(misfit.error().items[0].place == "line 3");
}

template <class Tell>
std::string told(const RunRead& read, const Tell& tell) {
    const PlanAnswer answer{read.scenario.pool,
                            read.scenario.state,
                            read.plan,
                            read.schedule,
                            "run",
                            read.findings,
                            {},
                            {},
                            {},
                            {},
                            false,
                            {},
                            read.job,
                            {},
                            {},
                            false};
    return tell(
        TimelineReport{answer, read.course, {}, {}, nullptr, std::nullopt, {}, &read.story});
}

std::string page_of(const RunRead& read) {
    return told(read, [](const TimelineReport& report) { return report_html(report); });
}

TEST_CASE("times without the program are told, pauses are not among them", "[report][run]") {
    const World world = draw(two_hosts);
    Notes notes = first_host_back(world);  // its last record is of 152 s, its zero of 10 s
    CHECK(notes.read().story.gaps.empty());
    notes.write(752, Told{Told::What::resume, ""});  // killed behind that record
    notes.write(760, Told{Told::What::pause, ""});
    notes.write(800, Told{Told::What::resume, ""});
    notes.write(810, Closed{false, "the operator ended it"});
    notes.write(1410, Told{Told::What::resume, ""});
    notes.carry_out(1420, 1421, of_host(Act::enable_host, "a"));
    const RunRead read = notes.read();
    CHECK(read.story.gaps ==
          std::vector<Stretch>{{seconds(142), seconds(742)}, {seconds(800), seconds(1400)}});
    CHECK(read.story.pauses == std::vector<Stretch>{{seconds(750), seconds(790)}});
    const std::string text =
        told(read, [](const TimelineReport& report) { return report_text(report); });
    CHECK(text.find("Nobody carried it out for 20 min, 2 gaps") != std::string::npos);
    CHECK(text.find("Without the program") != std::string::npos);
    CHECK(page_of(read).find("s-gaps") != std::string::npos);
    const std::string svg =
        told(read, [](const TimelineReport& report) { return report_svg(report, Panel::all); });
    CHECK(svg.find("class=\"gap\"") != std::string::npos);
    const Json json =
        Json::parse(told(read, [](const TimelineReport& report) { return report_json(report); }));
    CHECK(json["run"]["gaps_ms"] == Json::parse("[[142000, 742000], [800000, 1400000]]"));
}

TEST_CASE("a run's page says where it stands, and names stay text", "[report][run]") {
    World world = draw("a v1 16G : p 4G\n b v1 16G :");
    world.pool.vms[vm(world, "p")].name = "</script><script>alert(1)</script>";
    const std::string evil = world.pool.vms[Id<Vm>{0}].name;
    Notes notes;
    notes.scenario.pool = world.pool;
    notes.scenario.state = world.state;
    Plan plan;
    plan.steps.push_back(Migrate{Id<Vm>{0}, Id<Host>{0}, Id<Host>{1}});
    plan.after.push_back({});
    notes.write(0, Opened{"run-1", "pool", "2026-03-01T22:00:00Z", "{}"});
    notes.write(
        0, Adopted{"<b>reason</b>", print_scenario(notes.scenario), print_plan(world.pool, plan)});
    const auto key = notes.command(1, move(evil, "a", "b"));
    notes.answer(2, key, Answered::Kind::refused, "<i>CODE</i>");
    notes.write(3, Told{Told::What::pause, ""});
    const std::string page = page_of(notes.read());
    CHECK(page.find("\xe2\x9d\x9a\xe2\x9d\x9a paused") != std::string::npos);
    CHECK(page.find("alert(1)</script>") == std::string::npos);
    CHECK(page.find("<b>reason") == std::string::npos);
    CHECK(page.find("<i>CODE") == std::string::npos);
    CHECK(page.find("\xe2\x9c\x95 failed") != std::string::npos);
    const RunRead read = notes.read();
    const std::string markdown =
        told(read, [](const TimelineReport& report) { return report_markdown(report); });
    CHECK(markdown.find('<') == std::string::npos);
    CHECK(markdown.find("| failed |") != std::string::npos);
    CHECK(markdown.find("&lt;i&gt;CODE") != std::string::npos);
    const std::string text =
        told(read, [](const TimelineReport& report) { return report_text(report); });
    CHECK(text.find("paused") != std::string::npos);
    CHECK(text.find("\nSteps\n") != std::string::npos);
    CHECK(text.find("<i>CODE</i>") != std::string::npos);
    const std::string svg =
        told(read, [](const TimelineReport& report) { return report_svg(report, Panel::all); });
    CHECK(xml_problem(svg).empty());
    notes.write(4, Closed{false, "it ended"});
    const std::string stopped = page_of(notes.read());
    CHECK(stopped.find("\xe2\x96\xa0 stopped") != std::string::npos);
    CHECK(stopped.find("Stopped at +0:00: it ended") != std::string::npos);
}

}  // namespace
}  // namespace vacate
