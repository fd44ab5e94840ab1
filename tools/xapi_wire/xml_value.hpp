// Values as XML-RPC carries them, in the dialect of xapi.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tools/xapi_wire/value.hpp"

namespace vacate::wire {

inline constexpr std::size_t element_depth = 128;  // of XML: 31 structs in each other

/// An element.
struct XmlNode {
    std::string tag;
    std::string text;  // all of it, in front of, between and behind the children
    std::vector<XmlNode> children;
};

/// Reads a document. Fails: with a sentence; entities are refused.
[[nodiscard]] tl::expected<XmlNode, std::string> read_xml(std::string_view text);

/// Values out of elements; the first problem is kept and everything after it means nothing.
class XmlReader {
  public:
    std::string problem;

    /// Checks that `node` is a <tag> that holds elements only.
    bool holds_elements(const XmlNode& node, std::string_view tag);
    const std::string& text_of(const XmlNode& node, std::string_view tag);
    /// A value without a type is a text, and so is a dateTime that is none. Of booleans only "1"
    /// is true.
    Value value(const XmlNode& node);
    bool fail(std::string sentence);

  private:
    Value typed(const XmlNode& node);
    Value array(const XmlNode& node);
    Value members(const XmlNode& node);
    template <class Number>
    Value number(std::string_view digits);
};

/// Adds <value>...</value>. Whole numbers are texts, but Int32 is <i4>; control characters are
/// lost.
void add_xml(std::string& out, const Value& value);

}  // namespace vacate::wire
