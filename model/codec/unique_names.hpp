// Names that several things share made different, and names made to fit limits::name_bytes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vacate::codec {

/// What one thing would like to be called.
struct NameWish {
    std::string ref;    // identifies it; unique
    std::string label;  // its name label, which others may have too
    std::string uuid;
    std::string hint;  // tells it from its namesakes, when no namesake has the same one
};

/// What they are called.
struct UniqueNames {
    std::map<std::string, std::string, std::less<>> by_ref;
    std::vector<std::string> shared;   // labels that several have, sorted
    std::vector<std::string> changed;  // names given to empty and overlong labels, sorted
};

/// Gives every wish a name of its own: its label where nobody shares it, else the label with
/// its hint or the first eight characters of its uuid in parentheses, else with a number.
///
/// Returns: the same names whatever the order of the wishes.
[[nodiscard]] UniqueNames make_names_unique(std::vector<NameWish> wishes);

/// A name for one more thing beside those in `taken`: `name` if it is free, else made different.
[[nodiscard]] std::string name_beside(const NameWish& wish, const std::string& name,
                                      const std::set<std::string, std::less<>>& taken);

/// The longest prefix of `text` of at most `bytes` bytes that ends between UTF-8 characters.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes);

}  // namespace vacate::codec
