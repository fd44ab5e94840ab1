// The frame of a page and what stands in many of them.
#include "reports/page.hpp"

#include <algorithm>
#include <array>

#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/web_assets.hpp"

namespace vacate {
namespace {

std::string severity_html(Severity severity) {
    switch (severity) {
        case Severity::blocks:
            return "<span class=\"sev blocks\">\xe2\x96\xa0 blocks</span>";
        case Severity::act:
            return "<span class=\"sev act\">\xe2\x96\xb2 act</span>";
        case Severity::know:
            return "<span class=\"sev know\">\xe2\x97\x8f know</span>";
    }
    return {};
}

std::string finding_html(const Finding& finding) {
    std::string out = "<li>" + severity_html(finding.severity) + "<div><b>" +
                      name_html(finding.subject) + "</b><p class=\"what\">" +
                      escaped(finding.sentence) + "</p>";
    if (!finding.remedy.empty()) out += paragraph(finding.remedy, "remedy");
    return out + "</div><code class=\"rule\">" + escaped(finding.code) + "</code></li>";
}

constexpr std::size_t findings_open = 10;

}  // namespace

std::string name_html(const std::string& name) { return "<bdi>" + escaped(name) + "</bdi>"; }

std::string paragraph(const std::string& text, const std::string& style) {
    return "<p" + (style.empty() ? std::string() : " class=\"" + style + "\"") + ">" +
           escaped(text) + "</p>";
}

std::string page_html(const Page& page) {
    const bool scripted = !page.data.empty();
    std::string out = "<!doctype html>\n<html lang=\"en\" data-theme=\"auto\"><head>";
    out += "<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"";
    out += "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    if (scripted) out += "; script-src 'sha256-" + web_script_digest() + "'";
    out += "\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
    out += "<meta name=\"color-scheme\" content=\"light dark\">";
    out += "<meta name=\"generator\" content=\"vacate\">";
    out += "<title>" + escaped(page.title) + "</title><style>" + web_style() + "</style></head>";
    out += "<body><svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\">" + hatches();
    out += "</svg><header class=\"top\"><div><b>" + name_html(page.title) + " <span>";
    out += escaped(page.versions) + "</span></b><nav aria-label=\"Sections\">";
    for (const auto& [id, name] : page.sections) {
        out += "<a href=\"#" + id + "\">" + name + "</a>";
    }
    out += "</nav>";
    if (scripted) {
        out += "<button class=\"btn scripted\" id=\"theme\" type=\"button\">theme: auto</button>";
    }
    out += "</div></header><main class=\"wrap\">" + page.main + "</main>";
    if (scripted) {
        out += "<div id=\"tip\" role=\"tooltip\"></div>";
        out += "<script type=\"application/json\" id=\"data\">" + page.data + "</script>";
        out += "<script>" + web_script() + "</script>";
    }
    return out + "</body></html>\n";
}

std::string section(const std::string& id, const std::string& heading, const std::string& body,
                    const std::string& style) {
    return "<section class=\"card" + (style.empty() ? "" : " " + style) + "\" id=\"" + id +
           "\" aria-labelledby=\"h-" + id + "\"><h2 id=\"h-" + id + "\">" + heading + "</h2>" +
           body + "</section>";
}

std::string findings_html(const Findings& findings, const std::string& heading) {
    if (findings.empty()) return {};
    std::array<std::size_t, 3> counts{};
    for (const Finding& one : findings) ++counts[static_cast<std::size_t>(one.severity)];
    const Findings sorted = sorted_findings(findings);
    std::string out =
        paragraph((counts[0] == 0 ? "Nothing blocks" : std::to_string(counts[0]) + " block") +
                      ", " + std::to_string(counts[1]) + " to act on, " +
                      std::to_string(counts[2]) + " to know.",
                  "sub") +
        "<ul class=\"find\">";
    for (std::size_t i = 0; i < std::min(findings_open, sorted.size()); ++i) {
        out += finding_html(sorted[i]);
    }
    out += "</ul>";
    if (sorted.size() > findings_open) {
        out += "<details><summary><b>" + std::to_string(sorted.size() - findings_open) +
               " more</b></summary><ul class=\"find\">";
        for (std::size_t i = findings_open; i < sorted.size(); ++i) out += finding_html(sorted[i]);
        out += "</ul></details>";
    }
    return section("s-find", heading, out);
}

std::string title_of(const Pool& pool) { return pool.name.empty() ? "pool" : pool.name; }

void link_sections(Page& page, const std::vector<std::pair<std::string, std::string>>& sections) {
    for (const auto& [id, name] : sections) {
        const bool is_there = page.main.find("id=\"" + id + "\"") != std::string::npos;
        if (is_there) page.sections.emplace_back(id, name);
    }
}

std::string table_html(const std::string& label, const std::string& head, const std::string& rows,
                       const std::string& id) {
    const std::string sorts = id.empty() ? "" : " id=\"" + id + "\" class=\"sorts\"";
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(label) +
           "\"><table" + sorts + "><thead><tr>" + head + "</tr></thead><tbody>" + rows +
           "</tbody></table></div>";
}

std::string cell_html(const std::string& markup, std::int64_t order) {
    return "<td class=\"r\" data-v=\"" + std::to_string(order) + "\">" + markup + "</td>";
}

}  // namespace vacate
