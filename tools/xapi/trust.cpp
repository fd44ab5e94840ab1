// Fingerprints in options and in a file.
#include "tools/xapi/trust.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace vacate::xapi {
namespace {

constexpr std::size_t digits = 64;  // of a SHA-256

Error::Item wrong_fingerprint(const std::string& place, const std::string& text) {
    return {place, "\"" + text.substr(0, 100) + "\" is no SHA-256 fingerprint",
            "it has 64 hexadecimal digits: AB:CD:..."};
}

}  // namespace

std::string normal_fingerprint(std::string_view text) {
    std::string hex;
    for (const char c : text) {
        if (c == ':' || c == ' ') continue;
        const bool digit = c >= '0' && c <= '9';
        const bool upper = c >= 'A' && c <= 'F';
        const bool lower = c >= 'a' && c <= 'f';
        if (!digit && !upper && !lower) return {};
        hex.push_back(lower ? static_cast<char>(c - 'a' + 'A') : c);
    }
    if (hex.size() != digits) return {};
    std::string normal;
    for (std::size_t i = 0; i < digits; i += 2) {
        if (i > 0) normal.push_back(':');
        normal += hex.substr(i, 2);
    }
    return normal;
}

Result<std::shared_ptr<Trust>> Trust::open(const TrustOptions& options, Teller teller) {
    Error error{Error::Kind::bad_input, "the connection", {}};
    TrustOptions normal = options;
    for (std::string& one : normal.fingerprints) {
        const std::string fingerprint = normal_fingerprint(one);
        if (fingerprint.empty()) error.items.push_back(wrong_fingerprint("--fingerprint", one));
        one = fingerprint;
    }
    if (options.on_first_use && options.known_file.empty()) {
        error.items.push_back({"--trust-on-first-use", "there is no file to note fingerprints in",
                               "give --known-pools FILE"});
    }
    if (!options.ca_file.empty() && (options.on_first_use || !options.fingerprints.empty())) {
        error.items.push_back({"--ca", "an authority and fingerprints are both given",
                               "give --ca, or --fingerprint and --trust-on-first-use"});
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    std::shared_ptr<Trust> trust(new Trust(std::move(normal), std::move(teller)));
    if (Result<void> read = trust->read_known(); !read) return tl::unexpected(read.error());
    return trust;
}

Result<void> Trust::read_known() {
    const std::string& path = options_.known_file;
    if (path.empty()) return {};
    std::ifstream file(path);
    if (!file) {
        if (::access(path.c_str(), F_OK) != 0) return {};
        Error error{Error::Kind::outside, path, {}};
        error.items.push_back({"", "it cannot be read", ""});
        return tl::unexpected(std::move(error));
    }
    Error error{Error::Kind::bad_input, path, {}};
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        std::istringstream words(line);
        std::string place;
        std::string fingerprint;
        if (!(words >> place) || place.starts_with('#')) continue;
        words >> fingerprint;
        const std::string normal = normal_fingerprint(fingerprint);
        if (normal.empty()) {
            error.items.push_back(wrong_fingerprint("line " + std::to_string(number), fingerprint));
        }
        known_[place] = normal;
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    return {};
}

bool Trust::note(const std::string& place, const std::string& fingerprint) {
    const std::string line = place + " " + fingerprint + "\n";
    const int handle =
        ::open(options_.known_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (handle < 0) return false;
    const bool written =
        ::write(handle, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(handle) == 0;
    ::close(handle);
    if (!written) return false;
    known_[place] = fingerprint;
    if (teller_) {
        teller_("The certificate of " + place +
                " was not known and is trusted from now on, as noted in " + options_.known_file +
                ". Compare its SHA-256 with the host's own: " + fingerprint);
    }
    return true;
}

bool Trust::accepts(const std::string& place, const std::string& fingerprint) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(options_.fingerprints, fingerprint) != options_.fingerprints.end()) {
        return true;
    }
    if (const auto known = known_.find(place); known != known_.end()) {
        return known->second == fingerprint;
    }
    return options_.on_first_use && note(place, fingerprint);
}

std::pair<std::string, std::string> Trust::refusal(const std::string& place,
                                                   const std::string& fingerprint) const {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(place);
    if (known != known_.end()) {
        return {place + " shows another certificate than before: SHA-256 " + fingerprint +
                    ", known was " + known->second,
                "if its certificate was renewed, take its line out of " + options_.known_file +
                    "; otherwise somebody stands in between"};
    }
    const std::string option = "--fingerprint " + fingerprint;
    if (!options_.fingerprints.empty()) {
        return {place + " shows a certificate that is none of those given: SHA-256 " + fingerprint,
                "if it is right, give it too: " + option};
    }
    if (options_.on_first_use) {
        return {place + " is not known, and its fingerprint could not be noted in " +
                    options_.known_file,
                "make that file writable, or give " + option};
    }
    return {place + " shows a certificate that nothing says to trust: SHA-256 " + fingerprint,
            "compare it with the host's own, then give " + option +
                "; or --ca FILE, or --trust-on-first-use"};
}

}  // namespace vacate::xapi
