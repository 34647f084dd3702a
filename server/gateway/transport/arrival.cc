#include "server/gateway/transport/arrival.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>

#include "server/gateway/transport/proxy_header.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/telemetry/metrics.h"

namespace mpim {

// One connection, first its header, then its handshake.
class Arrivals::One : public std::enable_shared_from_this<One> {
 public:
  One(Arrivals& of, uint64_t number, UniqueFd socket, std::string peer,
      std::shared_ptr<const ArrivalOptions> how, Arrived arrived)
      : of_(of),
        number_(number),
        how_(std::move(how)),
        socket_(std::move(socket)),
        peer_(std::move(peer)),
        arrived_(std::move(arrived)) {}
  ~One() { stop(); }

  void start() {
    if (how_->proxy_from == nullptr) return begin_handshake();
    if (!is_trusted()) return fail("it comes from outside of proxy.from");
    wait_for(how_->proxy_timeout, "its PROXY header took too long");
    go_on();
  }

  void fail(const std::string& why) {
    const std::shared_ptr<One> kept = shared_from_this();
    stop();
    count(Counter::kConnectionsRefused);
    of_.refused_.warn("connection.refused", {{"peer", peer_}, {"why", why}},
                      of_.loop_.clock().steady());
    transport_.reset();
    socket_.reset();
    of_.waiting_.erase(number_);
  }

 private:
  bool is_trusted() const {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    return ::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&from), &length) == 0 &&
           how_->proxy_from->has(from);
  }

  void wait_for(Millis time, const char* else_why) {
    if (timer_) of_.loop_.cancel(timer_);
    timer_ = of_.loop_.after(time, [this, else_why] {
      timer_ = {};
      fail(else_why);
    });
  }

  void wake_on(short what) {
    const int fd = transport_ ? transport_.fd() : socket_.get();
    event_.reset(event_new(
        of_.loop_.base(), fd, what,
        [](evutil_socket_t, short, void* self) {
          const std::shared_ptr<One> kept = static_cast<One*>(self)->shared_from_this();
          kept->go_on();
        },
        this));
    event_add(event_.get(), nullptr);
  }

  void go_on() { transport_ ? shake_hands() : read_header(); }

  // Looked at before it is taken: what follows the header is not ours.
  void read_header() {
    std::array<char, kProxyBinaryBytes> room;
    const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), MSG_PEEK);
    if (got == 0) return fail("it ended before its PROXY header");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return fail("it was reset");
    if (got < 0) return wake_on(EV_READ);
    const size_t before = header_.size();
    header_.append(room.data(), static_cast<size_t>(got));
    std::string_view bytes = header_;
    const Result<std::optional<ProxyHeader>> header = take_proxy_header(bytes);
    if (!header.ok()) return fail(header.error().message);
    const size_t ours = header_.size() - (header->has_value() ? bytes.size() : 0) - before;
    ::recv(socket_.get(), room.data(), ours, 0);
    if (!header->has_value()) return wake_on(EV_READ);
    if (!(*header)->peer.empty()) peer_ = (*header)->peer;
    std::string().swap(header_);
    begin_handshake();
  }

  void begin_handshake() {
    event_.reset();
    TlsOwner tls = how_->tls == nullptr ? nullptr : how_->tls->accept(socket_.get());
    if (how_->tls != nullptr && tls == nullptr) return fail("there is no memory for TLS");
    transport_ = Transport(std::move(socket_), std::move(tls));
    if (transport_.is_tls()) wait_for(how_->handshake_timeout, "its TLS took too long");
    shake_hands();
  }

  void shake_hands() {
    switch (transport_.handshake()) {
      case Transport::Handshake::kWantsRead: return wake_on(EV_READ);
      case Transport::Handshake::kWantsWrite: return wake_on(EV_WRITE);
      case Transport::Handshake::kFailed: return fail(tls_reason());
      case Transport::Handshake::kDone: break;
    }
    const std::shared_ptr<One> kept = shared_from_this();
    stop();
    of_.waiting_.erase(number_);
    arrived_(std::move(transport_), std::move(peer_));
  }

  static std::string tls_reason() {
    const char* const text = ERR_reason_error_string(ERR_peek_last_error());
    return std::string("its TLS failed: ") + (text == nullptr ? "it went away" : text);
  }

  void stop() {
    event_.reset();
    if (timer_) of_.loop_.cancel(std::exchange(timer_, {}));
  }

  Arrivals& of_;
  const uint64_t number_;
  const std::shared_ptr<const ArrivalOptions> how_;
  UniqueFd socket_;      // until the header has come,
  Transport transport_;  // then here
  std::string peer_;
  Arrived arrived_;
  std::string header_;
  EventOwner event_;
  TimerId timer_;
};

Arrivals::Arrivals(EventLoop& loop) : loop_(loop) {}

Arrivals::~Arrivals() { cut_all(); }

void Arrivals::receive(UniqueFd socket, std::string peer, std::shared_ptr<const ArrivalOptions> how,
                       Arrived arrived) {
  if (how == nullptr) return arrived(Transport(std::move(socket)), std::move(peer));
  const uint64_t number = ++received_;
  const auto one = std::make_shared<One>(*this, number, std::move(socket), std::move(peer),
                                         std::move(how), std::move(arrived));
  waiting_.emplace(number, one);
  one->start();
}

bool Arrivals::cut_oldest() {
  if (waiting_.empty()) return false;
  waiting_.begin()->second->fail("others came, and it had not begun");
  return true;
}

void Arrivals::cut_all() { waiting_.clear(); }

}  // namespace mpim
