// Ids and the tables they index.
#include "model/ids.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace vacate {
namespace {

struct Apple {};
struct Pear {};

template <class Rows, class Key>
concept indexed_by = requires(Rows rows, Key key) {
    rows[key];
};

TEST_CASE("ids of different kinds do not mix", "[ids]") {
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Id<Apple>, Id<Pear>>);
    STATIC_REQUIRE(indexed_by<Table<Apple, int>, Id<Apple>>);
    STATIC_REQUIRE_FALSE(indexed_by<Table<Apple, int>, Id<Pear>>);
    STATIC_REQUIRE_FALSE(indexed_by<Table<Apple, int>, int>);
}

TEST_CASE("an id that was never set is none and in no table", "[ids]") {
    const Id<Apple> id;
    CHECK(id.is_none());
    CHECK(id == Id<Apple>::none());
    CHECK_FALSE(Table<Apple, int>(5).holds(id));
    CHECK_FALSE(Id<Apple>{0}.is_none());
}

TEST_CASE("ids are ordered as their rows, none last", "[ids]") {
    CHECK(Id<Apple>{1} < Id<Apple>{2});
    CHECK(Id<Apple>{2} < Id<Apple>::none());
}

TEST_CASE("a table gives each row the next id", "[ids]") {
    Table<Apple, std::string> table;
    CHECK(table.empty());
    const Id<Apple> first = table.push_back("a");
    const Id<Apple> second = table.push_back("b");
    CHECK(first == Id<Apple>{0});
    CHECK(second == Id<Apple>{1});
    CHECK(table[first] == "a");
    CHECK(table[second] == "b");
    CHECK(table.size() == 2);
    CHECK(table.holds(second));
    CHECK_FALSE(table.holds(Id<Apple>{2}));
}

TEST_CASE("a table of a size holds that many copies", "[ids]") {
    const Table<Apple, int> table(3, 7);
    CHECK(table == Table<Apple, int>(std::vector<int>{7, 7, 7}));
    CHECK_FALSE(table == Table<Apple, int>(std::vector<int>{7, 7}));
}

TEST_CASE("the ids of a table are all its rows, in order", "[ids]") {
    Table<Apple, int> table(std::vector<int>{10, 11, 12});
    std::vector<std::uint32_t> seen;
    for (const Id<Apple> id : table.ids()) {
        seen.push_back(id.index);
        table[id] += 1;
    }
    CHECK(seen == std::vector<std::uint32_t>{0, 1, 2});
    CHECK(std::vector<int>(table.begin(), table.end()) == std::vector<int>{11, 12, 13});
    for ([[maybe_unused]] const Id<Apple> id : Table<Apple, int>{}.ids()) FAIL("no row, no id");
}

}  // namespace
}  // namespace vacate
