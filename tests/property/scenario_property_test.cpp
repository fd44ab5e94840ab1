// Laws of the scenario codec: reading undoes printing, and no text whatever does harm.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/codec/amount.hpp"
#include "model/codec/scenario.hpp"
#include "model/limits.hpp"

namespace vacate {
namespace {

using Choice = std::vector<std::string>;

int up_to(int most) { return *rc::gen::inRange(0, most + 1); }
bool flip() { return up_to(1) == 1; }
std::string one_of(const Choice& choice) { return *rc::gen::elementOf(choice); }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

/// Appends the member half of the time.
void maybe(std::string& object, const std::string& name, const std::string& value) {
    if (flip()) object += ", " + quoted(name) + ": " + value;
}

/// Names that need care: dots, stars, letters beyond ASCII, an escape.
std::string name_of(const std::string& thing, int number) {
    static const Choice ends{"", ".example.org", " *", "\\\"x\\\"", "\u00e9", "\\u0007"};
    return thing + std::to_string(number) + ends[static_cast<std::size_t>(number) % ends.size()];
}

std::string some_names(const std::string& thing, int count) {
    std::string names;
    for (int i = 0; i < count; ++i) {
        if (flip()) names += (names.empty() ? "" : ", ") + quoted(name_of(thing, i));
    }
    return '[' + names + ']';
}

std::string version(int platform) {
    std::string text = "{\"platform\": \"3." + std::to_string(platform) + '"';
    maybe(text, "label", "\"8.3\"");
    maybe(text, "xapi", quoted(one_of({"25.30", "25.31.0", "26.1", "(unknown)", ""})));
    return text + '}';
}

std::string memory() { return quoted(std::to_string(up_to(4095) + 1) + one_of({" MiB", " MB"})); }
std::string rate() {
    return quoted(std::to_string(up_to(999) + 1) + one_of({" Mbps", " MB/s", " kbps", " GiB/s"}));
}
std::string duration() {
    return quoted(std::to_string(up_to(99)) + one_of({" s", " ms", " min", " us", " h 3 s"}));
}
std::string boolean() { return flip() ? "true" : "false"; }
std::string number(int least, int most) { return std::to_string(least + up_to(most - least)); }

std::string chance() { return quoted(one_of({"0", "0.5", "0.000001", "0.25", "1"})); }
/// A distribution of values that ascend.
std::string spread(const std::string& low, const std::string& mode, const std::string& high) {
    switch (up_to(4)) {
        case 0:
            return mode;
        case 1:
            return R"({"uniform": {"low": )" + low + R"(, "high": )" + high + "}}";
        case 2:
            return R"({"triangular": {"high": )" + high + R"(, "low": )" + low + R"(, "mode": )" +
                   mode + "}}";
        case 3:
            return R"({"lognormal": {"median": )" + mode + R"(, "p95": )" + high + "}}";
        default:
            return R"({"recorded": [)" + high + ", " + low + ", " + mode + "]}";
    }
}
std::string times() { return spread("\"0 s\"", "\"3 min\"", "\"1 h 3 s\""); }
std::string ratios() { return spread("\"0.25\"", "\"0.5\"", "\"0.999\""); }

std::string host_chance() {
    std::string text = R"({"late_by": )" + times();
    flip() ? maybe(text, "upgrade_time", times()) : maybe(text, "upgrade_factor", ratios());
    maybe(text, "late_chance", chance());
    maybe(text, "lost_chance", chance());
    return text + '}';
}

std::string vm_chance() {
    std::string text = R"({"failure_chance": )" + chance();
    maybe(text, "stream_factor", ratios());
    maybe(text, "dirty_factor", ratios());
    return text + '}';
}

std::string link_fault() {
    std::string text = R"({"at": )" + times() + R"(, "share": )" + ratios();
    maybe(text, "hosts", '[' + quoted(name_of("host", 0)) + ']');
    maybe(text, "chance", chance());
    maybe(text, "lasts", times());
    return text + '}';
}

struct Sizes {
    int hosts, vms, networks, storages;
};

std::string host_text(int i, const Sizes& sizes) {
    std::string text = "{\"name\": " + quoted(name_of("host", i)) +
                       R"(, "memory": "64 GiB", "version": )" + version(up_to(2));
    maybe(text, "memory_after_upgrade", memory());
    maybe(text, "link", rate());
    maybe(text, "duplex", quoted(one_of({"full", "half"})));
    maybe(text, "send_budget", rate());
    maybe(text, "target", version(2 + up_to(1)));
    maybe(text, "networks", some_names("net", sizes.networks));
    maybe(text, "storages", some_names("sr", sizes.storages));
    maybe(text, "cpu", R"({"vendor": "AMD", "hvm": "1f-ffffffff", "pv": "0"})");
    maybe(text, "cpus", number(0, 64));
    maybe(text, "domain", "\"rack\"");
    maybe(text, "upgrade_time", duration());
    maybe(text, "chance", host_chance());
    maybe(text, "live", boolean());
    maybe(text, "enabled", boolean());
    maybe(text, "notes", R"([{"code": "POWER_ON_ILO"}])");
    return text + '}';
}

std::string vm_text(int i, const Sizes& sizes) {
    std::string text = "{\"name\": " + quoted(name_of("vm", i)) + R"(, "memory": "4096 MiB")";
    const int power = up_to(4);
    if (power <= 2) text += ", \"host\": " + quoted(name_of("host", up_to(sizes.hosts - 1)));
    if (power == 1) text += R"(, "power": "paused")";
    if (power == 3) text += R"(, "power": "suspended")";
    maybe(text, "dynamic_min", memory());
    maybe(text, "vcpus", number(1, 32));
    maybe(text, "domain_type", quoted(one_of({"hvm", "pv", "pvh", "pv_in_pvh"})));
    maybe(text, "shadow_multiplier", "\"1.25\"");
    maybe(text, "overhead", memory());
    maybe(text, "dirty_rate", rate());
    maybe(text, "working_set", memory());
    maybe(text, "chance", vm_chance());
    maybe(text, "pause_limit", duration());
    maybe(text, "networks", some_names("net", sizes.networks));
    maybe(text, "storages", some_names("sr", sizes.storages));
    maybe(text, "disk", memory());
    if (sizes.storages > 0) maybe(text, "cd", quoted(name_of("sr", 0)));
    maybe(text, "cpu", R"({"vendor": "AMD", "features": "7"})");
    maybe(text, "vcpu_unrestricted", boolean());
    maybe(text, "protect", boolean());
    maybe(text, "when_pinned", quoted(one_of({"refuse", "suspend", "restart", "storage"})));
    maybe(text, "notes", R"([{"code": "VM_HAS_PCI_ATTACHED", "detail": "\u001b"}])");
    return text + '}';
}

template <class Entry>
std::string array(int count, Entry entry) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + entry(i);
    return '[' + text + ']';
}

/// The text of some scenario that is right.
std::string draw_text() {
    const Sizes sizes{1 + up_to(3), up_to(5), up_to(2), up_to(3)};
    std::string text = R"({"about": "drawn", "pool": {"coordinator": )";
    text += quoted(name_of("host", up_to(sizes.hosts - 1))) + ", \"target\": " + version(2);
    text += R"(, "version_rule": "platform")";
    maybe(text, "ha_enabled", boolean());
    maybe(text, "overhead_era", "\"before_26_3\"");
    text += '}';
    maybe(text, "policy",
          "{\"spare_hosts\": " + number(0, 8) + ", \"one_way\": " + boolean() + '}');
    maybe(text, "timing",
          R"({"stop_rule": "qemu", "link_efficiency": "0.5", "before": )" + duration() + '}');
    maybe(text, "chance",
          R"({"upgrade_factor": )" + ratios() + R"(, "dirty_factor": )" + ratios() +
              R"(, "lost_chance": )" + chance() +
              ", \"links\": " + array(up_to(2), [](int) { return link_fault(); }) + '}');
    text += ", \"networks\": " + array(sizes.networks, [](int i) {
                return "{\"name\": " + quoted(name_of("net", i)) + '}';
            });
    text += ", \"storages\": " + array(sizes.storages, [](int i) {
                std::string storage = "{\"name\": " + quoted(name_of("sr", i));
                maybe(storage, "shared", boolean());
                maybe(storage, "free", memory());
                return storage + '}';
            });
    text += ", \"hosts\": " + array(sizes.hosts, [&](int i) { return host_text(i, sizes); });
    text += ", \"vms\": " + array(sizes.vms, [&](int i) { return vm_text(i, sizes); });
    if (sizes.vms >= 2) {
        maybe(text, "groups",
              "[{\"name\": \"g\", \"kind\": \"apart\", \"vms\": [" + quoted(name_of("vm", 1)) +
                  ", " + quoted(name_of("vm", 0)) + "]}]");
    }
    maybe(text, "remarks", R"(["a", "b"])");
    return text + '}';
}

/// One slip of a hand, a disk or an attacker.
std::string mutate(std::string text) {
    if (text.empty()) return text;
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
    const std::size_t length = *rc::gen::inRange<std::size_t>(0, 40);
    const std::string piece = text.substr(at, length);
    switch (up_to(5)) {
        case 0:
            return text.substr(0, at);
        case 1:
            return text.erase(at, length);
        case 2:
            return text.insert(at, piece);
        case 3:
            text[at] = *rc::gen::arbitrary<char>();
            return text;
        case 4:
            return text.insert(at, one_of({"\"", "{", "]", "null", "-1", "1e9", "0", ".", "\\u0000",
                                           "[[[[", "GiB", "\"host\":", ",", "9999999999 TiB"}));
        default:
            std::swap(text[at], text[*rc::gen::inRange<std::size_t>(0, text.size())]);
            return text;
    }
}

std::string draw_set() {
    std::string set;
    const int pieces = up_to(4);
    for (int i = 0; i < pieces; ++i) {
        if (i > 0) set += '.';
        set += one_of({"hosts", "vms",    "pool",     "timing",
                       "*",     "\"*\"",  "host0",    "\"vm1.example.org\"",
                       "link",  "memory", "target",   "version",
                       "xen",   "name",   "notes",    "cpu",
                       "a\"b",  "\"",     "networks", "storages",
                       "host",  "power"});
    }
    return set + one_of({"=", "", "=="}) +
           one_of({"1", "10 Gbps", "64 GiB", "{}", "[]", "null", "[{}]", "x", "{\"xen\": \"9\"}",
                   "paused", "[\"sr0\"]", "{\"a\": 1, \"a\": 2}", "true"});
}

/// What every refusal must be: bounded, complete sentences, safe for a terminal.
void check_error(const Error& error) {
    RC_ASSERT(!error.items.empty());
    RC_ASSERT(error.items.size() <= limits::errors_listed);
    for (const Error::Item& item : error.items) {
        RC_ASSERT(!item.sentence.empty());
        for (const std::string& text : {item.place, item.sentence, item.remedy}) {
            RC_ASSERT(text.size() < 2000);
            for (const char letter : text) {
                RC_ASSERT(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f);
            }
        }
    }
}

Findings without_assumptions(Findings findings) {
    std::erase_if(findings, [](const Finding& finding) { return finding.code == "ASSUMED"; });
    return findings;
}

void check_round_trip(Scenario scenario) {
    const std::string text = print_scenario(scenario);
    const Result<Scenario> again = read_scenario(text, "drawn");
    if (!again) RC_FAIL(again.error().items.front().place + again.error().items.front().sentence);
    scenario.remarks = without_assumptions(scenario.remarks);
    RC_ASSERT(*again == scenario);
    RC_ASSERT(print_scenario(*again) == text);
}

TEST_CASE("reading undoes printing", "[scenario][law]") {
    rc::prop("for every scenario", [] {
        const std::string text = draw_text();
        const Result<Scenario> scenario = read_scenario(text, "drawn");
        if (!scenario) {
            const Error::Item& item = scenario.error().items.front();
            RC_FAIL(item.place + ": " + item.sentence + " in " + text);
        }
        check_round_trip(*scenario);
    });
}

TEST_CASE("a broken text gives a scenario or an error, never harm", "[scenario][law]") {
    rc::prop("for every text and every few slips", [] {
        std::string text = draw_text();
        const int slips = 1 + up_to(3);
        for (int i = 0; i < slips; ++i) text = mutate(std::move(text));
        const Result<Scenario> scenario = read_scenario(text, "drawn");
        if (!scenario) return check_error(scenario.error());
        check_round_trip(*scenario);
    });
    rc::prop("for every prefix", [] {
        const std::string text = draw_text();
        const std::size_t length = *rc::gen::inRange<std::size_t>(0, text.size());
        const Result<Scenario> scenario = read_scenario(text.substr(0, length), "drawn");
        RC_ASSERT(!scenario);
        check_error(scenario.error());
    });
}

TEST_CASE("whatever an operator adds gives a scenario or an error", "[scenario][law]") {
    rc::prop("for every --set and --defaults", [] {
        Overrides overrides;
        const int sets = up_to(3);
        for (int i = 0; i < sets; ++i) overrides.sets.push_back(draw_set());
        if (flip()) {
            overrides.defaults =
                mutate(R"({"hosts": {"link": "9 Gbps", "cpus": 4}, "vms": {"disk": "1 GB"}})");
            overrides.defaults_source = "d\x1b.json";
        }
        const Result<Scenario> scenario = read_scenario(draw_text(), "drawn", overrides);
        if (!scenario) return check_error(scenario.error());
        check_round_trip(*scenario);
    });
}

TEST_CASE("parsing undoes printing of amounts", "[amount][law]") {
    rc::prop("for every amount within its limit", [] {
        const Bytes amount{*rc::gen::inRange<std::int64_t>(0, limits::memory_bytes + 1) >>
                           up_to(50)};
        RC_ASSERT(parse_bytes(print_exact(amount)).value() == amount);
        const Bandwidth rate{
            *rc::gen::inRange<std::int64_t>(0, limits::bandwidth_bytes_per_second + 1) >>
            up_to(40)};
        RC_ASSERT(parse_bandwidth(print_exact(rate)).value() == rate);
        const Duration time{*rc::gen::inRange<std::int64_t>(0, limits::duration_us + 1) >>
                            up_to(44)};
        RC_ASSERT(parse_duration(print_exact(time)).value() == time);
        const std::int64_t ratio = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
        RC_ASSERT(parse_thousandths(print_thousandths(ratio)).value() == ratio);
    });
}

}  // namespace
}  // namespace vacate
