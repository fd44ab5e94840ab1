// Placing pictures, and the frame around them.
#include "reports/sheet.hpp"

#include <algorithm>

#include "reports/web_assets.hpp"

namespace vacate {

void Sheet::put(const Picture& picture, double x, double y) {
    body_ +=
        "<g transform=\"translate(" + number(x) + " " + number(y) + ")\">" + picture.body + "</g>";
    width_ = std::max(width_, x + picture.width);
    y_ = std::max(y_, y + picture.height);
}

void Sheet::heading(const std::string& text) {
    Drawing draw;
    draw.text("head b", 0, y_ + 30, text);
    body_ += draw.out;
    y_ += 44;
}

void Sheet::line(std::string_view style, const std::string& text) {
    constexpr std::size_t letters = 130;
    std::string rest = well_formed(text);
    while (!rest.empty()) {
        std::size_t cut = rest.size();
        if (cut > letters) {
            const std::size_t space = rest.rfind(' ', letters);
            cut = space == std::string::npos || space == 0 ? rest.size() : space;
        }
        const std::string part = rest.substr(0, cut);
        rest.erase(0, std::min(rest.size(), cut + 1));
        Drawing draw;
        draw.text(style, 0, y_ + 14, part);
        body_ += draw.out;
        width_ = std::max(width_, 7.0 * static_cast<double>(part.size()));
        y_ += 20;
    }
}

void Sheet::caption(double x, double y, const std::string& left, const std::string& right,
                    double width) {
    Drawing draw;
    draw.text("n b", x, y, shortened(left, 18));
    draw.text("xs m", x + width, y, right, "end");
    body_ += draw.out;
}

std::string Sheet::document() const {
    constexpr double margin = 12;
    const std::string width = number(width_ + 2 * margin);
    const std::string height = number(y_ + 2 * margin);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"v\" width=\"" + width +
           "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " + height +
           "\" role=\"img\"><title>" + escaped(title_.empty() ? "pool" : title_) +
           "</title><style>" + std::string(web_svg_style()) + "</style>" + hatches() +
           "<rect class=\"page\" width=\"100%\" height=\"100%\"/><g transform=\"translate(" +
           number(margin) + " " + number(margin) + ")\">" + body_ + "</g></svg>\n";
}

}  // namespace vacate
