// A drawing by itself, put together from pictures one below the other.
#pragma once

#include <string>

#include "reports/draw.hpp"

namespace vacate {

class Sheet {
  public:
    /// `title` is what the drawing is called; it need not be escaped.
    explicit Sheet(std::string title) : title_(std::move(title)) {}

    void put(const Picture& picture, double x, double y);
    /// Below everything.
    void put(const Picture& picture) { put(picture, 0, y_); }
    void heading(const std::string& text);
    /// A line of text below everything; what is longer than a drawing is wide goes on below.
    void line(std::string_view style, const std::string& text);
    /// Above a picture that is put at `x` and `y`: its name, and a text at its right end.
    void caption(double x, double y, const std::string& left, const std::string& right,
                 double width);
    void skip(double height) { y_ += height; }
    /// Where the next picture goes.
    [[nodiscard]] double bottom() const { return y_; }

    /// The whole file: its own styles, light or dark as the reader's system is, no script.
    [[nodiscard]] std::string document() const;

  private:
    std::string title_;
    std::string body_;
    double width_ = 0;
    double y_ = 0;
};

}  // namespace vacate
