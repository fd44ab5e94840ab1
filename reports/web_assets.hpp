// What the build made of reports/web: script and styles, as text.
#pragma once

#include <string>

namespace vacate {

/// The script of the page, with the licences of the libraries in it.
[[nodiscard]] const std::string& web_script();
/// Base64 of the script's SHA-256, for the page's content security policy.
[[nodiscard]] const std::string& web_script_digest();
/// The page's style.
[[nodiscard]] const std::string& web_style();
/// The style of drawings alone, colours written out: some readers of SVG know no variables.
[[nodiscard]] const std::string& web_svg_style();

}  // namespace vacate
