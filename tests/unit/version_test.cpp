// Version texts as xapi reads them, and the three eras of its comparison.
#include "model/version.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace vacate {
namespace {

/// A version from the texts a host reports.
Version version(std::string_view platform, std::string_view xapi, std::string_view build,
                std::string_view xen) {
    return Version{"", parse_dotted(platform), parse_dotted(xapi), parse_dotted(build),
                   parse_dotted(xen)};
}

// What the hosts of one pool report before, and after an upgrade.
const Version old_host = version("3.2.1", "1.249", "1.249.36-1.xcpng8.2", "4.13.4-9.28.1");
const Version new_host = version("3.4.0", "25.33", "25.33.1-2.1", "4.17.5-13");

TEST_CASE("a version text is a list of its integers", "[version]") {
    struct Row {
        std::string_view text;
        Dotted numbers;
    };
    const std::vector<Row> rows{
        {"3.4.0", {3, 4, 0}},
        {"1.20", {1, 20}},
        {"26.17.0-1", {26, 17, 0, 1}},
        {"4.13.4-9.28.1", {4, 13, 4, 9, 28, 1}},
        {"25.6.0-1.9.xs8", {25, 6, 0, 1, 9}},
        {"1.249.36-1.xcpng8.2", {1, 249, 36, 1, 2}},
        {"25.31.0-15.xs8-7", {25, 31, 0, 15}},  // the third piece is lost
        {"(unknown)", {}},
        {"", {}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.text));
        CHECK(parse_dotted(row.text) == row.numbers);
    }
}

TEST_CASE("before October 2025 a second piece counted whole or not at all", "[version]") {
    CHECK(parse_dotted("25.31.0-15.xs8-7", SecondPiece::whole) == Dotted{25, 31, 0});
    CHECK(parse_dotted("4.13.4-9.28.1", SecondPiece::whole) == Dotted{4, 13, 4});
    CHECK(parse_dotted("4.17.5-13", SecondPiece::whole) == Dotted{4, 17, 5, 13});
    CHECK(parse_dotted("3.4.0", SecondPiece::whole) == Dotted{3, 4, 0});
}

TEST_CASE("integers are read as OCaml reads them", "[version]") {
    CHECK(parse_dotted("0x1f.0b101.0o17.0u9") == Dotted{31, 5, 15, 9});
    CHECK(parse_dotted("0X1F.0B101.0O17.0U9") == Dotted{31, 5, 15, 9});
    CHECK(parse_dotted("1_0.1__0_.+5.007") == Dotted{10, 10, 5, 7});
    CHECK(parse_dotted("_1.0x.0x_1.0b2.0o8.12a. 1.1 .++1") == Dotted{});
    CHECK(parse_dotted("1..2.") == Dotted{1, 2});
    CHECK(parse_dotted("--1") == Dotted{});  // the first two pieces are empty
}

TEST_CASE("integers have 63 bits, and what does not fit is dropped", "[version]") {
    CHECK(parse_dotted("4611686018427387903") == Dotted{4'611'686'018'427'387'903});  // 2^62 - 1
    CHECK(parse_dotted("1.4611686018427387904.2") == Dotted{1, 2});
    CHECK(parse_dotted("1.99999999999999999999.2") == Dotted{1, 2});
    // Only decimal literals are signed: others may use the 63rd bit, and are negative then.
    CHECK(parse_dotted("0x7fffffffffffffff.0x4000000000000000") ==
          Dotted{-1, -4'611'686'018'427'387'904});
    CHECK(parse_dotted("0u4611686018427387904") == Dotted{-4'611'686'018'427'387'904});
    CHECK(parse_dotted("0x8000000000000000") == Dotted{});
}

TEST_CASE("a proper prefix is older", "[version]") {
    CHECK(parse_dotted("8.3") < parse_dotted("8.3.0"));
    CHECK(parse_dotted("8.3.9") < parse_dotted("8.10"));
    CHECK(parse_dotted("(unknown)") < parse_dotted("0"));
}

TEST_CASE("a key that is absent is newer than one that cannot be read", "[version]") {
    CHECK(absent_dotted() == Dotted{0, 0, 0});
    CHECK(parse_dotted("(unknown)") < absent_dotted());
}

TEST_CASE("the rule follows the xapi that decides", "[version]") {
    const auto rule_for = [](std::string_view xapi) {
        return version_rule_of(version("3.4.0", xapi, "", ""));
    };
    CHECK(rule_for("1.20") == VersionRule::platform);
    CHECK(rule_for("24.0") == VersionRule::platform);
    CHECK(rule_for("25.30") == VersionRule::platform);
    CHECK(rule_for("25.31") == VersionRule::three_keys);
    CHECK(rule_for("25.32") == VersionRule::three_keys);
    CHECK(rule_for("25.33") == VersionRule::platform_and_xapi);
    CHECK(rule_for("26.3") == VersionRule::platform_and_xapi);
}

TEST_CASE("a xapi that cannot be read is taken for the newest", "[version]") {
    CHECK(version_rule_of(version("3.4.0", "(unknown)", "", "")) == VersionRule::platform_and_xapi);
    Version absent = version("3.4.0", "", "", "");
    absent.manager = absent_dotted();
    CHECK(version_rule_of(absent) == VersionRule::platform_and_xapi);
}

TEST_CASE("an upgrade goes forward under every rule, and never back", "[version]") {
    for (const VersionRule rule :
         {VersionRule::platform, VersionRule::three_keys, VersionRule::platform_and_xapi}) {
        CHECK(not_older(rule, new_host, old_host));
        CHECK_FALSE(not_older(rule, old_host, new_host));
        CHECK(not_older(rule, old_host, old_host));
    }
}

TEST_CASE("up to 25.30 the platform alone decides where a VM may go", "[version]") {
    Version older_xen = new_host;
    older_xen.hypervisor = parse_dotted("4.17.4-1");
    older_xen.manager_build = parse_dotted("25.33.0-1");
    CHECK(not_older(VersionRule::platform, older_xen, new_host));
    CHECK_FALSE(not_older(VersionRule::three_keys, older_xen, new_host));
    CHECK_FALSE(not_older(VersionRule::platform_and_xapi, older_xen, new_host));
}

TEST_CASE("since 25.31 each of three keys must not be older", "[version]") {
    for (const VersionRule rule : {VersionRule::three_keys, VersionRule::platform_and_xapi}) {
        Version target = new_host;
        target.platform = parse_dotted("3.3.9");
        CHECK_FALSE(not_older(rule, target, new_host));
        target = new_host;
        target.manager_build = parse_dotted("25.33.1-2");  // a prefix of 25.33.1-2.1
        CHECK_FALSE(not_older(rule, target, new_host));
        target = new_host;
        target.hypervisor = parse_dotted("(unknown)");
        CHECK_FALSE(not_older(rule, target, new_host));
        target = new_host;
        target.manager = parse_dotted("25.32");  // major.minor decides no direction
        CHECK(not_older(rule, target, new_host));
    }
}

TEST_CASE("two hosts can each be older than the other", "[version]") {
    // a has the newer Xen, b the newer xapi build
    const Version a = version("3.4.0", "25.33", "25.33.1-2.1", "4.17.5-14");
    const Version b = version("3.4.0", "25.33", "25.33.1-2.2", "4.17.5-13");
    for (const VersionRule rule : {VersionRule::three_keys, VersionRule::platform_and_xapi}) {
        CHECK_FALSE(not_older(rule, a, b));
        CHECK_FALSE(not_older(rule, b, a));
    }
    CHECK(not_older(VersionRule::platform, a, b));
    CHECK(not_older(VersionRule::platform, b, a));
}

TEST_CASE("not being older is transitive", "[version][law]") {
    std::vector<Version> all;
    for (const std::string_view platform : {"3.2", "3.2.1", "3.4.0"}) {
        for (const std::string_view build : {"", "1.249.36-1", "25.33.1-2.1"}) {
            for (const std::string_view xen : {"(unknown)", "4.13.4-9.28.1", "4.17.5-13"}) {
                all.push_back(version(platform, "", build, xen));
            }
        }
    }
    const auto rule = VersionRule::three_keys;
    for (const Version& a : all) {
        for (const Version& b : all) {
            for (const Version& c : all) {
                const bool chained = not_older(rule, a, b) && not_older(rule, b, c);
                if (chained && !not_older(rule, a, c)) FAIL("a >= b >= c, but not a >= c");
            }
        }
    }
}

TEST_CASE("which keys make a pool a mixed one changed twice", "[version]") {
    struct Row {
        std::string_view what;
        Version host;
        bool by_platform;
        bool by_three_keys;
        bool by_platform_and_xapi;
    };
    const auto with = [](auto change) {
        Version changed = new_host;
        change(changed);
        return changed;
    };
    const std::vector<Row> rows{
        {"equal", new_host, false, false, false},
        {"platform", with([](Version& v) {
             v.platform = {3, 4, 1};
         }),
         true, true, true},
        {"xapi", with([](Version& v) {
             v.manager = {25, 34};
         }),
         false, false, true},
        {"xapi_build", with([](Version& v) {
             v.manager_build = {25, 33, 2};
         }),
         false, true, false},
        {"xen", with([](Version& v) {
             v.hypervisor = {4, 18};
         }),
         false, true, false},
        {"label", with([](Version& v) { v.label = "8.3.0 LTS"; }), false, false, false},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.what));
        CHECK(makes_mixed(VersionRule::platform, row.host, new_host) == row.by_platform);
        CHECK(makes_mixed(VersionRule::three_keys, row.host, new_host) == row.by_three_keys);
        CHECK(makes_mixed(VersionRule::platform_and_xapi, row.host, new_host) ==
              row.by_platform_and_xapi);
    }
}

TEST_CASE("a host newer than its coordinator makes a pool mixed as well", "[version]") {
    CHECK(makes_mixed(VersionRule::platform, new_host, old_host));
    CHECK(makes_mixed(VersionRule::platform, old_host, new_host));
}

TEST_CASE("two versions are the same in their keys, whatever their labels", "[version]") {
    Version named = new_host;
    named.label = "8.3.0";
    CHECK(same_version(named, new_host));
    CHECK_FALSE(named == new_host);
    CHECK_FALSE(same_version(old_host, new_host));
    Version other_build = new_host;
    other_build.manager_build.push_back(1);
    CHECK_FALSE(same_version(other_build, new_host));
}

TEST_CASE("a version is shown by its label, else by its platform", "[version]") {
    Version one = new_host;
    CHECK(display(one) == "3.4.0");
    one.label = "8.3.0";
    CHECK(display(one) == "8.3.0");
    CHECK(display(Version{}) == "unknown version");
}

}  // namespace
}  // namespace vacate
