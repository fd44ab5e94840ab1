// One connection after the other, one request on each.
#include "tests/e2e/stub_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

namespace vacate::e2e {
namespace {

// The body of a request with a Content-Length; empty when the connection ended first.
std::string body_of_request(int handle) {
    std::string text;
    std::array<char, 4'096> part{};
    for (;;) {
        const std::size_t head = text.find("\r\n\r\n");
        const std::size_t told = text.find("Content-Length: ");
        if (head != std::string::npos && told < head) {
            const std::size_t length = std::stoul(text.substr(told + 16));
            if (text.size() >= head + 4 + length) return text.substr(head + 4, length);
        }
        const ssize_t got = ::recv(handle, part.data(), part.size(), 0);
        if (got <= 0) return {};
        text.append(part.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

struct StubServer::Parts {
    std::function<Answer(const std::string&)> answer;
    int listener = -1;
    std::uint16_t port = 0;
    std::atomic<bool> stopped = false;
    std::thread thread;

    void serve() {
        while (!stopped) {
            const int handle = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (handle < 0) return;
            const std::string body = body_of_request(handle);
            if (!body.empty() && !stopped) {
                const Answer given = answer(body);
                const std::string text =
                    "HTTP/1.1 " + std::to_string(given.status) +
                    " X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    "Content-Length: " +
                    std::to_string(given.body.size()) + "\r\n\r\n" + given.body;
                (void)::send(handle, text.data(), text.size(), MSG_NOSIGNAL);
            }
            ::close(handle);
        }
    }
};

StubServer::StubServer(std::function<Answer(const std::string& body)> answer)
    : parts_(std::make_unique<Parts>()) {
    parts_->answer = std::move(answer);
    parts_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    auto* const address = reinterpret_cast<sockaddr*>(&place);
    REQUIRE(::bind(parts_->listener, address, size) == 0);
    REQUIRE(::listen(parts_->listener, 8) == 0);
    REQUIRE(::getsockname(parts_->listener, address, &size) == 0);
    parts_->port = ntohs(place.sin_port);
    parts_->thread = std::thread([this] { parts_->serve(); });
}

StubServer::~StubServer() {
    parts_->stopped = true;
    ::shutdown(parts_->listener, SHUT_RDWR);
    parts_->thread.join();
    ::close(parts_->listener);
}

std::uint16_t StubServer::port() const { return parts_->port; }

}  // namespace vacate::e2e
