// Sockets of the system and OpenSSL's connections on them.
#include "tests/e2e/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace vacate::e2e {
namespace {

constexpr int patience_s = 60;  // a test that waits longer fails instead of hanging

int connected_socket(std::uint16_t port) {
    const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{patience_s, 0};
    ::setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(handle, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0) {
        return handle;
    }
    ::close(handle);
    return -1;
}

}  // namespace

struct Client::Parts {
    int handle = -1;
    SSL_CTX* context = nullptr;
    SSL* tls = nullptr;
    std::string rest;
    bool ended = false;
    bool in_error = false;

    void shake_hands(const std::string& trusted) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
        if (!trusted.empty()) {
            BIO* buffer = BIO_new_mem_buf(trusted.data(), static_cast<int>(trusted.size()));
            X509* paper = PEM_read_bio_X509(buffer, nullptr, nullptr, nullptr);
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), paper);
            X509_free(paper);
            BIO_free(buffer);
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        }
        tls = SSL_new(context);
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1");
        SSL_set_fd(tls, handle);
        if (SSL_connect(tls) != 1) close();
    }
    void close() {
        if (tls != nullptr) SSL_free(tls);
        if (context != nullptr) SSL_CTX_free(context);
        if (handle >= 0) ::close(handle);
        tls = nullptr;
        context = nullptr;
        handle = -1;
    }
    /// Reads more. Returns: false when there is no more.
    bool fill() {
        std::array<char, 16384> bytes{};
        if (handle < 0 || ended) return false;
        const auto count =
            tls != nullptr
                ? static_cast<std::ptrdiff_t>(SSL_read(tls, bytes.data(), int{bytes.size()}))
                : ::recv(handle, bytes.data(), bytes.size(), 0);
        if (count <= 0) {
            // A limit that passed is no end.
            in_error = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            ended = true;
            return false;
        }
        rest.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }
};

Client::Client(std::uint16_t port, Wire wire, const std::string& trusted)
    : parts_(std::make_unique<Parts>()) {
    parts_->handle = connected_socket(port);
    if (parts_->handle >= 0 && wire == Wire::tls) parts_->shake_hands(trusted);
}

Client::~Client() { close(); }

bool Client::is_connected() const { return parts_->handle >= 0; }

std::string Client::fingerprint() const {
    X509* paper = parts_->tls == nullptr ? nullptr : SSL_get1_peer_certificate(parts_->tls);
    if (paper == nullptr) return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    X509_digest(paper, EVP_sha256(), digest.data(), &length);
    X509_free(paper);
    char* words = OPENSSL_buf2hexstr(digest.data(), static_cast<long>(length));
    std::string text(words);
    OPENSSL_free(words);
    return text;
}

bool Client::send(const std::string& bytes) {
    if (parts_->handle < 0) return false;
    if (parts_->tls != nullptr) {
        return SSL_write(parts_->tls, bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count =
            ::send(parts_->handle, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

std::optional<Reply> Client::receive() {
    std::string& rest = parts_->rest;
    while (rest.find("\r\n\r\n") == std::string::npos) {
        if (!parts_->fill()) return std::nullopt;
    }
    const std::size_t end = rest.find("\r\n\r\n");
    const std::string head = rest.substr(0, end + 2);
    rest.erase(0, end + 4);
    Reply reply;
    reply.version = head.substr(0, 8);
    reply.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
        const std::size_t line = head.find("\r\n", at);
        const std::size_t colon = head.find(": ", at);
        std::string name = head.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        });
        reply.headers[name] = head.substr(colon + 2, line - colon - 2);
        at = line + 2;
    }
    const auto length = reply.headers.find("content-length");
    if (length == reply.headers.end()) {
        while (parts_->fill()) {
        }
        reply.body = std::exchange(rest, {});
        return reply;
    }
    const auto wanted = static_cast<std::size_t>(std::stoull(length->second));
    while (rest.size() < wanted && parts_->fill()) {
    }
    reply.cut_short = rest.size() < wanted;
    reply.body = rest.substr(0, wanted);
    rest.erase(0, std::min(wanted, rest.size()));
    return reply;
}

bool Client::is_closed() {
    while (parts_->fill()) {
    }
    return !parts_->in_error;
}

void Client::close() { parts_->close(); }

std::string post(const std::string& path, const std::string& body, const std::string& headers,
                 const std::string& version) {
    return "POST " + path + " HTTP/" + version + "\r\nHost: pool\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string xml_call(const std::string& method, const std::string& values) {
    std::string parameters = values;
    for (std::size_t at = 0; (at = parameters.find("<value>", at)) != std::string::npos; at += 14) {
        parameters.insert(at, "<param>");
    }
    for (std::size_t at = 0; (at = parameters.find("</value>", at)) != std::string::npos; at += 8) {
        parameters.insert(at + 8, "</param>");
    }
    return "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params>" +
           parameters + "</params></methodCall>";
}

std::string json_call(const std::string& method, const std::string& values) {
    return R"({"jsonrpc":"2.0","method":")" + method + R"(","params":)" + values + R"(,"id":1})";
}

}  // namespace vacate::e2e
