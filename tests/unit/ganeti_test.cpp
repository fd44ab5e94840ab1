// Ganeti clusters in htools text become scenarios, or are refused with the line that is wrong.
#include "model/codec/ganeti.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/codec/scenario.hpp"
#include "tests/support/shared_data.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;

Json scenario_of(const std::string& text) {
    const Result<std::string> scenario = scenario_from_ganeti(text, "cluster.data");
    if (!scenario) INFO(scenario.error().items.front().sentence);
    REQUIRE(scenario);
    return Json::parse(*scenario);
}

Error error_of(const std::string& text) {
    const Result<std::string> scenario = scenario_from_ganeti(text, "cluster.data");
    REQUIRE_FALSE(scenario);
    CHECK(scenario.error().kind == Error::Kind::bad_input);
    CHECK(scenario.error().source == "cluster.data");
    REQUIRE_FALSE(scenario.error().items.empty());
    return scenario.error();
}

const Json& named(const Json& array, const std::string& name) {
    for (const Json& entry : array) {
        if (entry["name"] == name) return entry;
    }
    FAIL("there is no " << name);
    return array;
}

bool remarks_on(const Json& scenario, const std::string& words) {
    for (const Json& remark : scenario["remarks"]) {
        if (remark.get<std::string>().find(words) != std::string::npos) return true;
    }
    return false;
}

const std::string head = "g|u|preferred||\n\n";
const std::string two_nodes =
    "a|4096|96|3000|200|150|4|M|u|1\n"
    "b|4096|96|4000|200|200|4|N|u|1\n\n";

TEST_CASE("each disk template ties an instance to the nodes that can run it", "[ganeti]") {
    const Json scenario = scenario_of(head + two_nodes +
                                      "ext|1000|0|2|running|Y|a||ext||1\n"
                                      "mirror|500|10|1|running|Y|b|a|drbd||1\n"
                                      "plain|200|50|1|ADMIN_down|Y|a||plain||1\n\n");
    const Json& hosts = scenario["hosts"];
    CHECK(named(hosts, "a")["memory"] == "4000 MiB");  // 4096 - 96 of the node itself
    CHECK(named(hosts, "a")["cpus"] == 4);
    CHECK(named(hosts, "a")["version"]["platform"] == "1");
    CHECK(named(hosts, "a")["storages"] == Json({"drbd (a, b)", "local (a)", "shared (g)"}));
    CHECK(named(hosts, "b")["storages"] == Json({"drbd (a, b)", "local (b)", "shared (g)"}));
    CHECK(scenario["pool"]["coordinator"] == "a");
    CHECK(scenario["pool"]["target"]["platform"] == "2");

    const Json& vms = scenario["vms"];
    CHECK(named(vms, "ext")["host"] == "a");
    CHECK(named(vms, "ext")["memory"] == "1000 MiB");
    CHECK(named(vms, "ext")["overhead"] == "0 B");
    CHECK(named(vms, "ext")["vcpus"] == 2);
    CHECK(named(vms, "mirror")["storages"] == Json({"drbd (a, b)"}));
    CHECK(named(vms, "plain")["power"] == "halted");
    CHECK_FALSE(named(vms, "plain").contains("host"));
    CHECK(named(vms, "plain")["disk"] == "50 MiB");
    CHECK(named(scenario["storages"], "local (a)")["shared"] == false);
    CHECK(named(scenario["storages"], "local (a)")["free"] == "150 MiB");
    CHECK(named(scenario["storages"], "drbd (a, b)")["shared"] == true);
    CHECK(remarks_on(scenario, "plain or file"));
    CHECK(remarks_on(scenario, "DRBD"));
    CHECK_FALSE(remarks_on(scenario, "free memory"));  // a: 3000 of 4000-1000; b: 4000-500 +500
}

TEST_CASE("every node group has a shared storage of its own", "[ganeti]") {
    const Json scenario = scenario_of(
        "g|u|preferred||\nh|v|preferred||\n\n"
        "a|100|0|100|0|0|1|M|u\nb|100|0|100|0|0|1|N|v\n\n"
        "i|1|0|1|running|Y|a||rbd|\nj|1|0|1|running|Y|b||gluster|\n");
    CHECK(named(scenario["hosts"], "a")["storages"] == Json({"shared (g)"}));
    CHECK(named(scenario["hosts"], "b")["storages"] == Json({"shared (h)"}));
    CHECK(remarks_on(scenario, "several node groups"));
}

TEST_CASE("free memory that does not add up is remarked on beyond 512 MiB", "[ganeti]") {
    // 4000 - 488 of its own = 3512 expected; 3000 is 512 less, 2999 is more than that.
    const std::string just = "a|4000|488|3000|0|0|1|M|u\n\n";
    const std::string more = "a|4000|488|2999|0|0|1|M|u\n\n";
    CHECK_FALSE(remarks_on(scenario_of(head + just), "free memory"));
    CHECK(remarks_on(scenario_of(head + more), "a: 2999 MiB free, 3512 MiB expected"));
}

TEST_CASE("instances of one exclusion tag stay apart", "[ganeti]") {
    const std::string tags = "\nhtools:iextags:service\nhtools:nlocation:power\n\n";
    const Json apart = scenario_of(head + two_nodes +
                                   "i|1|0|1|running|Y|a||ext|service:db,other:x|1\n"
                                   "j|1|0|1|running|Y|b||ext|service:db|1\n"
                                   "k|1|0|1|running|Y|b||ext|other:x|1\n" +
                                   tags);
    REQUIRE(apart["groups"].size() == 1);
    CHECK(apart["groups"][0]["kind"] == "apart");
    CHECK(apart["groups"][0]["name"] == "service:db");
    CHECK(apart["groups"][0]["vms"] == Json({"i", "j"}));
    const Json together = scenario_of(head + two_nodes +
                                      "i|1|0|1|running|Y|a||ext|service:db|1\n"
                                      "j|1|0|1|running|Y|a||ext|service:db|1\n" +
                                      tags);
    CHECK(together["groups"].empty());
    CHECK(remarks_on(together, "exclusion tags"));
}

TEST_CASE("an offline node is dead and its instances are halted", "[ganeti]") {
    const Json scenario = scenario_of(head +
                                      "a|100|0|100|0|0|1|M|u\n"
                                      "b|?|?|?|?|?|?|Y|u\n\n"
                                      "i|10|0|1|running|Y|b||ext|\n");
    CHECK(named(scenario["hosts"], "b")["live"] == false);
    CHECK(named(scenario["vms"], "i")["power"] == "halted");
    CHECK(remarks_on(scenario, "offline node count as halted: \"i\""));
}

TEST_CASE("without a master the coordinator is left to the operator", "[ganeti]") {
    const std::string text = head + "a|100|0|100|0|0|1|N|u\n\n";
    CHECK_FALSE(scenario_of(text)["pool"].contains("coordinator"));
    CHECK_FALSE(read_any(text, "cluster.data"));
    CHECK(read_any(text, "cluster.data", {{"pool.coordinator=a"}, "", ""}));
}

TEST_CASE("what is wrong is said with its line", "[ganeti]") {
    const auto first = [](const std::string& text) { return error_of(text).items.front(); };
    CHECK(first("").sentence.find("no htools text") != std::string::npos);
    CHECK(first("hello").place == "line 1");
    CHECK(first("g|u|preferred||\n").sentence == "the cluster has no nodes");
    CHECK(first(head + "a|1|0|1|0|0|1|M\n").place == "line 3");
    CHECK(first(head + "a|x|0|1|0|0|1|M|u\n").sentence.find("\"x\"") != std::string::npos);
    CHECK(first(head + "a|-1|0|1|0|0|1|M|u\n").place == "line 3");
    CHECK(first(head + "a|99999999999999|0|1|0|0|1|M|u\n").place == "line 3");
    CHECK(first(head + "a|1|2|1|0|0|1|M|u\n").place == "line 3");  // uses more than it has
    CHECK(first(head + "a|1|0|1|0|0|1|X|u\n").sentence.find("role") != std::string::npos);
    CHECK(first(head + "a|1|0|1|0|0|1|M|w\n").sentence.find("\"w\"") != std::string::npos);
    CHECK(first(head + "|1|0|1|0|0|1|M|u\n").sentence == "the node has no name");
    const std::string text = head + two_nodes;
    CHECK(first(text + "i|1|0|1|running|Y|c||ext|\n").place == "line 6");
    CHECK(first(text + "i|1|0|1|dancing|Y|a||ext|\n").remedy.find("running") != std::string::npos);
    CHECK(first(text + "i|1|0|1|running|Y|a||tape|\n").remedy.find("drbd") != std::string::npos);
    CHECK(first(text + "i|1|0|1|running|Y|a||drbd|\n").sentence.find("no secondary") !=
          std::string::npos);
    CHECK(first(text + "i|1|0|1|running|Y|a|a|drbd|\n").sentence.find("the same") !=
          std::string::npos);
    CHECK(first(text + "i|1|0\n").sentence.find("this line has 3") != std::string::npos);
}

TEST_CASE("all problems come at once, in the order of the lines, up to the limit", "[ganeti]") {
    std::string text = head + two_nodes;
    const Error two = error_of(text + "i|x|0|1|running|Y|c||ext|\n");
    CHECK(two.items.size() == 2);
    for (int i = 0; i < 500; ++i) text += "i" + std::to_string(i) + "|x|0|1|running|Y|a||ext|\n";
    CHECK(error_of(text).items.size() == 100);
}

TEST_CASE("clusters of Ganeti's own tests are read", "[ganeti][data]") {
    const std::string folder = "instances/ganeti-htools/";
    for (const std::string name :
         {"hroller-nodegroups", "hroller-nonredundant", "hroller-online", "hspace-existing",
          "shared-n1-failure", "shared-n1-restriction", "unique-reboot-order"}) {
        const auto text = read_shared(folder + name + ".data");
        if (!text) continue;
        INFO(name);
        const Result<Scenario> scenario = read_any(*text, name);
        CHECK(scenario);
    }
    if (const auto text = read_shared(folder + "shared-n1-failure.data")) {
        const Json scenario = scenario_of(*text);
        CHECK(scenario["hosts"].size() == 4);
        CHECK(scenario["vms"].size() == 10);
        CHECK(named(scenario["vms"], "instC1")["memory"] == "3000 MiB");
        CHECK(scenario["pool"]["coordinator"] == "nodeA");
    }
    if (const auto text = read_shared(folder + "hspace-existing.data")) {
        // Free 71920 = 81920 - 10000; the offline node holds inst-bad.
        const Json scenario = scenario_of(*text);
        CHECK_FALSE(remarks_on(scenario, "free memory"));
        CHECK(remarks_on(scenario, "inst-bad"));
    }
}

TEST_CASE("broken clusters of Ganeti's own tests are refused where they break", "[ganeti][data]") {
    struct Case {
        const char* file;
        const char* place;
        const char* words;
    };
    for (const Case& each :
         {Case{"empty-cluster", "line 3", "no nodes"},
          Case{"invalid-node", "line 6", "no-such-node"},
          Case{"multiple-master", "line 5", "\"node-01-001\" and \"node-01-003\""},
          Case{"multiple-tags", "line 12", "new-1 stands in line 11 already"},
          Case{"hroller-full", "line 13", "inst-00 stands in line 12 already"}}) {
        const auto text =
            read_shared(std::string("instances/ganeti-htools/") + each.file + ".data");
        if (!text) continue;
        INFO(each.file);
        const Error::Item item = error_of(*text).items.front();
        CHECK(item.place == each.place);
        CHECK(item.sentence.find(each.words) != std::string::npos);
    }
    for (const std::string name : {"common-suffix", "missing-resources", "partly-used"}) {
        const auto text = read_shared("instances/ganeti-htools/" + name + ".data");
        if (!text) continue;
        INFO(name);
        const Result<Scenario> scenario = read_any(*text, name);
        REQUIRE_FALSE(scenario);  // no master
        CHECK(scenario.error().items.front().sentence.find("coordinator") != std::string::npos);
    }
    if (auto text = read_shared("instances/ganeti-htools/hroller-full.data")) {
        // The same cluster once its second inst-00 has a name of its own.
        const std::size_t second = text->find("inst-00", text->find("inst-00") + 1);
        text->replace(second, 7, "inst-01");
        CHECK(read_any(*text, "hroller-full"));
    }
}

}  // namespace
}  // namespace vacate
