// What all drawings share: text that stays text, numbers, a clock axis, and their styles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/course.hpp"
#include "reports/timeline_report.hpp"

namespace vacate {

/// `text` for HTML and XML, as text or as an attribute's value: markup is escaped, control
/// characters are spelled out, and what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// The same without escaping markup: well-formed UTF-8, for JSON.
[[nodiscard]] std::string well_formed(std::string_view text);

/// At most `letters` code points; what is longer ends in an ellipsis.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t letters);

/// A length in a drawing: at most one decimal, no trailing zero.
[[nodiscard]] std::string number(double value);

/// Times to lengths.
struct TimeAxis {
    Since from{};
    Since to{};
    double left = 0;
    double width = 1;

    /// Clipped to the axis.
    [[nodiscard]] double at(Since since) const;
    /// `at`, written.
    [[nodiscard]] std::string x(Since since) const { return number(at(since)); }
};

/// A marked time and what the clock shows then.
struct Tick {
    Since at{};
    std::string label;
};
/// At most about `most` marks at whole minutes, quarters or hours of the operator's clock.
[[nodiscard]] std::vector<Tick> ticks_of(const TimeAxis& axis, const ReportClock& clock, int most);

/// An SVG element under construction.
struct Drawing {
    std::string out;

    void rect(std::string_view style, double x, double y, double width, double height,
              const std::string& title = {});
    void line(std::string_view style, double x1, double y1, double x2, double y2);
    void path(std::string_view style, const std::string& shape);
    /// `text` is escaped here. `anchor`: start, middle or end.
    void text(std::string_view style, double x, double y, const std::string& text,
              std::string_view anchor = "start");
};

/// One drawing of fixed size, without the <svg> around it.
struct Picture {
    double width = 0;
    double height = 0;
    std::string body;
    std::string sentence;  // what it shows, for those who cannot see it
};

/// How lanes lie in the timeline; the script draws by the same numbers.
struct LaneLayout {
    double label = 118;  // where the plot begins
    double width = 1240;
    double top = 62;  // where the first lane begins
    double lane = 54;
    double bar = 12;
    double row = 14;
    double first_row = 7;  // below the lane's top
    double plan = 0;       // of the lane's foot, for what a run had planned
    bool has_counts = true;
    bool has_names = true;  // inside bars

    /// Of a lane, for what happens.
    [[nodiscard]] double room() const { return lane - plan - 1; }
};
[[nodiscard]] LaneLayout layout_of(const TimelineReport& report);
/// The plan and a little more; and everything there is, the wizard and the window included.
[[nodiscard]] Since shown_until(const TimelineReport& report);
[[nodiscard]] Since known_until(const TimelineReport& report);

[[nodiscard]] Picture draw_verdict(const TimelineReport& report);
/// The lanes from `first` on, at most `count` of them.
[[nodiscard]] Picture draw_timeline(const TimelineReport& report, std::size_t first = 0,
                                    std::size_t count = SIZE_MAX);
/// So many of the lanes go on each page of paper, for text that can be read.
/// Requires: lanes > 0.
[[nodiscard]] std::size_t lanes_per_page(const LaneLayout& layout, std::size_t lanes);
/// One host's curve, `width` and `height` with its labels.
[[nodiscard]] Picture draw_memory(const TimelineReport& report, const HostLane& lane);
[[nodiscard]] Picture draw_link(const TimelineReport& report, const HostLane& lane);
/// Hosts as rows of cells: the lanes from `first` on, at most `count` of them.
[[nodiscard]] Picture draw_memory_strip(const TimelineReport& report, std::size_t first = 0,
                                        std::size_t count = SIZE_MAX);
[[nodiscard]] Picture draw_link_strip(const TimelineReport& report, std::size_t first = 0,
                                      std::size_t count = SIZE_MAX);
/// So many rows fit on a page of paper.
inline constexpr std::size_t rows_per_page = 48;
/// Need against room of a host, for pools without a plan.
[[nodiscard]] Picture draw_room(const Pool& pool, const PoolState& state);

/// More hosts than these are shown as a strip, and only the tightest of them as curves.
inline constexpr std::size_t curves_max = 16;
inline constexpr std::size_t curves_of_many = 12;
/// The lanes to draw memory curves of, tightest first where not all are; likewise links, busiest
/// first.
[[nodiscard]] std::vector<const HostLane*> memory_lanes(const Course& course);
[[nodiscard]] std::vector<const HostLane*> link_lanes(const Course& course);
/// The hosts that VMs come to, by how little memory they are left with; the first of them, or
/// nothing.
[[nodiscard]] std::vector<const HostLane*> tightest_lanes(const Course& course);
[[nodiscard]] const HostLane* tightest_lane(const Course& course);

/// "3.1 GiB left while db-7 (24 GiB) arrives"
[[nodiscard]] std::string least_text(const TimelineReport& report, const HostLane& lane);

/// What the HTML page carries as data: report_json() without what the page has as text.
[[nodiscard]] std::string page_data(const TimelineReport& report);

/// The patterns that styles refer to, once per document.
[[nodiscard]] std::string hatches();

/// A picture inside HTML.
[[nodiscard]] std::string svg_of(const Picture& picture, std::string_view style = {});

}  // namespace vacate
