// A certificate of our own, made anew at each start and kept in memory.
#pragma once

#include <string>
#include <vector>

#include "model/result.hpp"

namespace vacate::poolserver {

struct Certificate {
    std::string pem;          // the certificate
    std::string key_pem;      // its private key, P-256
    std::string fingerprint;  // SHA-256 of the certificate, "AB:CD:..."
};

/// Makes a self-signed certificate for localhost, 127.0.0.1, ::1 and `addresses`, good for a year.
///
/// Requires: `addresses` are IP addresses.
/// Fails:    when OpenSSL does, with its words.
[[nodiscard]] Result<Certificate> make_certificate(const std::vector<std::string>& addresses);

}  // namespace vacate::poolserver
