// What a host runs, which of two versions is not older, and when a pool counts as mixed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vacate {

/// A dotted number, compared left to right; a proper prefix is older: 8.3 before 8.3.0.
using Dotted = std::vector<std::int64_t>;

/// How a xapi reads the second piece of a version text, the one behind the first dash.
enum class SecondPiece {
    split_at_dots,  // "15.xs8" gives 15; xapi since October 2025
    whole,          // "15.xs8" is not a number and is dropped; xapi before that
};

/// Reads a version text as xapi does: at most two pieces between dashes, split at dots; what
/// is an integer in OCaml's notation is kept, everything else is dropped without a word.
///
/// Returns: the integers in order; empty for "(unknown)" or "".
/// Source:  xapi, ocaml/xapi/helpers.ml (version parsing); the fix 6c76c12ca3.
[[nodiscard]] Dotted parse_dotted(std::string_view text,
                                  SecondPiece second = SecondPiece::split_at_dots);

/// What xapi takes for a version key that a host does not report: 0.0.0, newer than "".
[[nodiscard]] Dotted absent_dotted();

/// The layers that decide whether a VM may move and whether the pool is mixed.
struct Version {
    std::string label;     // product version for people: "8.3.0"; decides nothing
    Dotted platform;       // platform_version: the installed system image
    Dotted manager;        // xapi: major.minor of the toolstack
    Dotted manager_build;  // xapi_build: the toolstack's full build
    Dotted hypervisor;     // xen
    friend bool operator==(const Version&, const Version&) = default;
};

/// Which xapi decides: the rules changed twice.
///
/// Source: xapi commits cb8fad42ec (25.31) and f150a7e57d (25.33).
enum class VersionRule {
    platform,           // up to 25.30: platform_version alone
    three_keys,         // 25.31, 25.32: platform, xapi_build and xen, for flag and direction
    platform_and_xapi,  // from 25.33: flag by platform and xapi, direction by the three keys
};

/// The rule that the xapi of `version` follows; the newest where its number cannot be read.
[[nodiscard]] VersionRule version_rule_of(const Version& version);

/// True when, under `rule`, no key of `target` is older than the same key of `source`.
///
/// A partial order: of two versions, neither need be "not older". There is no operator< on
/// purpose, because a total order would quietly prefer one of them.
///
/// Source: xapi, ocaml/xapi/helpers.ml, Checks.Migration.host_versions_not_decreasing.
[[nodiscard]] bool not_older(VersionRule rule, const Version& target, const Version& source);

/// True when a host of `version` makes the pool of a coordinator of `coordinator` a mixed one.
///
/// Source: xapi, ocaml/xapi/db_gc.ml, the loop that keeps rolling_upgrade_in_progress.
[[nodiscard]] bool makes_mixed(VersionRule rule, const Version& version,
                               const Version& coordinator);

/// True when both run the same in every key; the labels do not count.
[[nodiscard]] bool same_version(const Version& a, const Version& b);

/// "8.3.0", or the platform version where there is no label.
[[nodiscard]] std::string display(const Version& version);

}  // namespace vacate
