// Recordings of other formats on their way to the document of one of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/document.hpp"
#include "model/codec/problems.hpp"
#include "model/units.hpp"

namespace vacate::codec {

/// True for what the QEMU lab writes: an array of cases, or an object that has one.
[[nodiscard]] bool is_lab_recording(const Node& root);
/// True for "format": "migration-validation-cases/1".
[[nodiscard]] bool is_published_recording(const Node& root);

/// Each makes the document of a recording of ours; what is wrong becomes a problem at its place
/// in the other document, what cannot be replayed a remark. Only cases whose name begins with
/// `prefix` are taken.
[[nodiscard]] Node recording_from_lab(const Node& root, std::string_view prefix,
                                      Problems& problems);
[[nodiscard]] Node recording_from_published(const Node& root, std::string_view prefix,
                                            Problems& problems);

/// Moves to the defaults what all cases have alike.
void gather_defaults(Node& recording);

/// Reads members of an object whose others do not matter. A null counts as absent; a member of
/// another kind than asked for is a problem, and absent.
class ForeignObject {
  public:
    ForeignObject(const Place& place, Problems& problems) : place_(place), problems_(problems) {}

    [[nodiscard]] bool has(std::string_view member) const { return at(member).node != nullptr; }
    [[nodiscard]] Place at(std::string_view member) const;
    [[nodiscard]] const Place& place() const { return place_; }
    [[nodiscard]] Problems& problems() const { return problems_; }
    /// A number that is not negative and at most 10^15.
    [[nodiscard]] std::optional<double> number(std::string_view member) const;
    [[nodiscard]] std::string text(std::string_view member) const;
    /// The array, or one without entries.
    [[nodiscard]] Place list(std::string_view member) const;
    /// The object, or one without members.
    [[nodiscard]] Place object(std::string_view member) const;

  private:
    [[nodiscard]] Place of_kind(std::string_view member, Node::Kind kind, std::string_view wanted,
                                const Node& otherwise) const;
    Place place_;
    Problems& problems_;
};

/// A number of that range; a problem when the value is none.
[[nodiscard]] std::optional<double> number_of(const Place& place, Problems& problems);

/// One migration on its way to a document.
struct ForeignMove {
    std::string vm;
    std::string from;
    std::string to;
    bool disks = false;
    bool completed = true;
    std::vector<std::uint32_t> after;
    std::optional<Duration> start, total, pause, gap;
    std::optional<Bytes> sent;
};

struct ForeignRun {
    std::string name;
    std::vector<ForeignMove> moves;
    std::optional<Duration> makespan;
};

/// Texts with units, exact.
[[nodiscard]] Node time_node(Duration time);
[[nodiscard]] Node bytes_node(Bytes amount);
[[nodiscard]] Node rate_node(Bandwidth rate);
[[nodiscard]] Duration from_seconds(double seconds);
[[nodiscard]] Bandwidth from_megabits(double megabits_per_second);
[[nodiscard]] Bytes from_mebibytes(double mebibytes);

/// A case of ours; where its runs make the same moves, these stand in it once.
[[nodiscard]] Node case_node(const std::string& name, Node scenario,
                             const std::vector<ForeignRun>& runs);

/// The whole document; `defaults` may have no members.
[[nodiscard]] Node recording_node(const std::string& about, const std::string& source,
                                  const std::vector<std::string>& remarks, Node defaults,
                                  Node cases);

}  // namespace vacate::codec
