// Routes requests, decodes calls, encodes answers.
#include "tools/poolserver/exchange.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "tools/poolserver/json_rpc.hpp"
#include "tools/poolserver/limits.hpp"
#include "tools/poolserver/markup.hpp"
#include "tools/poolserver/xml_rpc.hpp"

namespace vacate::poolserver {
namespace {

constexpr std::pair<const char*, const char*> no_cache{"Cache-Control", "no-cache, no-store"};

struct Reason {
    unsigned status;
    std::string_view words;
};
// In the words of xapi, where it has some of its own.
constexpr std::array<Reason, 13> reasons{{
    {200, "OK"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {400, "Bad Request"},
    {401, "Unauthorised"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {408, "Request Timeout"},
    {413, "Payload Too Large"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Error"},
    {501, "Method not implemented"},
    {503, "Service Unavailable"},
}};

std::string reason_of(unsigned status) {
    const auto found = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const Reason& one) { return one.status == status; });
    return found == reasons.end() ? "Unknown" : std::string(found->words);
}

HttpAnswer rpc_answer(std::string_view type, std::string body, bool early) {
    HttpAnswer answer;
    answer.headers = {no_cache, {"Content-Type", std::string(type)}};
    // Whatever failed before dispatch goes without them.
    if (!early) {
        answer.headers.emplace_back("Access-Control-Allow-Origin", "*");
        answer.headers.emplace_back("Access-Control-Allow-Headers", "X-Requested-With");
    }
    answer.body = std::move(body);
    return answer;
}

/// The answer of a toolstack that is not ready, if that is what it is.
bool refuse_unready(const Answer& given, const AnswerHttp& answer) {
    if (given || !given.error().description.empty()) return false;
    answer(error_page(500, "The toolstack is not ready."));
    return true;
}

bool is_early(const Answer& answer) { return !answer && answer.error().before_dispatch; }

void call_by_json(Service& service, std::size_t host, std::string_view body, AnswerHttp answer) {
    tl::expected<JsonCall, std::string> read = read_json_call(body, host);
    if (!read) {
        answer(error_page(500, "This is no JSON-RPC call: " + read.error()));
        return;
    }
    Call call = std::move(read->call);
    read->call = Call{call.method, {}, host};  // what the answer needs of it
    service.call(std::move(call), [asked = std::move(*read),
                                   answer = std::move(answer)](const std::optional<Answer>& given) {
        if (!given) return answer(std::nullopt);
        if (refuse_unready(*given, answer)) return;
        answer(rpc_answer("application/json", print_json_answer(asked, *given), is_early(*given)));
    });
}

void call_by_xml(Service& service, std::size_t host, std::string_view body, AnswerHttp answer) {
    tl::expected<Call, std::string> call = read_xml_call(body, host);
    if (!call) {
        answer(error_page(500, "This is no XML-RPC call: " + call.error()));
        return;
    }
    const std::string method = call->method;
    service.call(
        std::move(*call), [method, answer = std::move(answer)](const std::optional<Answer>& given) {
            if (!given) return answer(std::nullopt);
            if (refuse_unready(*given, answer)) return;
            answer(rpc_answer("text/xml", print_xml_answer(method, *given), is_early(*given)));
        });
}

void post(Service& service, std::size_t host, const HttpRequest& request, bool json_rpc,
          AnswerHttp answer) {
    if (!request.has_length) {
        answer(error_page(500, "A call needs a Content-Length."));
        return;
    }
    if (request.body.size() > limits::call_bytes) {
        answer(error_page(500, "The call is longer than 300 KiB."));
        return;
    }
    const std::string_view path = request.target;
    const std::size_t first = request.body.find_first_not_of(" \t\r\n");
    const bool is_object = first != std::string::npos && request.body[first] == '{';
    if (!json_rpc && is_object) {
        const Answer refused = tl::unexpected(Failure{{"MESSAGE_METHOD_UNKNOWN", ""}});
        answer(rpc_answer("text/xml", print_xml_answer("", refused), false));
        return;
    }
    if (path.starts_with("/jsonrpc") || (path.starts_with("/json") && is_object)) {
        call_by_json(service, host, request.body, std::move(answer));
    } else {
        call_by_xml(service, host, request.body, std::move(answer));
    }
}

/// The name and the password of "Basic ...", or two empty texts.
std::pair<std::string, std::string> credentials_of(std::string_view authorization) {
    constexpr std::string_view basic = "Basic ";
    if (!authorization.starts_with(basic)) return {};
    const std::string code(authorization.substr(basic.size()));
    std::string plain(code.size(), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(plain.data()),
                                     reinterpret_cast<const unsigned char*>(code.data()),
                                     static_cast<int>(code.size()));
    if (size < 0) return {};
    const auto padding = static_cast<std::size_t>(std::ranges::count(code, '='));
    plain.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
    const std::size_t colon = plain.find(':');
    if (colon == std::string::npos) return {};
    return {plain.substr(0, colon), plain.substr(colon + 1)};
}

HttpAnswer page_answer(Page page) {
    HttpAnswer answer;
    answer.status =
        page.status >= 100 && page.status <= 599 ? static_cast<unsigned>(page.status) : 500;
    answer.reason = reason_of(answer.status);
    answer.headers = {no_cache};
    if (!page.type.empty()) answer.headers.emplace_back("Content-Type", page.type);
    if (answer.status == 401) {
        answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"xapi\"");
    }
    if (!page.location.empty()) answer.headers.emplace_back("Location", page.location);
    answer.body = std::move(page.body);
    answer.close = true;
    answer.unbounded = answer.status == 200;
    return answer;
}

void fetch(Service& service, std::size_t host, HttpRequest request, AnswerHttp answer) {
    Target target = read_target(request.target);
    auto [user, password] = credentials_of(request.authorization);
    service.get({std::move(target.path), std::move(target.query), host, std::move(request.verb),
                 std::move(request.body), std::move(user), std::move(password)},
                [answer = std::move(answer)](std::optional<Page> page) {
                    answer(page ? std::optional(page_answer(std::move(*page))) : std::nullopt);
                });
}

HttpAnswer options(const HttpRequest& request) {
    HttpAnswer answer;
    const std::string asked = request.wanted_headers.empty() ? "" : request.wanted_headers + ", ";
    answer.headers = {no_cache,
                      {"Access-Control-Allow-Origin", "*"},
                      {"Access-Control-Allow-Headers", asked + "X-Requested-With"},
                      {"Access-Control-Allow-Methods", "PUT"}};
    return answer;
}

/// Undoes %41, and + where it stands for a blank; what is no escape stays.
std::string decoded(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const bool escape =
            text[i] == '%' && digits.size() == 2 &&
            std::from_chars(digits.data(), digits.data() + 2, code, 16).ptr == digits.data() + 2;
        if (escape) i += 2;
        const char plain = plus_is_blank && text[i] == '+' ? ' ' : text[i];
        out += escape ? static_cast<char>(static_cast<unsigned char>(code)) : plain;
    }
    return out;
}

}  // namespace

Target read_target(std::string_view target) {
    target = target.substr(0, target.find('#'));
    const std::size_t mark = target.find('?');
    Target read{decoded(target.substr(0, mark), false), {}};
    if (mark == std::string_view::npos) return read;
    std::string_view rest = target.substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const std::size_t equal = pair.find('=');
        if (pair.empty()) continue;
        const std::string_view value =
            equal == std::string_view::npos ? std::string_view() : pair.substr(equal + 1);
        read.query.emplace_back(decoded(pair.substr(0, equal), true), decoded(value, true));
    }
    return read;
}

void exchange(Service& service, std::size_t host, HttpRequest request, AnswerHttp answer,
              bool json_rpc) {
    if (!request.target.starts_with('/')) {
        answer(error_page(500, "The request has no path."));
    } else if (request.verb == "POST") {
        post(service, host, request, json_rpc, std::move(answer));
    } else if (request.verb == "GET" || request.verb == "PUT") {
        fetch(service, host, std::move(request), std::move(answer));
    } else if (request.verb == "OPTIONS") {
        answer(options(request));
    } else {
        answer(error_page(501, "There is no " + request.verb + " here."));
    }
}

HttpAnswer error_page(unsigned status, std::string_view sentence) {
    HttpAnswer answer;
    answer.status = status;
    answer.reason = reason_of(status);
    answer.headers = {{"Content-Type", "text/html"}, no_cache};
    answer.body =
        "<html><body><h1>HTTP " + std::to_string(status) + " " + answer.reason + "</h1><p>";
    add_escaped(answer.body, sentence, "&<>\"'");
    answer.body += "</p></body></html>";
    answer.close = true;
    return answer;
}

}  // namespace vacate::poolserver
