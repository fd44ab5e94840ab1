// libcurl's easy interface, driven by its multi interface so that a wait can be ended.
#include "tools/xapi/http.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <utility>

namespace vacate::xapi {
namespace {

/// Once per program. A host that closes a connection must not end us by SIGPIPE, which curl does
/// not keep off when it may use no signals.
bool curl_is_ready() {
    static const bool ready = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR &&
                              curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
}

std::string fingerprint_of(X509* paper) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (paper == nullptr || X509_digest(paper, EVP_sha256(), digest.data(), &length) != 1) {
        return {};
    }
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += hex[digest[i] >> 4u];
        text += hex[digest[i] & 15u];
    }
    return normal_fingerprint(text);
}

/// Decides about certificates during the handshake.
struct Guard {
    Trust* trust = nullptr;
    std::string place;
    std::string seen;  // the fingerprint that was refused
};

int judge_certificate(X509_STORE_CTX* context, void* argument) {
    Guard& guard = *static_cast<Guard*>(argument);
    const std::string fingerprint = fingerprint_of(X509_STORE_CTX_get0_cert(context));
    if (!fingerprint.empty() && guard.trust->accepts(guard.place, fingerprint)) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    guard.seen = fingerprint;
    X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

/// Has OpenSSL ask the guard, and end the handshake when it says no.
CURLcode set_judge(CURL* /*easy*/, void* context, void* argument) {
    auto* const tls = static_cast<SSL_CTX*>(context);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(tls, judge_certificate, argument);
    return CURLE_OK;
}

/// Where a reply is put together.
struct Receiver {
    CURL* easy = nullptr;
    HttpReply reply;
    const Http::Sink* sink = nullptr;
    std::size_t left = 0;
    bool too_long = false;
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* argument) {
    Receiver& receiver = *static_cast<Receiver*>(argument);
    const std::string_view piece(bytes, size * count);
    long status = 0;
    curl_easy_getinfo(receiver.easy, CURLINFO_RESPONSE_CODE, &status);
    const bool fits = piece.size() <= receiver.left;
    receiver.left -= fits ? piece.size() : 0;
    const bool poured = receiver.sink != nullptr && status == 200;
    if (!fits || (poured && !(*receiver.sink)(piece))) {
        receiver.too_long = true;
        return 0;
    }
    if (!poured) receiver.reply.body.append(piece);
    return piece.size();
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

/// Nothing of it was sent yet when these are met.
bool is_before_sending(CURLcode code) {
    constexpr CURLcode codes[]{CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
                               CURLE_SSL_CONNECT_ERROR,    CURLE_PEER_FAILED_VERIFICATION,
                               CURLE_SSL_CACERT_BADFILE,   CURLE_SSL_CERTPROBLEM,
                               CURLE_SSL_CIPHER,           CURLE_FAILED_INIT,
                               CURLE_UNSUPPORTED_PROTOCOL, CURLE_OUT_OF_MEMORY};
    return std::ranges::find(codes, code) != std::end(codes);
}

}  // namespace

struct Http::Parts {
    Endpoint endpoint;
    std::shared_ptr<Trust> trust;
    Guard guard;
    CURL* easy = nullptr;
    CURLM* multi = nullptr;
    std::atomic<bool> stopped = false;

    void prepare(const std::string& path, Receiver& receiver, const HttpLimits& limits);
    void prepare_tls();
    CURLcode perform();
    HttpResult run(Receiver& receiver);
    HttpProblem problem_of(CURLcode code, const Receiver& receiver);
};

Http::Http(Endpoint endpoint, std::shared_ptr<Trust> trust) : parts_(std::make_unique<Parts>()) {
    parts_->guard = {trust.get(), place_of(endpoint), {}};
    parts_->endpoint = std::move(endpoint);
    parts_->trust = std::move(trust);
    if (!curl_is_ready()) return;
    parts_->easy = curl_easy_init();
    parts_->multi = curl_multi_init();
}

Http::~Http() {
    if (parts_->easy != nullptr) curl_easy_cleanup(parts_->easy);
    if (parts_->multi != nullptr) curl_multi_cleanup(parts_->multi);
}

const Endpoint& Http::endpoint() const { return parts_->endpoint; }

void Http::stop() {
    parts_->stopped = true;
    if (parts_->multi != nullptr) curl_multi_wakeup(parts_->multi);
}

void Http::Parts::prepare_tls() {
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    // A resumed session would show no certificate.
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (!trust->options().ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, trust->options().ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
        return;
    }
    // The chain and the name say nothing of a certificate that is known by its fingerprint: the
    // guard alone decides, and curl is told not to ask again.
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &guard);
    if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_judge) == CURLE_OK) return;
    // A libcurl that lets nobody judge: then it judges itself, by the system's authorities.
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

void Http::Parts::prepare(const std::string& path, Receiver& receiver, const HttpLimits& limits) {
    curl_easy_reset(easy);  // keeps the connection
    guard.seen.clear();
    receiver.easy = easy;
    receiver.left = limits.bytes;
    curl_easy_setopt(easy, CURLOPT_URL, (url_of(endpoint) + path).c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, endpoint.tls ? "https" : "http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever the environment says
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "vacate");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.time.count()));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    if (endpoint.tls) prepare_tls();
}

CURLcode Http::Parts::perform() {
    CURLcode code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(multi, easy) != CURLM_OK) return code;
    int running = 1;
    while (running > 0 && !stopped) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) break;
        if (running > 0) curl_multi_poll(multi, nullptr, 0, 1'000, nullptr);
    }
    int waiting = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi, &waiting)) {
        if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return code;
}

HttpProblem Http::Parts::problem_of(CURLcode code, const Receiver& receiver) {
    using Kind = HttpProblem::Kind;
    const std::string place = place_of(endpoint);
    if (stopped) return {Kind::stopped, "the connection to " + place + " was given up", ""};
    if (!guard.seen.empty()) {
        auto [sentence, remedy] = trust->refusal(place, guard.seen);
        return {Kind::untrusted, std::move(sentence), std::move(remedy)};
    }
    if (receiver.too_long) return {Kind::too_long, place + " answered more than expected", ""};
    const std::string why = curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        return {Kind::untrusted,
                "the certificate of " + place + " was not accepted with " +
                    trust->options().ca_file + ": " + why,
                "give the authority that signed it, and the name that it stands for"};
    }
    // A limit that ran out while still connecting is the only one that says nothing was sent.
    double connected = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME, &connected);
    const bool timed_out_early = code == CURLE_OPERATION_TIMEDOUT && connected <= 0;
    if (is_before_sending(code) || timed_out_early) {
        return {Kind::not_sent, place + " cannot be reached: " + why, ""};
    }
    return {Kind::lost, "the connection to " + place + " was lost: " + why, ""};
}

HttpResult Http::Parts::run(Receiver& receiver) {
    const CURLcode code = perform();
    if (code != CURLE_OK || stopped) return tl::unexpected(problem_of(code, receiver));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    receiver.reply.status = static_cast<int>(status);
    const char* words = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &words) == CURLE_OK && words != nullptr) {
        const std::string_view type = words;
        receiver.reply.type = lower(type.substr(0, type.find_first_of("; ")));
    }
    words = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &words) == CURLE_OK && words != nullptr) {
        receiver.reply.location = words;
    }
    return std::move(receiver.reply);
}

HttpResult Http::post(const std::string& path, const std::string& type, const std::string& body,
                      bool once, const HttpLimits& limits) {
    Receiver receiver;
    Parts& parts = *parts_;
    if (parts.easy == nullptr || parts.multi == nullptr) {
        return tl::unexpected(
            HttpProblem{HttpProblem::Kind::not_sent, "libcurl has no memory", ""});
    }
    parts.prepare(path, receiver, limits);
    curl_easy_setopt(parts.easy, CURLOPT_POST, 1L);
    curl_easy_setopt(parts.easy, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(parts.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    // On a connection that it finds closed, curl would send the request again by itself.
    if (once) curl_easy_setopt(parts.easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_slist* headers = curl_slist_append(nullptr, ("Content-Type: " + type).c_str());
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(parts.easy, CURLOPT_HTTPHEADER, headers);
    HttpResult result = parts.run(receiver);
    curl_easy_setopt(parts.easy, CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(headers);
    return result;
}

HttpResult Http::get(const std::string& path, const Sink& sink, const HttpLimits& limits) {
    Receiver receiver;
    receiver.sink = &sink;
    Parts& parts = *parts_;
    if (parts.easy == nullptr || parts.multi == nullptr) {
        return tl::unexpected(
            HttpProblem{HttpProblem::Kind::not_sent, "libcurl has no memory", ""});
    }
    parts.prepare(path, receiver, limits);
    return parts.run(receiver);
}

}  // namespace vacate::xapi
