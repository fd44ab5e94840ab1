// Connections, listeners and the clock on one io_context of Boost.Asio.
#include "tools/poolserver/server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <csignal>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "tools/poolserver/certificate.hpp"
#include "tools/poolserver/exchange.hpp"

namespace vacate::poolserver {
namespace {

namespace net = boost::asio;
namespace ssl = boost::asio::ssl;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using net::ip::tcp;
using Code = beast::error_code;

constexpr std::size_t read_at_once = 4096;

class Connection;

/// What connections need of the server.
class Hub {
  public:
    virtual ~Hub() = default;

    virtual void joined(Connection& connection) = 0;
    virtual void left(Connection& connection) = 0;
    /// A request began to arrive, or was handed over or given up.
    virtual void reading_changed(int by) = 0;
    /// A call waits for its reply, or no longer does.
    virtual void waiting_changed(int by) = 0;
    /// Lets the pool have the request, at its time, and follows what that changed.
    virtual void handle(std::size_t host, HttpRequest request, AnswerHttp answer) = 0;

    ssl::context tls{ssl::context::tls_server};
    ServerOptions options;
};

/// Counts one in, until it is told or dies.
template <void (Hub::*changed)(int)>
class Counted {
  public:
    explicit Counted(Hub& hub) : hub_(hub) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { set(false); }
    void set(bool on) {
        if (on == on_) return;
        on_ = on;
        (hub_.*changed)(on ? 1 : -1);
    }
    [[nodiscard]] bool is_set() const { return on_; }

  private:
    Hub& hub_;
    bool on_ = false;
};

/// One client. Its pending work keeps it alive, or while a call waits it does so itself; the hub
/// and replies know it only weakly.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Hub& hub, tcp::socket socket, std::size_t host)
        : hub_(hub), host_(host), tcp_(std::move(socket)), reading_(hub), waiting_(hub) {
        hub_.joined(*this);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { hub_.left(*this); }

    [[nodiscard]] std::size_t host() const { return host_; }

    /// Finds out whether the client speaks TLS, then reads requests.
    void start() {
        tcp_.expires_after(hub_.options.header);
        beast::async_detect_ssl(tcp_, buffer_, [self = shared_from_this()](Code code, bool tls) {
            if (code || (tls && !self->hub_.options.tls)) return self->drop();
            if (tls) return self->shake_hands();
            self->read_header();
        });
    }

    /// Closes it at once; pending work ends with errors.
    void drop() {
        dropped_ = true;
        reading_.set(false);
        waiting_.set(false);
        tcp_.close();
        const std::shared_ptr<Connection> last = std::move(until_reply_);
    }

  private:
    template <class Use>
    void with_stream(Use use) {
        if (tls_ && !parting_) {
            use(*tls_);
        } else {
            use(tcp_);
        }
    }

    void shake_hands() {
        tls_.emplace(tcp_, hub_.tls);
        tcp_.expires_after(hub_.options.handshake);
        tls_->async_handshake(ssl::stream_base::server, buffer_.data(),
                              [self = shared_from_this()](Code code, std::size_t used) {
                                  if (code) return self->drop();
                                  self->buffer_.consume(used);
                                  self->await_request(self->hub_.options.header);
                              });
    }

    /// Reads whatever comes next into the buffer.
    template <class Then>
    void read_some(Then then) {
        with_stream([&](auto& stream) {
            stream.async_read_some(
                buffer_.prepare(read_at_once),
                [self = shared_from_this(), then = std::move(then)](Code code, std::size_t count) {
                    self->buffer_.commit(count);
                    then(*self, code);
                });
        });
    }

    void await_request(std::chrono::milliseconds patience) {
        if (buffer_.size() > 0) return read_header();
        tcp_.expires_after(patience);
        read_some([](Connection& self, Code code) {
            if (code) return self.drop();
            self.read_header();
        });
    }

    void read_header() {
        reading_.set(true);
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(limits::header_bytes));
        parser_->body_limit(limits::upload_bytes);
        tcp_.expires_after(hub_.options.header);
        with_stream([&](auto& stream) {
            http::async_read_header(stream, buffer_, *parser_,
                                    [self = shared_from_this()](Code code, std::size_t) {
                                        if (code) return self->refuse(code);
                                        self->read_body();
                                    });
        });
    }

    void read_body() {
        const bool is_call = parser_->get().method() == http::verb::post;
        const boost::optional<std::uint64_t> length = parser_->content_length();
        if (is_call && !length) return give_up(500, "A call needs a Content-Length.");
        if (is_call && *length > limits::call_bytes) {
            return give_up(500, "The call is longer than 300 KiB.");
        }
        tcp_.expires_after(hub_.options.body);
        with_stream([&](auto& stream) {
            http::async_read(stream, buffer_, *parser_,
                             [self = shared_from_this()](Code code, std::size_t) {
                                 if (code) return self->refuse(code);
                                 self->hand_over();
                             });
        });
    }

    /// Answers a request that could not be read, unless there is nobody to answer.
    void refuse(Code code) {
        if (code == http::error::header_limit) {
            return give_up(431, "The headers are longer than 8 KiB.");
        }
        if (code == http::error::body_limit) return give_up(500, "The body is too long.");
        const bool is_gone = code == http::error::end_of_stream ||
                             code == http::error::partial_message ||
                             code.category() != make_error_code(http::error::bad_method).category();
        if (is_gone) return drop();
        give_up(500, "The HTTP headers could not be parsed.");
    }

    void give_up(unsigned status, std::string_view sentence) {
        reading_.set(false);
        keep_ = false;
        version_ = 11;
        send(error_page(status, sentence));
    }

    void hand_over() {
        http::request<http::string_body> message = parser_->release();
        keep_ = message.keep_alive();
        version_ = message.version();
        HttpRequest request;
        request.verb = std::string(message.method_string());
        request.target = std::string(message.target());
        request.has_length = message.has_content_length();
        request.wanted_headers = std::string(message[http::field::access_control_request_headers]);
        request.authorization = std::string(message[http::field::authorization]);
        request.body = std::move(message.body());
        parser_.reset();
        tcp_.expires_never();
        reading_.set(false);
        waiting_.set(true);
        until_reply_ = shared_from_this();
        const std::uint64_t number = ++number_;
        hub_.handle(host_, std::move(request),
                    [weak = weak_from_this(), number](std::optional<HttpAnswer> answer) {
                        const std::shared_ptr<Connection> self = weak.lock();
                        if (self && self->number_ == number) self->reply(std::move(answer));
                    });
        if (waiting_.is_set() && !dropped_) watch();
    }

    /// Notices when the client leaves while its call waits. What it sends ahead is kept.
    void watch() {
        watching_ = true;
        read_some([](Connection& self, Code code) {
            self.watching_ = false;
            if (self.after_watch_ != nullptr) return (self.*std::exchange(self.after_watch_, {}))();
            if (code && self.waiting_.is_set()) self.drop();
        });
    }

    /// Goes on with `then`, once nothing is being read any more.
    void unwatched(void (Connection::*then)()) {
        if (!watching_) return (this->*then)();
        after_watch_ = then;
        tcp_.cancel();
    }

    void reply(std::optional<HttpAnswer> answer) {
        if (!waiting_.is_set()) return;
        waiting_.set(false);
        until_reply_.reset();  // the caller holds another
        if (!answer) return drop();
        send(std::move(*answer));
    }

    void send(HttpAnswer answer) {
        keep_ = keep_ && !answer.close;
        message_ = {};
        message_.version(version_);
        message_.result(answer.status);
        message_.reason(answer.reason);
        message_.body() = std::move(answer.body);
        if (!answer.unbounded) message_.content_length(message_.body().size());
        message_.set(http::field::connection, keep_ ? "keep-alive" : "close");
        for (const auto& [name, value] : answer.headers) message_.set(name, value);
        tcp_.expires_after(limits::write);
        with_stream([&](auto& stream) {
            http::async_write(
                stream, message_,
                [self = shared_from_this()](Code code, std::size_t) { self->sent(code); });
        });
    }

    void sent(Code code) {
        if (dropped_) return;
        // A body without a length ends with the connection; Beast says so by this error.
        if (code && code != http::error::end_of_stream) return drop();
        unwatched(keep_ ? &Connection::next : &Connection::part);
    }

    void next() { await_request(hub_.options.idle); }

    /// Says that nothing more will come, then waits a little for the client to close: closing
    /// first would destroy what it has not read yet.
    void part() {
        tcp_.expires_after(limits::farewell);
        if (tls_) {
            tls_->async_shutdown([self = shared_from_this()](Code) { self->wait_for_end(); });
        } else {
            wait_for_end();
        }
    }

    void wait_for_end() {
        if (dropped_) return;
        parting_ = true;
        Code ignored;
        tcp_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        drain();
    }

    void drain() {
        buffer_.clear();
        read_some([](Connection& self, Code code) {
            if (code) return self.drop();
            self.drain();
        });
    }

    Hub& hub_;
    std::size_t host_;
    beast::tcp_stream tcp_;
    std::optional<beast::ssl_stream<beast::tcp_stream&>> tls_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> message_;
    bool keep_ = false;
    unsigned version_ = 11;
    std::shared_ptr<Connection> until_reply_;
    std::uint64_t number_ = 0;  // of the request
    bool dropped_ = false;
    bool parting_ = false;  // only the end of the connection is waited for
    bool watching_ = false;
    void (Connection::*after_watch_)() = nullptr;
    Counted<&Hub::reading_changed> reading_;
    Counted<&Hub::waiting_changed> waiting_;
};

struct Listener {
    net::ip::address address;
    std::uint16_t port = 0;
    tcp::socket reserved;  // bound, never listening: nobody else gets the port meanwhile
    std::optional<tcp::acceptor> acceptor;
    std::size_t opened = 0;  // how often
};

constexpr const char* another_port = "give another --port, or none";

Error::Item cannot_use(const std::string& what, const std::string& why, const std::string& remedy) {
    return {what, "cannot be used: " + why, remedy};
}

/// Where the hosts shall be: a port each, or an address each.
std::vector<tcp::endpoint> places_of(const net::ip::address& address, std::size_t hosts,
                                     const ServerOptions& options) {
    std::vector<tcp::endpoint> places;
    for (std::size_t host = 0; host < hosts; ++host) {
        if (options.address_per_host) {
            const auto number = address.to_v4().to_uint() + static_cast<std::uint32_t>(host);
            places.emplace_back(net::ip::make_address_v4(number), options.port);
        } else {
            const auto port =
                static_cast<std::uint16_t>(options.port == 0 ? 0 : options.port + host);
            places.emplace_back(address, port);
        }
    }
    return places;
}

/// Binds the places; with `alike`, a port that the system chose for the first is everyone's.
/// Returns: what went wrong.
std::vector<Error::Item> reserve(net::io_context& io, std::vector<tcp::endpoint> places, bool alike,
                                 std::vector<Listener>& listeners) {
    std::vector<Error::Item> problems;
    for (tcp::endpoint& place : places) {
        if (alike && !listeners.empty()) place.port(listeners.front().port);
        Listener listener{place.address(), 0, tcp::socket(io), std::nullopt, 0};
        Code code;
        listener.reserved.open(place.protocol(), code);
        if (!code) listener.reserved.set_option(tcp::socket::reuse_address(true), code);
        if (!code) listener.reserved.bind(place, code);
        if (!code) listener.port = listener.reserved.local_endpoint(code).port();
        if (code) {
            if (code == boost::system::errc::address_not_available) {
                return {cannot_use(place.address().to_string(), "it is none of this machine's",
                                   "give another --address")};
            }
            std::string where = "port " + std::to_string(place.port());
            if (alike) where += " of " + place.address().to_string();
            problems.push_back(cannot_use(where, code.message(), another_port));
            continue;
        }
        listeners.push_back(std::move(listener));
    }
    return problems;
}

/// True when `hosts` addresses from this one on are on loopback.
bool has_addresses(const net::ip::address& address, std::size_t hosts) {
    if (!address.is_v4() || !address.is_loopback()) return false;
    const auto last = address.to_v4().to_uint() + static_cast<std::uint32_t>(hosts - 1);
    return net::ip::make_address_v4(last).is_loopback() && last != 0x7fffffff;
}

Error outside(std::string source, std::vector<Error::Item> items) {
    return Error{Error::Kind::outside, std::move(source), std::move(items)};
}

}  // namespace

struct Server::Core final : Hub {
    Core(Service& pool, const ServerOptions& wanted) : service(pool), clock(wanted.speed) {
        options = wanted;
    }
    ~Core() override { end(); }

    Service& service;
    Clock clock;
    Certificate certificate;
    std::vector<std::uint16_t> ports;
    net::ip::address address;
    std::map<Connection*, std::weak_ptr<Connection>> clients;
    std::atomic<std::size_t> open{0};
    int reading = 0;
    int waiting = 0;
    bool tick_posted = false;
    bool ended = false;
    std::chrono::steady_clock::time_point started;

    // Last, for it takes the connections with it.
    net::io_context io{1};
    net::steady_timer alarm{io};
    net::steady_timer again{io};  // for what failed and is tried again
    net::signal_set signals{io};
    std::vector<Listener> listeners;

    /// Makes the certificate and takes the ports. Returns: what went wrong.
    std::vector<Error::Item> prepare(std::size_t hosts) {
        const std::vector<tcp::endpoint> places = places_of(address, hosts, options);
        std::vector<Error::Item> problems;
        if (options.stop_on_signal) {  // from now on, for whoever was told where the pool is
            Code ignored;
            signals.add(SIGINT, ignored);
            signals.add(SIGTERM, ignored);
        }
        if (options.tls) problems = certify(places);
        if (!problems.empty()) return problems;
        // A port that the system chose for one address may be taken at another.
        for (int attempt = 0; attempt < limits::port_attempts; ++attempt) {
            listeners.clear();
            problems = reserve(io, places, options.address_per_host, listeners);
            if (problems.empty() || options.port != 0) break;
        }
        for (std::size_t host = 0; problems.empty() && host < hosts; ++host) {
            ports.push_back(listeners[host].port);
            if (!service.listens(host)) continue;
            const Code refused = listen(host);
            if (!refused) continue;
            problems.push_back(cannot_use("port " + std::to_string(ports.back()), refused.message(),
                                          another_port));
        }
        return problems;
    }

    std::vector<Error::Item> certify(const std::vector<tcp::endpoint>& places) {
        std::vector<std::string> addresses;
        for (const tcp::endpoint& place : places) {
            addresses.push_back(place.address().to_string());
            if (!options.address_per_host) break;
        }
        Result<Certificate> made = make_certificate(addresses);
        if (!made) return std::move(made.error().items);
        certificate = std::move(*made);
        Code code;
        tls.set_options(
            ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
            code);
        if (!code) tls.use_certificate_chain(net::buffer(certificate.pem), code);
        if (!code) tls.use_private_key(net::buffer(certificate.key_pem), ssl::context::pem, code);
        if (code) return {cannot_use("certificate", code.message(), "")};
        return {};
    }

    void joined(Connection& connection) override {
        clients.emplace(&connection, std::weak_ptr<Connection>());
        open = clients.size();
    }
    void left(Connection& connection) override {
        clients.erase(&connection);
        open = clients.size();
    }
    void reading_changed(int by) override {
        reading += by;
        if (reading == 0 && clock.jumps() && !ended) set_alarm();
    }
    void waiting_changed(int by) override { waiting += by; }

    /// Instant by instant: a host that goes down and is back in between loses its clients too.
    void advance(Instant now) {
        for (auto next = service.next_at(); next && *next <= now; next = service.next_at()) {
            service.advance(*next);
            follow_listeners();
        }
        service.advance(now);
        follow_listeners();
    }

    void handle(std::size_t host, HttpRequest request, AnswerHttp answer) override {
        service.note_wall(Instant{Duration{wall_us()}});
        advance(clock.at(wall_us()));
        exchange(service, host, std::move(request), std::move(answer), options.json_rpc);
        follow();
    }

    [[nodiscard]] std::int64_t wall_us() const {
        const auto passed = std::chrono::steady_clock::now() - started;
        return std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
    }

    /// After the pool has moved: listeners as it wants them, and the next time it moves.
    void follow() {
        follow_listeners();
        set_alarm();
    }

    void follow_listeners() {
        for (std::size_t host = 0; host < listeners.size(); ++host) {
            const bool wanted = service.listens(host);
            const bool is_open = listeners[host].acceptor.has_value();
            if (wanted && !is_open && listen(host)) try_again();
            if (!wanted && is_open) hang_up(host);
        }
    }

    Code listen(std::size_t host) {
        Listener& listener = listeners[host];
        Code code;
        tcp::acceptor acceptor(io);
        const tcp::endpoint place(listener.address, listener.port);
        acceptor.open(place.protocol(), code);
        if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
        if (!code) acceptor.bind(place, code);
        if (!code) acceptor.listen(tcp::acceptor::max_listen_connections, code);
        if (code) return code;
        listener.acceptor.emplace(std::move(acceptor));
        ++listener.opened;
        accept(host);
        return code;
    }

    void hang_up(std::size_t host) {
        listeners[host].acceptor.reset();
        std::vector<std::shared_ptr<Connection>> ours;
        for (const auto& [connection, weak] : clients) {
            if (connection->host() == host) ours.push_back(weak.lock());
        }
        for (const std::shared_ptr<Connection>& connection : ours) {
            if (connection) connection->drop();
        }
    }

    void accept(std::size_t host) {
        Listener& listener = listeners[host];
        listener.acceptor->async_accept(
            [this, host, opened = listener.opened](Code code, tcp::socket socket) {
                if (!listeners[host].acceptor || listeners[host].opened != opened) return;
                if (code) {
                    // Out of descriptors, say: the listener is opened anew after a while.
                    listeners[host].acceptor.reset();
                    return try_again();
                }
                welcome(host, std::move(socket));
                accept(host);
            });
    }

    void welcome(std::size_t host, tcp::socket socket) {
        if (clients.size() >= options.connections) return;
        Code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        const auto connection = std::make_shared<Connection>(*this, std::move(socket), host);
        clients[connection.get()] = connection;
        connection->start();
    }

    void try_again() {
        again.expires_after(limits::retry);
        again.async_wait([this](Code code) {
            if (!code) follow();
        });
    }

    void set_alarm() {
        const std::optional<Instant> next = service.next_at();
        if (!next) {
            alarm.cancel();
            return;
        }
        if (!clock.jumps()) {
            alarm.expires_at(started + std::chrono::microseconds(clock.wall_us_of(*next)));
        } else if (reading > 0 || tick_posted) {
            return;  // set again when the request is there, or the jump done
        } else if (waiting > 0) {
            tick_posted = true;
            net::post(io, [this] {
                tick_posted = false;
                tick();
            });
            return;
        } else {
            alarm.expires_after(limits::jump_pause);
        }
        alarm.async_wait([this](Code code) {
            if (!code) tick();
        });
    }

    void tick() {
        const std::optional<Instant> next = service.next_at();
        if (clock.jumps()) {
            if (reading > 0) return;
            if (next) clock.reach(*next);
        }
        advance(clock.at(wall_us()));
        follow();
    }

    void end() {
        ended = true;
        alarm.cancel();
        again.cancel();
        signals.cancel();
        for (std::size_t host = 0; host < listeners.size(); ++host) hang_up(host);
        io.stop();
    }
};

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(Service& service, std::size_t hosts,
                                             const ServerOptions& options) {
    Code code;
    const net::ip::address address = net::ip::make_address(options.address, code);
    if (code) {
        return tl::unexpected(bad_input("command line", "--address",
                                        "\"" + options.address + "\" is no IP address",
                                        "write one like 127.0.0.1"));
    }
    if (hosts == 0 || hosts > limits::hosts) {
        const std::string most = std::to_string(limits::hosts);
        return tl::unexpected(bad_input("pool", "/hosts",
                                        std::to_string(hosts) + " hosts cannot be served",
                                        "take a pool of 1 to " + most + " hosts"));
    }
    if (options.address_per_host && !has_addresses(address, hosts)) {
        return tl::unexpected(bad_input("command line", "--address",
                                        "there are no " + std::to_string(hosts) +
                                            " loopback addresses from " + options.address + " on",
                                        "write 127.0.0.1"));
    }
    if (options.port != 0 && !options.address_per_host && options.port + hosts - 1 > 65'535) {
        return tl::unexpected(bad_input("command line", "--port",
                                        "there are no " + std::to_string(hosts) + " ports from " +
                                            std::to_string(options.port) + " on",
                                        "give at most " + std::to_string(65'536 - hosts)));
    }
    try {
        auto core = std::make_unique<Core>(service, options);
        core->address = address;
        std::vector<Error::Item> problems = core->prepare(hosts);
        if (problems.empty()) return std::unique_ptr<Server>(new Server(std::move(core)));
        return tl::unexpected(outside(options.address, std::move(problems)));
    } catch (const std::exception& error) {
        return tl::unexpected(outside(options.address, {{"server", error.what(), ""}}));
    }
}

const std::vector<std::uint16_t>& Server::ports() const { return core_->ports; }
std::vector<std::string> Server::addresses() const {
    std::vector<std::string> addresses;
    for (const Listener& listener : core_->listeners) {
        std::string words = listener.address.to_string();
        if (!core_->options.address_per_host) {
            if (listener.address.is_v6()) words = "[" + words + "]";
            words += ":" + std::to_string(listener.port);
        }
        addresses.push_back(std::move(words));
    }
    return addresses;
}
const std::string& Server::fingerprint() const { return core_->certificate.fingerprint; }
const std::string& Server::certificate_pem() const { return core_->certificate.pem; }
std::size_t Server::connections() const { return core_->open; }

Result<void> Server::run() {
    Core& core = *core_;
    core.started = std::chrono::steady_clock::now();
    if (core.options.stop_on_signal) {
        core.signals.async_wait([&core](Code code, int) {
            if (!code) core.end();
        });
    }
    const auto guard = net::make_work_guard(core.io);
    try {
        core.follow();
        core.io.run();
    } catch (const std::exception& error) {
        return tl::unexpected(outside("the server", {{"run", error.what(), ""}}));
    }
    return {};
}

void Server::stop() {
    net::post(core_->io, [core = core_.get()] { core->end(); });
}

}  // namespace vacate::poolserver
