// Which certificates are trusted: pinned ones, those a file knows, those an authority signed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace vacate::xapi {

/// How a host's certificate comes to be trusted; without any of these none is.
struct TrustOptions {
    std::vector<std::string> fingerprints;  // SHA-256, of any host of the pool
    std::string ca_file;                    // PEM; the name or address must fit too
    std::string known_file;                 // fingerprints by place, made when it is missing
    bool on_first_use = false;              // notes an unknown place in known_file, and says so
    bool insecure_http = false;             // http:// to this machine itself, for rehearsals
    friend bool operator==(const TrustOptions&, const TrustOptions&) = default;
};

/// "AB:CD:..." of a fingerprint with or without colons, blanks and in any case; empty when it is
/// no SHA-256.
[[nodiscard]] std::string normal_fingerprint(std::string_view text);

/// What is trusted; all connections of a run share one.
class Trust {
  public:
    using Teller = std::function<void(const std::string&)>;

    /// Fails: a fingerprint or a line of the file that is none; on_first_use without a file;
    ///        a file that cannot be read.
    [[nodiscard]] static Result<std::shared_ptr<Trust>> open(const TrustOptions& options,
                                                             Teller teller);

    /// True when a host at `place` may show a certificate with that fingerprint. With
    /// on_first_use an unknown place is noted first, and what cannot be noted is not trusted.
    [[nodiscard]] bool accepts(const std::string& place, const std::string& fingerprint);
    /// Why it does not, and what would help.
    [[nodiscard]] std::pair<std::string, std::string> refusal(const std::string& place,
                                                              const std::string& fingerprint) const;
    [[nodiscard]] const TrustOptions& options() const { return options_; }

  private:
    Trust(TrustOptions options, Teller teller)
        : options_(std::move(options)), teller_(std::move(teller)) {}
    [[nodiscard]] Result<void> read_known();
    [[nodiscard]] bool note(const std::string& place, const std::string& fingerprint);

    TrustOptions options_;
    Teller teller_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> known_;  // by place
};

}  // namespace vacate::xapi
