// The report as one HTML page: what it says first, then panel by panel.
#include <algorithm>
#include <array>

#include "model/codec/origin_text.hpp"
#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/page.hpp"
#include "reports/run_html.hpp"
#include "reports/runbook.hpp"

namespace vacate {
namespace {

// ---- what it says first

std::string verdict_html(const TimelineReport& report) {
    const Headline headline = headline_of(report);
    std::string out = "<section class=\"card verdict" + std::string(headline.good ? "" : " bad") +
                      "\" aria-labelledby=\"v\"><div>";
    out += "<p class=\"state\">" + std::string(!headline.mark.empty() ? headline.mark
                                               : headline.good        ? "\xe2\x9c\x93"
                                                                      : "\xe2\x96\xb2");
    out +=
        " " + escaped(headline.state) + "</p><h1 id=\"v\">" + escaped(headline.sentence) + "</h1>";
    for (const std::string& detail : headline.details) out += paragraph(detail);
    return out + "</div>" + svg_of(draw_verdict(report), "ruler") + "</section>";
}

std::string figures_html(const TimelineReport& report) {
    std::string out = "<dl class=\"kpis\">";
    for (const KeyFigure& figure : figures_of(report)) {
        out += "<div class=\"kpi" + std::string(figure.is_hot ? " hot" : "") + "\"><dt>" +
               escaped(figure.label) + "</dt><dd>" + escaped(figure.value) + "<small>" +
               escaped(figure.detail) + "</small></dd></div>";
    }
    return out + "</dl>";
}

// ---- panels

std::string legend_html(const TimelineReport& report) {
    const auto entry = [](const char* style, const char* text) {
        return "<span><i class=\"" + std::string(style) + "\"></i>" + text + "</span>";
    };
    std::string out = "<div class=\"legend\" aria-hidden=\"true\">";
    const bool is_run = report.run != nullptr;
    out += entry("l-old", "old version") + entry("l-drain", "being emptied") +
           entry("l-down", "down") + entry("l-ready", "ready, new version") +
           entry("l-out", "VM leaves") + entry("l-in", "VM arrives") +
           entry("l-again", "moves again");
    if (!is_run) out += entry("l-hot", "critical: a delay here delays the end");
    if (is_run) {
        out += entry("l-failed", "\xe2\x9c\x95 move failed") +
               entry("l-planned", "thin: the plan") +
               (report.run->plans.size() > 1 ? entry("l-first", "thinner: the first plan") : "") +
               (report.run->pauses.empty() ? "" : entry("l-paused", "paused")) +
               (report.run->gaps.empty() ? "" : entry("l-gap", "nobody carried it out"));
    }
    if (report.course.blackout) out += entry("l-black", "no coordinator");
    if (report.course.mixed) out += entry("l-mixed", "mixed versions");
    if (report.wizard) out += entry("l-ghost", "wizard");
    return out + "</div>";
}

std::string timeline_html(const TimelineReport& report) {
    std::string words = "One lane per host, one bar per migration: solid leaves, outlined arrives.";
    if (report.run != nullptr) words += " Thin at a lane's foot: what the plan wanted.";
    std::string out = paragraph(words, "sub");
    out +=
        "<div class=\"tools scripted\"><input id=\"q\" type=\"search\" placeholder=\"filter: VM or "
        "host\" aria-label=\"Filter by VM or host\"><span id=\"hits\" role=\"status\"></span>";
    if (report.run == nullptr) {
        out +=
            "<button class=\"btn\" id=\"chain\" type=\"button\" aria-pressed=\"true\">critical "
            "path</button>";
    }
    out +=
        "<button class=\"btn\" id=\"out\" type=\"button\" aria-label=\"Zoom "
        "out\">\xe2\x88\x92</button><button class=\"btn\" id=\"in\" type=\"button\" "
        "aria-label=\"Zoom in\">+</button><button class=\"btn\" id=\"fit\" "
        "type=\"button\">fit</button></div>";
    out += "<div id=\"tl\"><div class=\"static\">";
    const std::size_t lanes = report.course.lanes.size();
    const std::size_t each = lanes_per_page(layout_of(report), lanes);
    for (std::size_t first = 0; first < lanes; first += each) {
        out += svg_of(draw_timeline(report, first, each));
    }
    out += "</div></div>";
    return section("s-time", "Timeline", out + legend_html(report), "wide");
}

std::string chain_html(const TimelineReport& report) {
    const auto stretches = stretches_of(report);
    if (stretches.empty()) return {};
    std::string bar, rows;
    std::size_t place = 0;
    for (const ChainStretch& one : stretches) {
        const Duration lasts = one.when.ends - one.when.begins;
        const bool down = one.kind == ChainStretch::Kind::down;
        const char* style = down                                       ? "down"
                            : one.kind == ChainStretch::Kind::emptying ? "drain"
                                                                       : "wait";
        bar += "<i class=\"" + std::string(style) + "\" style=\"flex:" +
               std::to_string(std::max<std::int64_t>(1, lasts.count() / 1'000'000)) + "\"><span>" +
               name_html(one.host) + "</span></i>";
        rows += "<tr><td class=\"r\">" + std::to_string(++place) + "</td><td><b>" +
                name_html(one.host) + "</b></td><td><span class=\"chip " + style + "\">" +
                escaped(one.what) + "</span></td><td class=\"r\">" +
                escaped(report.clock.at(one.when.begins)) + "</td><td class=\"r\">" +
                escaped(short_display(lasts)) + "</td><td class=\"w\">" +
                escaped(one.because.empty() ? "it begins the run" : one.because) + "</td></tr>";
    }
    const std::string out =
        paragraph(chain_sentence(report), "sub") +
        "<div class=\"seg\" role=\"img\" aria-label=\"The critical path in order, widths are "
        "time; the table below says the same\">" +
        bar +
        "</div><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Critical path\">"
        "<table><thead><tr><th class=\"r\">#</th><th>host</th><th>is</th><th "
        "class=\"r\">begins</th><th class=\"r\">lasts</th><th>could not begin "
        "earlier</th></tr></thead><tbody>" +
        rows + "</tbody></table></div>";
    return section("s-path", "Why is it this long?", out);
}

// As many pictures as paper needs, about equally long.
template <class Draw>
std::string strips_of(const TimelineReport& report, const Draw& draw) {
    const std::size_t lanes = report.course.lanes.size();
    const std::size_t pages = (lanes + rows_per_page - 1) / rows_per_page;
    const std::size_t each = (lanes + pages - 1) / std::max<std::size_t>(1, pages);
    std::string out;
    for (std::size_t first = 0; first < lanes; first += each) {
        out += svg_of(draw(report, first, each));
    }
    return out;
}

std::string memory_html(const TimelineReport& report) {
    std::string out = paragraph(
        "Committed on each host (filled) against what it can give (dashed). A moving VM "
        "counts on both sides until it has arrived.",
        "sub");
    const HostLane* tightest = tightest_lane(report.course);
    constexpr std::size_t told = 3;
    std::size_t place = 0;
    for (const HostLane* lane : tightest_lanes(report.course)) {
        if (place++ == told) break;
        out += "<p class=\"callout" + std::string(lane == tightest ? "" : " next") + "\"><b>" +
               name_html(report.answer.pool.hosts[lane->host].name) + ", " +
               escaped(report.clock.at(lane->least.at)) + ":</b> " +
               escaped(least_text(report, *lane)) + "</p>";
    }
    const auto lanes = memory_lanes(report.course);
    if (lanes.size() < report.course.lanes.size()) {
        out += "<h3>The " + std::to_string(lanes.size()) + " tightest hosts</h3>";
    }
    out += "<div class=\"mems\">";
    for (const HostLane* lane : lanes) {
        const std::string least =
            "min " + display(lane->least.free) + " at " + report.clock.at(lane->least.at);
        out += "<figure class=\"mem" + std::string(lane == tightest ? " worst" : "") +
               "\" data-host=\"" + std::to_string(lane->host.index) + "\"><figcaption><b>" +
               (lane->host == report.answer.pool.coordinator ? "\xe2\x98\x85 " : "") +
               name_html(report.answer.pool.hosts[lane->host].name) +
               "</b><span class=\"ro\" title=\"" + escaped(least_text(report, *lane)) + "\">" +
               escaped(least) + "</span></figcaption><div class=\"plot\">" +
               svg_of(draw_memory(report, *lane)) + "</div></figure>";
    }
    out += "</div>";
    if (lanes.size() < report.course.lanes.size()) {
        out +=
            "<h3>All hosts: free memory, darker is tighter</h3><div class=\"plot strip\" "
            "tabindex=\"0\" role=\"region\" aria-label=\"Memory of all hosts\">" +
            strips_of(report, draw_memory_strip) + "</div>";
        out +=
            "<div class=\"legend\" aria-hidden=\"true\"><span><i class=\"q0\"></i>40 % free or "
            "more</span><span><i class=\"q1\"></i>15 to 40 %</span><span><i "
            "class=\"q2\"></i>5 to 15 %</span><span><i class=\"q3\"></i>2 to 5 %</span>"
            "<span><i class=\"q4\"></i>less</span><span><i class=\"down\"></i>down</span></div>";
    }
    return section("s-mem", "Memory", out);
}

std::string links_html(const TimelineReport& report) {
    std::string out =
        paragraph(
            "Up is sending, down is receiving, dotted is what the link carries; a move counts "
            "with its mean rate.",
            "sub") +
        "<div class=\"lks\">";
    const auto lanes = link_lanes(report.course);
    const Duration all = std::max(Duration{1}, report.course.ends);
    for (const HostLane* lane : lanes) {
        const Host& host = report.answer.pool.hosts[lane->host];
        out += "<div class=\"lk\"><div class=\"lab\"><b>" + name_html(host.name) + "</b><small>" +
               escaped("busy " + std::to_string(lane->busy.count() * 100 / all.count()) + " %, " +
                       display(host.link)) +
               "</small></div><div class=\"plot\" data-host=\"" + std::to_string(lane->host.index) +
               "\">" + svg_of(draw_link(report, *lane)) + "</div></div>";
    }
    out += "</div>";
    if (lanes.size() < report.course.lanes.size()) {
        out +=
            "<h3>All hosts: use of the link</h3><div class=\"plot strip\" tabindex=\"0\" "
            "role=\"region\" aria-label=\"Links of all hosts\">" +
            strips_of(report, draw_link_strip) + "</div>";
        out +=
            "<div class=\"legend\" aria-hidden=\"true\"><span><i class=\"q0\"></i>idle</span>"
            "<span><i class=\"q1\"></i>below 30 %</span><span><i class=\"q2\"></i>30 to 60 "
            "%</span><span><i class=\"q3\"></i>60 to 90 %</span><span><i "
            "class=\"q4\"></i>more</span><span><i class=\"down\"></i>down</span></div>";
    }
    return section("s-link", "Migration links", out);
}

// printable() would spell out the line feeds between commands.
std::string escaped_lines(const std::string& command) {
    std::string lines;
    for (std::size_t begin = 0; begin <= command.size();) {
        const std::size_t end = std::min(command.find('\n', begin), command.size());
        if (begin > 0) lines += '\n';
        lines += escaped(command.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string item_html(const RunbookItem& item, std::size_t& number) {
    const std::string id = "step-" + std::to_string(++number);
    std::string out = "<li><label><input type=\"checkbox\" id=\"" + id + "\"><span>" +
                      escaped(item.sentence) + "</span></label>";
    if (!item.command.empty()) {
        out += "<div class=\"cmd" + std::string(item.is_usual ? " usual" : "") +
               "\"><button class=\"copy scripted\" type=\"button\">copy</button>"
               "<pre dir=\"ltr\" tabindex=\"0\">" +
               escaped_lines(item.command) + "</pre></div>";
    }
    if (!item.lines.empty()) {
        out += "<ul class=\"paper\">";
        for (const std::string& line : item.lines) {
            out += "<li>\xe2\x98\x90 <bdi>" + escaped(line) + "</bdi></li>";
        }
        out += "</ul>";
    }
    return out + "</li>";
}

std::string runbook_html(const TimelineReport& report) {
    const std::vector<RunbookPart> parts = runbook_of(report);
    if (parts.empty()) return {};
    std::string out = "Everything the plan does, by hand. ";
    if (report.trials != nullptr && report.trials->window) {
        out += "Begin by: the last moment at which " + std::to_string(report.trials->confidence) +
               " % of the runs still end in the window. ";
    }
    out = paragraph(out + "Ticks stay in this browser.", "sub");
    out += "<dl class=\"paper\">";
    for (const RunbookItem& item : usual_commands(report)) {
        out += "<dt>" + item.sentence + "</dt><dd><code>" + escaped_lines(item.command) +
               "</code></dd>";
    }
    out += "</dl>";
    std::size_t number = 0;
    bool open = true;
    for (const RunbookPart& part : parts) {
        out += "<details" + std::string(open ? " open" : "") + "><summary><b>" +
               name_html(part.title) + "</b><span>" + escaped(part.when) + "</span>";
        if (!part.begin_by.empty()) {
            out += "<span class=\"by\">begin by " + escaped(part.begin_by) + "</span>";
        }
        out += "</summary><ol>";
        for (const RunbookItem& item : part.items) out += item_html(item, number);
        out += "</ol></details>";
        open = false;
    }
    return section("s-run", "Runbook", out, "long");
}

std::string moves_html(const TimelineReport& report) {
    if (report.course.moves.empty()) return {};
    const Pool& pool = report.answer.pool;
    std::string rows;
    for (const MoveBar& move : report.course.moves) {
        const auto cell = [&rows](const std::string& text, std::int64_t order) {
            rows += "<td class=\"r\" data-v=\"" + std::to_string(order) + "\">" + escaped(text) +
                    "</td>";
        };
        rows += "<tr><td>" + std::string(move.nth > 1 ? "\xe2\x86\xbb " : "") +
                name_html(pool.vms[move.vm].name) + "</td><td>" +
                name_html(pool.hosts[move.from].name) + "</td><td>" +
                name_html(pool.hosts[move.to].name) + "</td>";
        const Bytes memory = pool.vms[move.vm].ram;
        cell(display(memory), memory.count);
        cell(report.clock.at(move.when.begins), move.when.begins.count());
        const Duration lasts = move.when.ends - move.when.begins;
        cell(short_display(lasts), lasts.count());
        cell(display(move.rate), move.rate.count);
        cell(display(move.pause), move.pause.count());
        cell(display(move.sent), move.sent.count);
        rows += "</tr>";
    }
    std::string head;
    for (const char* one :
         {"VM", "from", "to", "memory", "begins", "lasts", "rate", "pause", "sent"}) {
        const bool text = head.size() < 40 || std::string_view(one) == "to";
        head +=
            std::string("<th scope=\"col\"") + (text ? "" : " class=\"r\"") + ">" + one + "</th>";
    }
    return section("s-all", "All moves",
                   "<details id=\"moves\"><summary><b>" +
                       std::to_string(report.course.moves.size()) +
                       "</b><span>\xe2\x86\xbb moves again; headings sort</span></summary><div "
                       "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"All moves\">"
                       "<table id=\"all\" class=\"sorts\"><thead><tr>" +
                       head + "</tr></thead><tbody>" + rows + "</tbody></table></div></details>",
                   "long");
}

std::string footer_html(const TimelineReport& report) {
    const Policy& policy = report.answer.pool.policy;
    std::string text = "At most " + std::to_string(policy.hosts_down_max) +
                       " hosts out of use at once, " + std::to_string(policy.spare_hosts) +
                       " to spare. Made for the pool and state with the fingerprint ";
    text += codec::hexadecimal(report.answer.plan.fingerprint);
    if (report.trials != nullptr) {
        text += "; " + std::to_string(report.trials->trials.runs.size()) + " runs of seed " +
                std::to_string(report.trials->seed);
    }
    return "<footer>" + escaped(text + ". Script: d3 (ISC licence, text in the file).") +
           "</footer>";
}

std::string run_footer_html(const TimelineReport& report) {
    const std::string text = "The state at " + report.clock.at(report.run->now) +
                             ", by the journal of " + report.run->name + ", begun " +
                             report.run->began_at +
                             " UTC. What a move sent, and its pause, nobody measured. Script: d3 "
                             "(ISC licence, text in the file).";
    return "<footer>" + escaped(text) + "</footer>";
}

std::string pool_table(const Pool& pool, const PoolState& state) {
    std::string rows;
    for (const Id<Host> host : pool.hosts.ids()) {
        rows += "<tr><td>" + std::string(host == pool.coordinator ? "\xe2\x98\x85 " : "") +
                name_html(pool.hosts[host].name) + "</td><td>" +
                escaped(display(version_in(pool, state, host))) + "</td><td class=\"r\">" +
                std::to_string(state.hosts[host].vms) + "</td><td class=\"r\">" +
                escaped(display(free_in(pool, state, host))) + "</td></tr>";
    }
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Hosts\"><table>"
           "<thead><tr><th>host</th><th>version</th><th class=\"r\">VMs</th><th "
           "class=\"r\">free</th></tr></thead><tbody>" +
           rows + "</tbody></table></div>";
}

std::string nothing_html(const TimelineReport& report) {
    Page page;
    page.title = title_of(report.answer.pool);
    page.main =
        "<section class=\"card verdict\" aria-labelledby=\"v\"><div><p class=\"state\">"
        "\xe2\x9c\x93 Nothing to do</p><h1 id=\"v\">The plan works on no host and no VM"
        "</h1></div></section>" +
        findings_html(report.answer.findings, "To know") +
        section("s-pool", "The pool", pool_table(report.answer.pool, report.answer.state));
    return page_html(page);
}

std::string repairs_html(const std::vector<RepairRow>& repairs) {
    if (repairs.empty()) return {};
    std::string rows;
    for (const RepairRow& row : repairs) {
        std::string sets;
        for (const std::string& set : row.sets) {
            sets += (sets.empty() ? "" : " ") + ("--set " + shell_quoted(set));
        }
        rows += "<tr><td>" + escaped(row.sentence) + "</td><td class=\"r\">" +
                escaped(short_display(row.makespan)) + "</td><td><code>" + escaped(sets) +
                "</code></td></tr>";
    }
    return section("s-help", "What would help",
                   "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                   "aria-label=\"Changes\"><table><thead><tr><th>change</th><th class=\"r\">plan "
                   "found</th><th>"
                   "to try it</th></tr></thead><tbody>" +
                       rows + "</tbody></table></div>");
}

}  // namespace

std::string report_html(const TimelineReport& report) {
    if (is_nothing_to_do(report)) return nothing_html(report);
    Page page;
    page.title = title_of(report.answer.pool);
    page.versions = versions_text(report);
    page.main = verdict_html(report) + figures_html(report);
    if (report.run != nullptr) {
        page.main += findings_html(report.answer.findings, "What was noted") + owed_html(report) +
                     plans_html(report) + gaps_html(report) + timeline_html(report) +
                     turns_html(report) + memory_html(report) + steps_html(report) +
                     run_moves_html(report) + journal_html(report) + run_footer_html(report);
    } else {
        page.main += findings_html(report.answer.findings, "Before you start") +
                     timeline_html(report) + chain_html(report) + memory_html(report) +
                     links_html(report) + runbook_html(report) + moves_html(report) +
                     footer_html(report);
    }
    link_sections(page, {{"s-find", "Findings"},
                         {"s-plans", "Plans"},
                         {"s-time", "Timeline"},
                         {"s-host", "Hosts"},
                         {"s-path", "Why so long"},
                         {"s-mem", "Memory"},
                         {"s-link", "Links"},
                         {"s-run", "Runbook"},
                         {"s-all", "All moves"},
                         {"s-log", "Journal"}});
    page.data = page_data(report);
    return page_html(page);
}

std::string report_html(const NoPlanReport& report) {
    Page page;
    page.title = title_of(report.pool);
    const auto first =
        std::find_if(report.findings.begin(), report.findings.end(),
                     [](const Finding& one) { return one.severity == Severity::blocks; });
    page.main =
        "<section class=\"card verdict no\" aria-labelledby=\"v\"><div><p class=\"state\">"
        "\xe2\x96\xa0 " +
        std::string(report.proven ? "No plan exists" : "No plan was found") + "</p><h1 id=\"v\">" +
        (first == report.findings.end()
             ? "The pool cannot be upgraded as it is"
             : name_html(first->subject) + ": " + escaped(first->sentence)) +
        "</h1></div></section>" + findings_html(report.findings, "Why") +
        repairs_html(report.repairs) +
        section(
            "s-room", "Memory as it is now",
            "<div class=\"plot strip\" tabindex=\"0\" role=\"region\" aria-label=\"All hosts\">" +
                svg_of(draw_room(report.pool, report.state)) + "</div>");
    return page_html(page);
}

}  // namespace vacate
