// What the pages of all reports share: the frame with its policy, sections, findings.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/pool.hpp"
#include "model/result.hpp"

namespace vacate {

/// A page: the head with its policy, the bar on top, what is in it.
struct Page {
    std::string title;
    std::string versions;
    std::vector<std::pair<std::string, std::string>> sections;  // id, name
    std::string main;
    std::string data;  // JSON; empty: a page without script
};
[[nodiscard]] std::string page_html(const Page& page);

/// Names in the bar those of `sections` that are in `page.main`.
void link_sections(Page& page, const std::vector<std::pair<std::string, std::string>>& sections);

[[nodiscard]] std::string title_of(const Pool& pool);

/// A name as text that cannot change the direction of what stands around it.
[[nodiscard]] std::string name_html(const std::string& name);

/// `text` is escaped here.
[[nodiscard]] std::string paragraph(const std::string& text, const std::string& style = {});

/// `heading` and `body` are markup.
[[nodiscard]] std::string section(const std::string& id, const std::string& heading,
                                  const std::string& body, const std::string& style = {});

/// The findings by severity, the first ten open; empty where there are none.
[[nodiscard]] std::string findings_html(const Findings& findings, const std::string& heading);

/// A table that scrolls sideways by itself; `head` and `rows` are markup. Of an `id`, the script
/// makes the headings sort.
[[nodiscard]] std::string table_html(const std::string& label, const std::string& head,
                                     const std::string& rows, const std::string& id = {});

/// A cell with what it sorts by.
[[nodiscard]] std::string cell_html(const std::string& markup, std::int64_t order);

}  // namespace vacate
