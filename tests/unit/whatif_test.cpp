// Changes of a pool one by one, studies of texts and of options, and where lost VMs start again.
#include <algorithm>
#include <catch2/catch.hpp>

#include "model/change.hpp"
#include "model/codec/study_text.hpp"
#include "model/edit.hpp"
#include "model/restart.hpp"
#include "sim/whatif/bisect.hpp"
#include "sim/whatif/evaluate.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

Scenario scenario_of(std::string_view drawing) {
    World world = draw(drawing);
    Scenario scenario;
    scenario.about = "drawn";
    scenario.pool = std::move(world.pool);
    scenario.state = std::move(world.state);
    return scenario;
}

// What the changes, as options of a command line, make of a drawn pool.
Result<Changed> make(std::string_view drawing, const std::vector<StudyOption>& options) {
    const std::string text = print_scenario(scenario_of(drawing));
    const Overrides overrides;
    const auto maker = ChangeMaker::make(text, "drawn", overrides);
    REQUIRE(maker);
    const Result<Study> study = study_of_options(options, "drawn");
    REQUIRE(study);
    REQUIRE(study->variants.size() == 2);
    return maker->with(study->variants[1].changes);
}

Bytes memory_of(const Scenario& scenario, const std::string& host) {
    return scenario.pool.hosts[host_called(scenario.pool, host)].memory;
}

std::string home_of(const Scenario& scenario, const std::string& vm) {
    const Id<Host> host = scenario.state.vms[vm_called(scenario.pool, vm)].host;
    return host.is_none() ? "nowhere" : scenario.pool.hosts[host].name;
}

constexpr const char* three = R"(
    a  v1  16G : db 8G
    b  v1  16G : web 4G, mail 2G
    c  v1  16G :
)";

TEST_CASE("hosts come, go and change size; ids follow the names", "[whatif][change]") {
    const auto more = make(three, {{"add-host", "like a x2 name a memory 32 GiB"}});
    REQUIRE(more);
    CHECK(more->scenario.pool.hosts.size() == 5);
    CHECK(memory_of(more->scenario, "a1") == 32_GiB);
    CHECK(home_of(more->scenario, "web") == "b");
    const auto less = make(three, {{"remove-host", "b"}});
    REQUIRE(less);
    CHECK(less->cannot.empty());
    CHECK(less->scenario.pool.hosts.size() == 2);
    // 4 GiB goes where least room is left, 8 GiB on a; then 2 GiB beside it.
    CHECK(home_of(less->scenario, "web") == "a");
    CHECK(home_of(less->scenario, "mail") == "a");
    CHECK_FALSE(make(three, {{"remove-host", "a"}}));  // the coordinator
    const auto small = make(three, {{"resize-host", "a to 6 GiB"}});
    REQUIRE(small);
    REQUIRE(small->cannot.size() == 1);  // db takes 8 GiB there
    CHECK(small->cannot.front().code == "HOST_OVERFULL");
    const auto by = make(three, {{"resize-host", "* by -4 GiB"}});
    REQUIRE(by);
    CHECK(memory_of(by->scenario, "c") == 12_GiB);
}

TEST_CASE("VMs grow, come, stop and stay", "[whatif][change]") {
    const auto grown = make(three, {{"grow-vms", "* by 50 %"}});
    REQUIRE(grown);
    const Scenario& after = grown->scenario;
    CHECK(after.pool.vms[vm_called(after.pool, "db")].memory == 12_GiB);
    CHECK(after.state.hosts[host_called(after.pool, "b")].committed == 9_GiB);  // 6 + 3
    const auto more = make(three, {{"new-vms", "like mail x3 memory 6 GiB"}});
    REQUIRE(more);
    // 16, 10 and 8 GiB free: two go to c, where then 4 are left, the third to b.
    CHECK(home_of(more->scenario, "mail+1") == "c");
    CHECK(home_of(more->scenario, "mail+2") != home_of(more->scenario, "mail+1"));
    const auto none = make(three, {{"new-vms", "like mail memory 20 GiB"}});
    REQUIRE(none);
    CHECK(none->cannot.front().code == "NO_ROOM_FOR_NEW_VM");
    const auto still = make(three, {{"stop-vm", "db"}, {"pin-vm", "web"}});
    REQUIRE(still);
    CHECK(home_of(still->scenario, "db") == "nowhere");
    CHECK(still->scenario.state.hosts[host_called(still->scenario.pool, "a")].committed == 0_GiB);
    CHECK(still->scenario.pool.vms[vm_called(still->scenario.pool, "web")].mobility ==
          Mobility::pinned);
}

TEST_CASE("a set behind another change is read with what the pool has become", "[whatif][change]") {
    const auto made =
        make(three, {{"add-host", "like c name new"}, {"set", "hosts.new.link=1 Gbps"}});
    REQUIRE(made);
    const Pool& pool = made->scenario.pool;
    CHECK(pool.hosts[host_called(pool, "new")].link == 1_Gbps);
    CHECK(pool.hosts[host_called(pool, "c")].link == 10_Gbps);
}

TEST_CASE("a lost coordinator is followed by the first of the most upgraded", "[whatif][change]") {
    Scenario scenario = scenario_of(R"(
        a  v2  16G : db 4G
        b  v1  16G :
        c  v2  16G :
    )");
    CHECK(lose(scenario, host_called(scenario.pool, "a")).empty());
    CHECK(scenario.pool.hosts[scenario.pool.coordinator].name == "c");
    CHECK(home_of(scenario, "db") == "c");  // b is older (R2)
}

TEST_CASE("VMs of a lost host: placed, refuted, or neither", "[whatif][restart]") {
    const auto survival = [](std::string_view drawing) {
        const World world = draw(drawing);
        return restart_elsewhere(world.pool, world.state, {host(world, "a")}).survival;
    };
    // Largest first and tightest host: 5 to b (5 free), 4 + 4 to c (8 free).
    CHECK(survival("a v1 16G : p 5G, q 4G, r 4G\n b v1 5G :\n c v1 8G :") == Survival::survivable);
    // Greedy puts 6 into b (7), then 4 + 3 + 3 do not fit c (10)... but they do: 10 in all.
    CHECK(survival("a v1 32G : p 6G, q 4G, r 3G, s 3G\n b v1 7G :\n c v1 10G :") ==
          Survival::survivable);
    // Greedy: 5 to c (9), 4 to c, 4 nowhere of b (7)... 4 to b, then 3 to b. Only a search of ways
    // tells 5 + 3 + 1 from 4 + 4.
    CHECK(survival("a v1 32G : p 5G, q 4G, r 4G, s 3G\n b v1 8G :\n c v1 8G :") ==
          Survival::survivable);
    // 12 GiB for 13.
    CHECK(survival("a v1 16G : p 5G, q 4G, r 4G\n b v1 6G :\n c v1 6G :") ==
          Survival::not_survivable);
    // Three of 4 into two of 7: 12 of 14 GiB, and yet there is no way; every one was tried.
    CHECK(survival("a v1 16G : p 4G, q 4G, r 4G\n b v1 7G :\n c v1 7G :") ==
          Survival::not_survivable);
    // In mixed versions only the newest may start it (R2).
    CHECK(survival("a v2 16G : p 4G\n b v1 16G :\n c v1 16G :") == Survival::survivable);
    CHECK(survival("a v1 16G : p 4G\n b v1 16G :\n c v2 2G :") == Survival::not_survivable);
}

TEST_CASE("rows of a study by their number: points, then variants, then questions",
          "[whatif][study]") {
    const Result<Study> study = study_of_options({{"set", "policy.hosts_down_max=1"},
                                                  {"sweep", "hosts.*.link=1 Gbps, 2 Gbps, 3 Gbps"},
                                                  {"sweep", "grow-vms * by $=0 %..4 % step 2 %"},
                                                  {"ask", "compare"},
                                                  {"ask", "n-k 2"}},
                                                 "pool");
    REQUIRE(study);
    CHECK(rows_of(*study) == 2 * 2 * 3 * 3);
    const StudyCase one = case_of(*study, 3 + 4 * (2 + 3 * 1));
    CHECK(one.question == 1);
    CHECK(one.variant == 1);
    CHECK(one.point == std::vector<std::size_t>{1, 2});
    const std::vector<Change> changes = changes_of(*study, one);
    REQUIRE(changes.size() == 3);
    CHECK(changes[1].what == AnyChange{SetField{"hosts.*.link=2 Gbps"}});
    CHECK(changes[2].what == AnyChange{GrowVms{"*", false, Growth{40, {}}}});
    CHECK(study->questions[1].losses == 2);
}

TEST_CASE("options that are wrong are refused at once, each at its place", "[whatif][study]") {
    const Result<Study> study = study_of_options({{"grow-vms", "* by 6"},
                                                  {"add-host", "x2"},
                                                  {"sweep", "hosts.*.link="},
                                                  {"ask", "smallest weight"},
                                                  {"window", "4"}},
                                                 "pool");
    REQUIRE_FALSE(study);
    std::vector<std::string> places;
    for (const Error::Item& item : study.error().items) places.push_back(item.place);
    CHECK(std::count(places.begin(), places.end(), "--grow-vms * by 6") == 1);
    CHECK(std::count(places.begin(), places.end(), "--add-host x2") == 1);
    CHECK(std::count(places.begin(), places.end(), "--ask smallest weight") >= 1);
    CHECK(std::count(places.begin(), places.end(), "--window 4") == 1);
}

TEST_CASE("a loss during the run needs its host, another one, and to be the only one",
          "[whatif][change]") {
    const auto refusal = [](const std::vector<StudyOption>& options) {
        const auto made = make(three, options);
        REQUIRE_FALSE(made);
        const Error::Item& item = made.error().items.front();
        return item.place + ": " + item.sentence;
    };
    CHECK(make(three, {{"lose-host", "b at 10 min"}, {"remove-host", "c"}}));
    CHECK(refusal({{"lose-host", "c at 10 min"}, {"set", "hosts.c.name=d"}}) ==
          "--lose-host c at 10 min: c is gone before it could be lost during the run");
    CHECK(refusal({{"set", "pool.coordinator=b"},
                   {"lose-host", "b at 10 min"},
                   {"remove-host", "a"},
                   {"remove-host", "c"}}) ==
          "--lose-host b at 10 min: b would be the only host when it is lost during the run");
    CHECK(refusal({{"lose-host", "b any"}, {"lose-host", "c step 2"}}) ==
          "--lose-host c step 2: two hosts would be lost during one run");
}

TEST_CASE("groups that contradict one another are refused", "[whatif][change]") {
    CHECK_FALSE(
        make(three, {{"keep-apart", "g vms db,web,mail"}, {"keep-together", "h vms mail,web"}}));
    CHECK_FALSE(make(three, {{"keep-apart", "g vms db,db"}}));
    // One VM in common says nothing about the other two; nor does a group that was dropped.
    CHECK(make(three, {{"keep-apart", "g vms db,web"}, {"keep-together", "h vms mail,web"}}));
    CHECK(make(
        three,
        {{"keep-apart", "g vms db,web"}, {"drop-group", "g"}, {"keep-together", "h vms db,web"}}));
}

// Places and sentences of all that is refused, each as one text.
std::vector<std::string> items_of(const Error& error) {
    std::vector<std::string> texts;
    for (const Error::Item& item : error.items) texts.push_back(item.place + ": " + item.sentence);
    return texts;
}

TEST_CASE("all that is wrong with the changes of a variant is said at once", "[whatif][change]") {
    const auto made = make(three, {{"pin-vm", "nobody"},
                                   {"set", "hosts.*.lnk=3"},
                                   {"stop-vm", "web"},
                                   {"remove-host", "z"},
                                   {"add-host", "like c name b"},
                                   {"set", "hosts.new.link=3 Gbps"}});
    REQUIRE_FALSE(made);
    // What comes behind an addition that failed may be about what it would have added.
    CHECK(items_of(made.error()) ==
          std::vector<std::string>{
              "--pin-vm nobody: there is no VM \"nobody\"",
              "--set hosts.*.lnk=3 --set hosts.*.lnk: there is no member \"lnk\" in hosts",
              "--remove-host z: there is no host \"z\" at this point",
              "--add-host like c name b: there is a host \"b\" already"});
    // So it is where a change before could not be done: 20 GiB fit nowhere.
    const auto cannot = make(three, {{"new-vms", "like db memory 20 GiB"}, {"stop-vm", "nobody"}});
    REQUIRE_FALSE(cannot);
    CHECK(cannot.error().items.front().place == "--stop-vm nobody");
}

TEST_CASE("one that comes has the name it is given, several are counted", "[whatif][change]") {
    const auto made = make(three, {{"add-host", "like c name d"},
                                   {"new-vms", "like mail name post"},
                                   {"new-vms", "like mail x2 name queue"}});
    REQUIRE(made);
    const Pool& pool = made->scenario.pool;
    CHECK_FALSE(host_called(pool, "d").is_none());
    for (const char* name : {"post", "queue1", "queue2"}) {
        CHECK_FALSE(vm_called(pool, name).is_none());
    }
    const auto taken = make(three, {{"new-vms", "like mail name web"}});
    REQUIRE_FALSE(taken);
    CHECK(taken.error().items.front().sentence == "there is a VM \"web\" already");
}

TEST_CASE("a host does not leave a VM behind that is pinned to it", "[whatif][change]") {
    const auto made = make(three, {{"pin-vm", "web"}, {"remove-host", "b"}});
    REQUIRE_FALSE(made);
    CHECK(made.error().items.front().sentence == "VM \"web\" is pinned to b");
    CHECK(make(three, {{"pin-vm", "web"}, {"remove-host", "c"}}));
}

TEST_CASE("a change of all does not undo one of these before it", "[whatif][study]") {
    const auto refused = [](const std::vector<StudyOption>& options) {
        return !study_of_options(options, "pool").has_value();
    };
    const StudyOption all{"set", "hosts.*.link=1 Gbps"};
    const StudyOption one{"set", "hosts.\"a.b\".link=2 Gbps"};
    CHECK(refused({one, all}));
    CHECK_FALSE(refused({all, one}));  // all but one
    CHECK_FALSE(refused({one, {"set", "hosts.*.upgrade_time=5 min"}}));
    CHECK_FALSE(refused({one, {"set", "vms.*.link=1 Gbps"}}));
    CHECK(refused({{"resize-host", "a by 1 GiB"}, {"resize-host", "* to 8 GiB"}}));
    CHECK_FALSE(refused({{"resize-host", "a to 8 GiB"}, {"resize-host", "* by 1 GiB"}}));
    // An axis comes behind the changes of the variants.
    CHECK(refused({one, {"sweep", "hosts.*.link=1 Gbps, 3 Gbps"}}));
    CHECK_FALSE(refused({all, {"sweep", "hosts.a.link=1 Gbps, 3 Gbps"}}));
}

TEST_CASE("what is asked, varied or given twice, or for nothing, is refused", "[whatif][study]") {
    const auto sentence = [](const std::vector<StudyOption>& options) {
        const Result<Study> study = study_of_options(options, "pool");
        return study ? std::string() : study.error().items.front().sentence;
    };
    CHECK(sentence({{"ask", "n-k"}, {"ask", "n-k"}}) == "this is asked at --ask n-k already");
    CHECK(sentence({{"ask", "n-k"}, {"ask", "n-k 2"}}).empty());
    CHECK(sentence({{"sweep", "hosts.*.link=1 Gbps, 2 Gbps, 1 Gbps"}}) ==
          "the value \"1 Gbps\" is there twice");
    CHECK(sentence({{"ask", "when 0 min"}}) == "nothing fits a window of no time");
    const Result<Study> study =
        read_study(R"({"format": "vacate-study-1", "base": "", "questions": []})", "study");
    REQUIRE_FALSE(study);
    CHECK(items_of(study.error()) ==
          std::vector<std::string>{"/base: the name is empty", "/questions: nothing is asked"});
}

TEST_CASE("behind a question stands what it needs most", "[whatif][study]") {
    const Result<Study> study = study_of_options({{"ask", "headroom 2 %"},
                                                  {"ask", " smallest  link"},
                                                  {"ask", "risk 3 h"},
                                                  {"window", "4 h"}},
                                                 "pool");
    REQUIRE_FALSE(study);  // risk has two windows
    CHECK(study.error().items.front().sentence == "the member \"window\" is there twice");
    const Result<Study> once = study_of_options(
        {{"ask", "headroom 2 %"}, {"ask", " when  3 h "}, {"keep-apart", "g vms web, db"}}, "pool");
    REQUIRE(once);
    CHECK(once->questions[0].step == Growth{20, {}});
    CHECK(once->questions[1].window == std::chrono::hours(3));
    CHECK(std::get<AddGroup>(once->variants[1].changes[0].what).vms ==
          std::vector<std::string>{"web", "db"});
}

TEST_CASE("every value of an axis is held against the changes of the variants", "[whatif][study]") {
    const std::vector<StudyOption> variant{{"variant", "less"}, {"remove-host", "b"}};
    const auto with_axis = [&](const std::string& values) {
        std::vector<StudyOption> options = variant;
        options.push_back({"sweep", "lose-host $=" + values});
        return study_of_options(options, "pool");
    };
    CHECK(with_axis("c, d"));
    const Result<Study> second = with_axis("c, b");
    REQUIRE_FALSE(second);
    CHECK(second.error().items.front().sentence ==
          "\"lose_host\" is varied here and changed at --remove-host b");
}

TEST_CASE("hosts and VMs have 1 MiB or more", "[whatif][study]") {
    for (const char* amount : {"0 B", "1 B", "1023 KiB"}) {
        INFO(amount);
        const std::string memory = std::string(" memory ") + amount;
        CHECK_FALSE(study_of_options({{"add-host", "like a" + memory}}, "pool"));
        CHECK_FALSE(study_of_options({{"new-vms", "like a" + memory}}, "pool"));
        CHECK_FALSE(
            study_of_options({{"ask", "headroom"}, {"like", "a"}, {"size", amount}}, "pool"));
    }
    CHECK(study_of_options({{"new-vms", "like a memory 1 MiB"}}, "pool"));
}

TEST_CASE("the least of a range, whatever works in it", "[whatif]") {
    // Every set of sizes up to ten: what is found works, and the one below it does not.
    constexpr std::int64_t most = 10;
    for (unsigned set = 0; set < (1u << most); ++set) {
        INFO("set " << set);
        const auto works = [set](std::int64_t size) { return (set >> (size - 1) & 1u) != 0; };
        const std::int64_t found = least(most, works);
        if (found == 0) {
            CHECK_FALSE(works(most));
        } else {
            REQUIRE(works(found));
            CHECK((found == 1 || !works(found - 1)));
        }
    }
    // Where more never hurts, it is the least of all; each asked for is within the range.
    for (std::int64_t range = 1; range <= 100; ++range) {
        for (std::int64_t first = 1; first <= range + 1; ++first) {
            const std::int64_t found = least(range, [&](std::int64_t size) {
                REQUIRE((size >= 1 && size <= range));
                return size >= first;
            });
            REQUIRE(found == (first > range ? 0 : first));
        }
    }
}

TEST_CASE("every wrong value of every axis is said", "[whatif]") {
    const std::string text = print_scenario(scenario_of(three));
    const Overrides overrides;
    const auto maker = ChangeMaker::make(text, "drawn", overrides);
    REQUIRE(maker);
    const Result<Study> study = study_of_options(
        {{"sweep", "stop-vm $=x, db, y"}, {"sweep", "hosts.*.link=fast, 1 Gbps, slow"}}, "drawn");
    REQUIRE(study);
    const auto checked = check_study(*study, *maker, "drawn");
    REQUIRE_FALSE(checked);
    std::string all;
    for (const std::string& one : items_of(checked.error())) all += one + "\n";
    for (const char* value : {"\"x\"", "\"y\"", "\"fast\"", "\"slow\""}) {
        INFO(value << " in " << all);
        CHECK(all.find(value) != std::string::npos);
    }
    CHECK(checked.error().items.size() == 4);
}

TEST_CASE("runs that need too much memory are refused, runs under way are given up", "[whatif]") {
    Scenario scenario = scenario_of(three);
    const std::string text = print_scenario(scenario);
    Overrides overrides;
    overrides.sets = {R"(chance.upgrade_factor={"uniform": {"low": "1", "high": "2"}})"};
    const auto maker = ChangeMaker::make(text, "drawn", overrides);
    REQUIRE(maker);
    const auto asked = [](const std::string& runs) {
        return study_of_options({{"add-host", "like c x132"}, {"ask", "risk"}, {"runs", runs}},
                                "drawn");
    };
    // 2^27 times fit, 135 hosts have 994,205 runs.
    const Result<Study> most = asked("994205");
    REQUIRE(most);
    CHECK(check_study(*most, *maker, "drawn"));
    const Result<Study> more = asked("994206");
    REQUIRE(more);
    const auto checked = check_study(*more, *maker, "drawn");
    REQUIRE_FALSE(checked);
    CHECK(items_of(checked.error()) ==
          std::vector<std::string>{"--ask risk: 994206 runs of 135 hosts need too much memory"});
    // Asked after 1,000 times, long before the million runs are done, it stops.
    const Result<Study> long_one =
        study_of_options({{"ask", "risk"}, {"runs", "1000000"}}, "drawn");
    REQUIRE(long_one);
    std::int64_t asks = 0;
    CHECK_FALSE(Evaluator(*long_one, *maker).row(0, [&asks] { return ++asks > 1'000; }));
    CHECK(asks < 2'000);
}

TEST_CASE("a host that is lost once the upgrade is done changes nothing", "[whatif]") {
    const std::string text = print_scenario(scenario_of(three));
    const Overrides overrides;
    const auto maker = ChangeMaker::make(text, "drawn", overrides);
    REQUIRE(maker);
    const Result<Study> study = study_of_options({{"variant", "late"},
                                                  {"lose-host", "b at 100 h"},
                                                  {"variant", "soon"},
                                                  {"lose-host", "b at 1 s"}},
                                                 "drawn");
    REQUIRE(study);
    const Evaluator evaluator(*study, *maker);
    const auto base = evaluator.row(0);
    const auto late = evaluator.row(1);
    const auto soon = evaluator.row(2);
    REQUIRE((base && late && soon));
    for (const Figure& figure : base->figures) {
        INFO(figure.name);
        if (figure.name != "reason") CHECK(figure_of(*late, figure.name) == figure.value);
    }
    CHECK(std::get<std::string>(figure_of(*late, "reason")) ==
          "the upgrade is done before b is lost");
    CHECK(std::get<std::string>(figure_of(*soon, "reason")).find("b lost at 1 s: ") == 0);
}

TEST_CASE("what is wrong in many cases is said once, and a reason names its VM", "[whatif]") {
    const std::string text = print_scenario(scenario_of(three));
    const Overrides overrides;
    const auto maker = ChangeMaker::make(text, "drawn", overrides);
    REQUIRE(maker);
    Result<Study> during =
        study_of_options({{"lose-host", "* at 10 min"}, {"ask", "n-k"}}, "drawn");
    REQUIRE(during);
    expand_losses(*during, {"a", "b", "c"});
    const auto checked = check_study(*during, *maker, "drawn");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().items.size() == 1);
    // db cannot leave the coordinator's host, and nobody says that it may be stopped.
    const Result<Study> pinned = study_of_options({{"pin-vm", "db"}}, "drawn");
    REQUIRE(pinned);
    const auto row = Evaluator(*pinned, *maker).row(1);
    REQUIRE(row);
    CHECK(std::get<std::string>(figure_of(*row, "feasible")) == "no");
    CHECK(std::get<std::string>(figure_of(*row, "reason")).find("VM db: its migration") == 0);
}

}  // namespace
}  // namespace vacate
