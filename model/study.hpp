// A study: a pool, what might be different about it, and what is asked of each of these cases.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/units.hpp"

namespace vacate {

/// Any field, in the language of --set: "hosts.*.link=25 Gbps".
struct SetField {
    std::string text;
    friend bool operator==(const SetField&, const SetField&) = default;
};

/// More hosts like one that is there. A lent one runs its target version already.
struct AddHosts {
    std::string like;
    std::int64_t count = 1;
    std::string name;             // of several: name1, name2. Empty: like+1
    std::optional<Bytes> memory;  // for VMs, before and after its upgrade
    bool lent = false;
    friend bool operator==(const AddHosts&, const AddHosts&) = default;
};

/// The host leaves for good; its VMs must find room elsewhere.
struct RemoveHost {
    std::string host;
    friend bool operator==(const RemoveHost&, const RemoveHost&) = default;
};

/// Memory of a host, or of all ("*"): so much, or so much more or less.
struct ResizeHost {
    std::string host;
    std::optional<Bytes> to;
    Bytes by;
    friend bool operator==(const ResizeHost&, const ResizeHost&) = default;
};

/// A host, or all of them, has so much less for VMs once upgraded.
struct GrowDom0 {
    std::string host;
    Bytes by;
    friend bool operator==(const GrowDom0&, const GrowDom0&) = default;
};

/// A host is lost: before the run, at a time, when a step begins, or whenever it is worst.
struct LoseHost {
    enum class When { before, at, step, any };
    std::string host;  // "*": a variant for each host
    When when = When::before;
    Duration at{};
    std::int64_t step = 0;
    friend bool operator==(const LoseHost&, const LoseHost&) = default;
};

/// What a VM's memory grows by: thousandths of it, or bytes. One of the two is 0.
struct Growth {
    std::int64_t permille = 0;
    Bytes bytes;
    friend bool operator==(const Growth&, const Growth&) = default;
};

/// Every VM ("*"), one, or those of a group grow where they are.
struct GrowVms {
    std::string vms;
    bool is_group = false;
    Growth by;
    friend bool operator==(const GrowVms&, const GrowVms&) = default;
};

/// Running VMs like one that is there, each put where most memory is free.
struct NewVms {
    std::string like;
    std::int64_t count = 1;
    std::string name;
    std::optional<Bytes> memory;
    friend bool operator==(const NewVms&, const NewVms&) = default;
};

struct StopVm {
    std::string vm;
    friend bool operator==(const StopVm&, const StopVm&) = default;
};

/// The VM may not leave its host.
struct PinVm {
    std::string vm;
    friend bool operator==(const PinVm&, const PinVm&) = default;
};

struct AddGroup {
    std::string name;
    bool apart = true;  // else together
    std::vector<std::string> vms;
    friend bool operator==(const AddGroup&, const AddGroup&) = default;
};

struct DropGroup {
    std::string name;
    friend bool operator==(const DropGroup&, const DropGroup&) = default;
};

using AnyChange = std::variant<SetField, AddHosts, RemoveHost, ResizeHost, GrowDom0, LoseHost,
                               GrowVms, NewVms, StopVm, PinVm, AddGroup, DropGroup>;

/// One change, and where it is written, for errors.
struct Change {
    AnyChange what;
    std::string place;
    friend bool operator==(const Change&, const Change&) = default;
};

struct Variant {
    std::string name;
    std::vector<Change> changes;
    friend bool operator==(const Variant&, const Variant&) = default;
};

/// One thing that is varied, and the values it takes.
struct Axis {
    struct Value {
        std::string label;  // "25 Gbps"
        Change change;
        friend bool operator==(const Value&, const Value&) = default;
    };
    std::string name;
    std::vector<Value> values;
    friend bool operator==(const Axis&, const Axis&) = default;
};

/// Every combination of the values of its axes.
struct Sweep {
    std::vector<Axis> axes;
    friend bool operator==(const Sweep&, const Sweep&) = default;
};

enum class Ask { compare, headroom, smallest, losses, risk, when };
/// As --ask takes them.
inline constexpr std::array<std::string_view, 6> ask_names{"compare", "headroom", "smallest",
                                                           "n-k",     "risk",     "when"};

/// What the smallest of is looked for.
enum class Smallest { hosts, memory, link, width };
inline constexpr std::array<std::string_view, 4> smallest_names{"hosts", "memory", "link", "width"};

struct Question {
    Ask ask = Ask::compare;
    std::optional<Duration> window;  // smallest and when need one
    int confidence = 95;             // per cent of runs that fit
    std::int64_t runs = 0;           // by chance; 0: what is usual for the question
    Growth step{10, {}};             // of headroom
    std::string like;                // of headroom: new VMs like this one instead of growth
    std::optional<Bytes> size;       // of these VMs
    Smallest smallest = Smallest::width;
    int losses = 1;     // hosts lost at once: 1 or 2
    std::string place;  // where it is written
    friend bool operator==(const Question&, const Question&) = default;
};

struct Study {
    std::string about;
    std::string base;               // the file of its scenario, as it is written
    std::vector<std::string> sets;  // of the base, before everything else
    std::int64_t effort = 20'000;   // transitions for each plan
    std::uint64_t seed = 1;
    std::vector<Variant> variants;  // the first one is the base, without changes
    std::vector<Sweep> sweeps;      // without any, each variant is one case
    std::vector<Question> questions;
    friend bool operator==(const Study&, const Study&) = default;
};

/// One row of the answer: a question about one variant at one point of a sweep.
struct StudyCase {
    std::size_t variant = 0;
    std::size_t question = 0;
    std::size_t sweep = 0;           // nothing is varied where `point` is empty
    std::vector<std::size_t> point;  // by axis of the sweep: which value
    friend bool operator==(const StudyCase&, const StudyCase&) = default;
};

/// How many rows a study has; nothing where that is more than any number of 64 bits.
[[nodiscard]] std::optional<std::int64_t> rows_of(const Study& study);

/// Row `number`: sweep by sweep, point by point (the last axis fastest), variant by variant,
/// question by question. Requires: 0 <= number < rows_of(study).
[[nodiscard]] StudyCase case_of(const Study& study, std::int64_t number);

/// The changes of a case in the order in which they are made: the variant's, then the point's.
[[nodiscard]] std::vector<Change> changes_of(const Study& study, const StudyCase& one);

/// In variants that lose host "*", one variant for each of these hosts.
void expand_losses(Study& study, const std::vector<std::string>& hosts);

/// What a --set is about: all in front of its "=".
[[nodiscard]] std::string path_of_set(const std::string& set);

}  // namespace vacate
