// XAPI's value encodings: protected white space, sets and maps in all the quotings of old dumps.
#include "model/codec/sexpr.hpp"

#include <catch2/catch.hpp>

namespace vacate::codec {
namespace {

using Texts = std::vector<std::string>;

Texts set_of(std::string_view text) {
    INFO(text);
    const auto items = parse_set(text);
    REQUIRE(items);
    return *items;
}

TextMap map_of(std::string_view text) {
    INFO(text);
    const auto pairs = parse_map(text);
    REQUIRE(pairs);
    return *pairs;
}

TEST_CASE("protected white space comes back", "[sexpr]") {
    CHECK(unprotect_spaces("CPU%_%_ X3450%_@ 2.67GHz") == "CPU     X3450  @ 2.67GHz");
    CHECK(unprotect_spaces("a%.b%tc%nd%re") == "a b\tc\nd\re");
    CHECK(unprotect_spaces("100%% of %.") == "100% of  ");
    CHECK(unprotect_spaces("%x%") == "x%");  // other letters stand for themselves
    CHECK(unprotect_spaces("") == "");
    CHECK(unprotect_spaces("%") == "%");
    CHECK(unprotect_spaces("%%_") == "%_");  // the percent sign is used up
}

TEST_CASE("sets are read in single quotes, in double quotes and bare", "[sexpr]") {
    CHECK(set_of("()").empty());
    CHECK(set_of("").empty());
    CHECK(set_of(" ( ) ").empty());
    CHECK(set_of("('a' 'b c' '')") == Texts{"a", "b c", ""});
    CHECK(set_of("(\"a\" \"b c\")") == Texts{"a", "b c"});
    CHECK(set_of("(a b)") == Texts{"a", "b"});
    CHECK(set_of("('a'\n\t\"b\"\r\n  c)") == Texts{"a", "b", "c"});
    CHECK(set_of("('a''b'\"c\")") == Texts{"a", "b", "c"});
}

TEST_CASE("a backslash takes the next character as it is", "[sexpr]") {
    CHECK(set_of(R"(('it\'s' 'a\\b'))") == Texts{"it's", "a\\b"});
    CHECK(set_of(R"(('<name value=\"x\"/>'))") == Texts{"<name value=\"x\"/>"});
    CHECK(set_of(R"(("say \"no\"" "it's"))") == Texts{"say \"no\"", "it's"});
    CHECK(set_of("('(' ')')") == Texts{"(", ")"});
}

TEST_CASE("maps are read in all quotings, and the first of two equal keys counts", "[sexpr]") {
    CHECK(map_of("()").empty());
    CHECK(map_of("").empty());
    CHECK(map_of("(('k' 'v') ('k2' ''))") == TextMap{{"k", "v"}, {"k2", ""}});
    CHECK(map_of("((\"k\" \"v\")\n(k2 'v 2'))") == TextMap{{"k", "v"}, {"k2", "v 2"}});
    CHECK(map_of("( ( 'k' 'v' ) )") == TextMap{{"k", "v"}});
    CHECK(map_of("(('k' 'first') ('k' 'second'))") == TextMap{{"k", "first"}});
}

TEST_CASE("what is no set or map is an error that says where", "[sexpr]") {
    for (const std::string_view text :
         {"(", ")", "('a'", "('a", "('a\\", "('a\\'", "a", "('a') x", "(('a'))", "())", "('a' ("}) {
        INFO(text);
        CHECK_FALSE(parse_set(text));
    }
    for (const std::string_view text :
         {"(", "(('k'", "(('k'))", "(('k' 'v'", "(('k' 'v')", "(('k' 'v' 'w'))", "('k' 'v')",
          "(()) ", "(('k' ('v')))", "(('k' 'v')) x"}) {
        INFO(text);
        CHECK_FALSE(parse_map(text));
    }
    CHECK(parse_set("('a' (").error() == "expected a string or the end of the set at byte 6");
    CHECK(parse_map("(('k'").error() == "expected a value before the end");
}

TEST_CASE("every cut of a value is read or refused, never more", "[sexpr]") {
    const std::string text = R"((('k' 'v\'w') ("x" "y\"") (a b)))";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const bool whole = length == text.size() || length == 0;
        CHECK(parse_map(text.substr(0, length)).has_value() == whole);
    }
}

}  // namespace
}  // namespace vacate::codec
