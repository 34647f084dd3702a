#include "client-cli/link/wire.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <optional>
#include <vector>

#include "client-cli/link/tls_client.h"
#include "server/loop/blocking_pool.h"
#include "server/loop/libevent_owners.h"

namespace mpim::chat {
namespace {

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

struct Resolved {
  std::vector<SocketAddress> addresses;
  std::string why;  // there are none
};

Resolved resolve(const ServerAddress& to) {
  Resolved resolved;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int failed =
      ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &wanted, &first);
  if (failed != 0) {
    resolved.why = "the name " + to.host + " cannot be resolved: " + ::gai_strerror(failed);
    return resolved;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(first, ::freeaddrinfo);
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    SocketAddress& address = resolved.addresses.emplace_back();
    ::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  return resolved;
}

}  // namespace

// Shared with the task that resolves a name: it may come back when the Wire is gone.
struct Wire::Core : std::enable_shared_from_this<Core> {
  Core(EventLoop& its_loop, WireListener& its_listener) : loop(its_loop), listener(its_listener) {}

  void open(const ServerAddress& address);
  void connect_next();
  BuffereventOwner make_socket();
  void connected();
  void ended(short what);
  void not_proven();
  void read();
  void lost(std::string reason, bool for_good = false);
  void drop() {
    socket.reset();
    is_connected = false;
    ++generation;
  }

  EventLoop& loop;
  WireListener& listener;
  BlockingPool resolver{"resolver", 1, 8};
  ServerAddress to;
  std::vector<SocketAddress> untried;  // the next one last
  std::string why;                     // the last address failed
  std::optional<TlsClient> tls;        // made when it is wanted for the first time
  BuffereventOwner socket;
  bool is_connected = false;
  uint64_t generation = 0;  // of the connection: what belongs to an older one is ignored
};

void Wire::Core::open(const ServerAddress& address) {
  drop();
  to = address;
  why.clear();
  const auto taken =
      resolver.submit([weak = weak_from_this(), address, of = generation, &home = loop] {
        home.post([weak, of, resolved = resolve(address)]() mutable {
          const auto core = weak.lock();
          if (core == nullptr || core->generation != of) return;
          core->untried.assign(resolved.addresses.rbegin(), resolved.addresses.rend());
          core->why = std::move(resolved.why);
          core->connect_next();
        });
      });
  if (!taken.ok()) lost(taken.error().message);
}

void Wire::Core::connect_next() {
  if (untried.empty()) return lost(why);
  const SocketAddress address = untried.back();
  untried.pop_back();
  socket = make_socket();
  if (socket == nullptr) return lost("no socket could be made");
  bufferevent_setcb(
      socket.get(), [](bufferevent*, void* core) { static_cast<Core*>(core)->read(); }, nullptr,
      [](bufferevent*, short what, void* core) { static_cast<Core*>(core)->ended(what); }, this);
  if (bufferevent_socket_connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes),
                                 static_cast<int>(address.size)) != 0)
    lost(::strerror(EVUTIL_SOCKET_ERROR()));
}

BuffereventOwner Wire::Core::make_socket() {
  constexpr int kOptions = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
  if (!to.tls) return BuffereventOwner(bufferevent_socket_new(loop.base(), -1, kOptions));
  if (!tls) tls.emplace();
  const Result<SSL*> side = tls->begin(to.host);
  if (!side.ok()) return nullptr;
  BuffereventOwner made(
      bufferevent_openssl_socket_new(loop.base(), -1, *side, BUFFEREVENT_SSL_CONNECTING, kOptions));
  if (made == nullptr) SSL_free(*side);
  if (made != nullptr) bufferevent_openssl_set_allow_dirty_shutdown(made.get(), 1);
  return made;
}

void Wire::Core::ended(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0) return connected();
  const bool shaking_hands = to.tls && !is_connected;
  const int error = EVUTIL_SOCKET_ERROR();
  if (shaking_hands && ((what & BEV_EVENT_EOF) != 0 || error == 0)) return not_proven();
  lost((what & BEV_EVENT_EOF) != 0 ? "the server closed the connection" : ::strerror(error));
}

void Wire::Core::not_proven() {
  const SSL* const side = bufferevent_openssl_get_ssl(socket.get());
  lost(TlsClient::reason(side, bufferevent_get_openssl_error(socket.get())),
       TlsClient::distrusted(side));
}

void Wire::Core::connected() {
  is_connected = true;
  untried.clear();
  const int on = 1;
  ::setsockopt(bufferevent_getfd(socket.get()), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bufferevent_enable(socket.get(), EV_READ | EV_WRITE);
  listener.on_connected();
}

void Wire::Core::read() {
  const uint64_t of = generation;
  evbuffer* const input = bufferevent_get_input(socket.get());
  while (true) {
    size_t length = 0;
    const std::unique_ptr<char, decltype(&::free)> line(
        evbuffer_readln(input, &length, EVBUFFER_EOL_LF), ::free);
    if (line == nullptr) break;
    listener.on_line({line.get(), length});
    if (generation != of) return;  // the listener closed or reopened it
  }
  if (evbuffer_get_length(input) > kServerLineBytes) lost("the server sent an endless line");
}

void Wire::Core::lost(std::string reason, bool for_good) {
  const bool was_connected = is_connected;
  drop();
  if (!was_connected && !untried.empty()) return connect_next();
  listener.on_closed(was_connected || to.host.empty() ? reason : to.text() + ": " + reason,
                     for_good);
}

Wire::Wire(EventLoop& loop, WireListener& listener)
    : core_(std::make_shared<Core>(loop, listener)) {}

Wire::~Wire() { close(); }

void Wire::open(const ServerAddress& to) { core_->open(to); }

void Wire::write(std::string_view bytes) {
  if (core_->socket != nullptr) bufferevent_write(core_->socket.get(), bytes.data(), bytes.size());
}

void Wire::close() { core_->drop(); }

bool Wire::connected() const { return core_->is_connected; }

}  // namespace mpim::chat
