// Expat, and a walk over lines.
#include "tests/support/documents.hpp"

#include <expat.h>

#include <algorithm>

namespace vacate {

std::string xml_problem(const std::string& text) {
    XML_Parser parser = XML_ParserCreate("UTF-8");
    const bool good =
        XML_Parse(parser, text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
    std::string problem;
    if (!good) {
        problem = std::string(XML_ErrorString(XML_GetErrorCode(parser))) + " at byte " +
                  std::to_string(XML_GetCurrentByteIndex(parser));
    }
    XML_ParserFree(parser);
    return problem;
}

std::string outside_of_fences(const std::string& markdown) {
    std::string outside;
    bool fenced = false;
    for (std::size_t begin = 0; begin < markdown.size();) {
        const std::size_t end = std::min(markdown.find('\n', begin), markdown.size());
        const std::string line = markdown.substr(begin, end - begin);
        if (line.rfind("```", 0) == 0) fenced = !fenced;
        if (!fenced) outside += line + "\n";
        begin = end + 1;
    }
    return fenced ? std::string() : outside;
}

}  // namespace vacate
