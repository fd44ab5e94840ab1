// Amounts are read exactly, refused with a reason and a remedy, and printed without loss.
#include "model/codec/amount.hpp"

#include <catch2/catch.hpp>

#include "model/limits.hpp"

namespace vacate {
namespace {

std::int64_t bytes(std::string_view text) {
    const auto value = parse_bytes(text);
    INFO(text);
    REQUIRE(value);
    return value->count;
}

std::int64_t rate(std::string_view text) {
    const auto value = parse_bandwidth(text);
    INFO(text);
    REQUIRE(value);
    return value->count;
}

std::int64_t time(std::string_view text) {
    const auto value = parse_duration(text);
    INFO(text);
    REQUIRE(value);
    return value->count();
}

template <class Expected>
std::string refusal(const Expected& value) {
    if (value) return "accepted";
    return value.error().sentence + "; " + value.error().remedy;
}

TEST_CASE("memory has binary and decimal units", "[amount]") {
    CHECK(bytes("0 B") == 0);
    CHECK(bytes("64 GiB") == std::int64_t{64} << 30);
    CHECK(bytes("64GiB") == std::int64_t{64} << 30);
    CHECK(bytes("64 GB") == 64'000'000'000);
    CHECK(bytes(" 64  GB ") == 64'000'000'000);
    CHECK(bytes("1.5 GiB") == 3 * (std::int64_t{1} << 29));
    CHECK(bytes("1.50000000000000000000000000 GiB") == 3 * (std::int64_t{1} << 29));
    CHECK(bytes("000000000000000000000000002 kB") == 2000);
    CHECK(bytes("0.5 KiB") == 512);
    CHECK(bytes("1024 TiB") == limits::memory_bytes);
}

TEST_CASE("rates count bits or bytes, and bits must make whole bytes", "[amount]") {
    CHECK(rate("10 Gbps") == 1'250'000'000);
    CHECK(rate("2.1 Gbps") == 262'500'000);
    CHECK(rate("480 Mbps") == 60'000'000);
    CHECK(rate("8 bps") == 1);
    CHECK(rate("4 MiB/s") == 4 << 20);
    CHECK(rate("100 MB/s") == 100'000'000);
    CHECK(rate("10 Tbps") == limits::bandwidth_bytes_per_second);
    CHECK(refusal(parse_bandwidth("1 bps")) ==
          "\"1 bps\" is not a whole number of bytes per second; "
          "write fewer digits, or a smaller unit");
}

TEST_CASE("times may be sums", "[amount]") {
    CHECK(time("450 ms") == 450'000);
    CHECK(time("1 h 30 min") == 5'400'000'000);
    CHECK(time("1h30min") == 5'400'000'000);
    CHECK(time("1.5 h") == 5'400'000'000);
    CHECK(time("0.000001 s") == 1);
    CHECK(time("8784 h") == limits::duration_us);
    CHECK(refusal(parse_duration("8784 h 1 us")) ==
          "\"8784 h 1 us\" is more than 366 days (8 784 h), the most that is taken; "
          "check the unit");
    CHECK(refusal(parse_duration("1 h -1 min")) ==
          "\"1 h -1 min\" is negative; write an amount of 0 or more");
    CHECK(refusal(parse_duration("1 h 30")) ==
          "\"1 h 30\" has no unit; write \"30 s\" or \"30 min\"");
}

TEST_CASE("an amount that is none is refused with a remedy", "[amount]") {
    CHECK(refusal(parse_bytes("64")) == "\"64\" has no unit; write \"64 GiB\" or \"64 GB\"");
    CHECK(refusal(parse_bandwidth("10")) ==
          "\"10\" has no unit; write \"10 Gbps\" or \"10 MiB/s\"");
    CHECK(refusal(parse_bytes("64 gib")) ==
          "\"64 gib\" has the unknown unit \"gib\"; did you mean \"64 GiB\"?");
    CHECK(refusal(parse_bytes("64 G")) ==
          "\"64 G\" has the unknown unit \"G\"; "
          "units are B, KiB, MiB, GiB, TiB, kB, MB, GB and TB");
    CHECK(refusal(parse_bytes("-1 GiB")) == "\"-1 GiB\" is negative; write an amount of 0 or more");
    CHECK(refusal(parse_bytes("0.3 B")) ==
          "\"0.3 B\" is not a whole number of bytes; write fewer digits, or a smaller unit");
    CHECK(refusal(parse_bytes("1025 TiB")) ==
          "\"1025 TiB\" is more than 1 PiB (1 024 TiB), the most that is taken; check the unit");
    CHECK(refusal(parse_bytes("99999999999999999999999999 B")).find("is more than") !=
          std::string::npos);
    for (const std::string_view text : {"", " ", "GiB", ".5 GiB", "5. GiB", "1,5 GiB", "+1 GiB",
                                        "1 GiB 2 MiB", "1 GiB!", "0x10 B", "1e3 B", "1.2.3 B"}) {
        INFO(text);
        CHECK_FALSE(parse_bytes(text));
    }
}

TEST_CASE("what a refusal shows is safe for a terminal", "[amount]") {
    CHECK(refusal(parse_bytes("\x1b[2J")) ==
          "\"\\u001b[2J\" is no amount; write a number and a unit, such as \"64 GiB\"");
    const std::string all = refusal(parse_bytes(std::string(100'000, '7') + "\xff"));
    CHECK(all.size() < 400);
}

TEST_CASE("ratios are decimal and rounded to thousandths", "[amount]") {
    CHECK(parse_thousandths("1.25").value() == 1250);
    CHECK(parse_thousandths("1").value() == 1000);
    CHECK(parse_thousandths("0.9494").value() == 949);
    CHECK(parse_thousandths("0.9495").value() == 950);
    CHECK(parse_thousandths("999999.9999").value() == 1'000'000'000);
    CHECK(refusal(parse_thousandths("95 %")) ==
          "\"95 %\" is no ratio; write a decimal number, such as \"1.25\"");
    CHECK(refusal(parse_thousandths("-1")) == "\"-1\" is negative; write a ratio of 0 or more");
    CHECK_FALSE(parse_thousandths("1000000"));
    CHECK(print_thousandths(1250) == "1.25");
    CHECK(print_thousandths(1000) == "1.0");
    CHECK(print_thousandths(5) == "0.005");
    CHECK(print_thousandths(-250) == "-0.25");
}

TEST_CASE("amounts are printed in the largest unit without a fraction", "[amount]") {
    CHECK(print_exact(Bytes{0}) == "0 B");
    CHECK(print_exact(64_GiB) == "64 GiB");
    CHECK(print_exact(64_GiB + 1_B) == "68719476737 B");
    CHECK(print_exact(Bytes{1'000'000}) == "1 MB");
    CHECK(print_exact(Bytes{1'024'000}) == "1000 KiB");
    CHECK(print_exact(Bytes{} - 5_GiB) == "-5 GiB");
    CHECK(print_exact(1_Gbps) == "1 Gbps");
    CHECK(print_exact(40_Gbps) == "40 Gbps");
    CHECK(print_exact(Bandwidth{4 << 20}) == "4 MiB/s");
    CHECK(print_exact(Bandwidth{1}) == "1 B/s");
    CHECK(print_exact(Duration{5'400'000'000}) == "90 min");
    CHECK(print_exact(Duration{450'000}) == "450 ms");
    CHECK(print_exact(Duration{}) == "0 us");
}

}  // namespace
}  // namespace vacate
