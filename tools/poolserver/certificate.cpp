// Makes the certificate through OpenSSL.
#include "tools/poolserver/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace vacate::poolserver {
namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* owned) const {
        release(owned);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Paper = std::unique_ptr<X509, Release<X509_free>>;
using Buffer = std::unique_ptr<BIO, Release<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;

constexpr long day_s = 24l * 3600;

bool add_extension(X509* paper, int kind, const std::string& value) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    return extension && X509_add_ext(paper, extension.get(), -1) == 1;
}

bool fill(X509* paper, EVP_PKEY* key, const std::vector<std::string>& addresses) {
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    for (const std::string& address : addresses) names += ",IP:" + address;
    std::array<unsigned char, 8> serial{};
    if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
    std::uint64_t number = 0;
    for (const unsigned char byte : serial) number = number << 8 | byte;
    X509_NAME* name = X509_get_subject_name(paper);
    const auto* common = reinterpret_cast<const unsigned char*>("localhost");
    // A day back, for clients whose clock is behind.
    return X509_set_version(paper, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(paper), number >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(paper), -day_s) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(paper), 365 * day_s) != nullptr &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
           X509_set_issuer_name(paper, name) == 1 && X509_set_pubkey(paper, key) == 1 &&
           add_extension(paper, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(paper, NID_subject_alt_name, names) &&
           X509_sign(paper, key, EVP_sha256()) > 0;
}

std::string text_of(BIO* buffer) {
    char* start = nullptr;
    const long length = BIO_get_mem_data(buffer, &start);
    return length > 0 ? std::string(start, static_cast<std::size_t>(length)) : std::string();
}

std::string in_hexadecimal(const unsigned char* bytes, unsigned count) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (unsigned i = 0; i < count; ++i) {
        if (i > 0) out += ':';
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

tl::unexpected<Error> refused(std::string what) {
    std::array<char, 256> words{};
    ERR_error_string_n(ERR_get_error(), words.data(), words.size());
    Error error{Error::Kind::outside, "OpenSSL", {}};
    error.items.push_back({"certificate", what + " failed: " + words.data(),
                           "see that OpenSSL works: openssl version -a"});
    return tl::unexpected(std::move(error));
}

}  // namespace

Result<Certificate> make_certificate(const std::vector<std::string>& addresses) {
    const Key key(EVP_EC_gen("P-256"));
    if (!key) return refused("making a key");
    const Paper paper(X509_new());
    if (!paper || !fill(paper.get(), key.get(), addresses)) return refused("making a certificate");

    const Buffer pem(BIO_new(BIO_s_mem()));
    const Buffer key_pem(BIO_new(BIO_s_mem()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const bool good = pem && key_pem && PEM_write_bio_X509(pem.get(), paper.get()) == 1 &&
                      PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0,
                                               nullptr, nullptr) == 1 &&
                      X509_digest(paper.get(), EVP_sha256(), digest.data(), &length) == 1;
    if (!good) return refused("writing the certificate");
    return Certificate{text_of(pem.get()), text_of(key_pem.get()),
                       in_hexadecimal(digest.data(), length)};
}

}  // namespace vacate::poolserver
