#include "server/gateway/http/http_server.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "server/gateway/http/http_answer.h"
#include "server/gateway/http/http_connection.h"
#include "server/gateway/http/http_routes.h"
#include "server/gateway/socket_address.h"
#include "server/gateway/transport/arrival.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/protocol/http/http_syntax.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr int kAcceptedAtOnce = 64;  // then the loop's other sockets get their turn
constexpr Millis kAcceptPause{250};  // without a file descriptor

// The whole answer to who finds no place.
std::string full(Timestamp now) {
  const HttpAnswer answer =
      http_error({Code::kBusy, "all connections are in use: try again in a moment"});
  return http_answer_head(answer, now, "close") + answer.body;
}

// Best effort: the peer may be gone, and nobody waits for it.
void turn_away(const UniqueFd& socket, bool plain, Timestamp now) {
  count(Counter::kConnectionsRefused);
  if (!plain) return;
  char unread[512];
  const std::string answer = full(now);
  ::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket.get(), SHUT_WR);
  // Closing over unread bytes resets the connection, and the peer might not see the answer.
  while (::recv(socket.get(), unread, sizeof unread, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

HttpResponder::HttpResponder(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  std::swap(pending_, other.pending_);
  return *this;
}

HttpResponder::~HttpResponder() {
  if (pending_ == nullptr) return;
  (*this)(http_error({Code::kInternal, "the server dropped this request"}));
}

void HttpResponder::operator()(HttpAnswer answer) {
  const std::shared_ptr<Pending> pending = std::move(pending_);
  pending_ = nullptr;
  if (pending == nullptr) return;
  auto send = [pending, answer = std::move(answer)]() mutable {
    if (const auto connection = pending->connection.lock())
      connection->answer(pending->request, std::move(answer));
  };
  if (pending->loop.on_this_thread()) return send();
  pending->loop.post(std::move(send));
}

std::string_view HttpRequest::header(std::string_view name) const {
  return head->header(ascii_lower(name));
}

HttpAnswer http_error(const Error& error) {
  count_error(error.code);
  const CodeEntry& entry = entry_of(error.code);
  const nlohmann::ordered_json told = {{"code", entry.name}, {"message", error.message}};
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return {entry.http_status, told.dump(-1, ' ', false, kReplace) + "\n"};
}

// The listening socket, and the connections that have not ended.
struct HttpServer::Core {
  Core(EventLoop& on, const HttpServerOptions& options);
  ~Core();
  void listen(UniqueFd to);
  void accept_some();
  void admit(UniqueFd accepted, const sockaddr_storage& from);
  bool make_room();
  void pause();

  EventLoop& loop;
  HttpHost host;
  Arrivals arrivals;
  std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections;
  std::atomic<size_t> open{0};  // as many as `connections` has
  UniqueFd socket;
  EventOwner readable;
  TimerId resuming;
  std::string unix_path;
  ino_t unix_inode = 0;
};

HttpServer::Core::Core(EventLoop& on, const HttpServerOptions& options)
    : loop(on), host{on, options}, arrivals(on) {
  host.over = [this](HttpConnection& one) {
    connections.erase(&one);
    open = connections.size();
  };
}

HttpServer::Core::~Core() {
  if (resuming) loop.cancel(resuming);
  readable.reset();
  arrivals.cut_all();
  while (!connections.empty()) {
    const std::shared_ptr<HttpConnection> one = connections.begin()->second;
    one->release();
  }
  struct stat found {};
  // Another server may have taken the path over since.
  if (!unix_path.empty() && ::lstat(unix_path.c_str(), &found) == 0 && found.st_ino == unix_inode) {
    ::unlink(unix_path.c_str());
  }
}

void HttpServer::Core::listen(UniqueFd to) {
  socket = std::move(to);
  readable.reset(event_new(
      loop.base(), socket.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* of) { static_cast<Core*>(of)->accept_some(); }, this));
  event_add(readable.get(), nullptr);
}

void HttpServer::Core::accept_some() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    UniqueFd accepted(::accept4(socket.get(), reinterpret_cast<sockaddr*>(&from), &length,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      admit(std::move(accepted), from);
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) return pause();
    // Anything else is a connection that ended before it was accepted.
  }
}

bool HttpServer::Core::make_room() {
  // Who is in the middle of a handshake has come a moment ago, or will be late anyway.
  if (host.idle.empty()) return arrivals.cut_oldest();
  count(Counter::kConnectionsRefused);
  host.idle.front()->cut();
  return true;
}

void HttpServer::Core::admit(UniqueFd accepted, const sockaddr_storage& from) {
  const bool full = connections.size() + arrivals.waiting() >= host.options.connections_max;
  if (full && !make_room())
    return turn_away(accepted, host.options.how == nullptr, loop.clock().wall());
  arrivals.receive(std::move(accepted), unix_path.empty() ? peer_address(from) : std::string(),
                   host.options.how, [this](Transport transport, std::string peer) {
                     const auto made = std::make_shared<HttpConnection>(host, std::move(transport),
                                                                        std::move(peer));
                     connections.emplace(made.get(), made);
                     open = connections.size();
                     made->start();
                   });
}

// The same connection would be told of over and over.
void HttpServer::Core::pause() {
  event_del(readable.get());
  resuming = loop.after(kAcceptPause, [this] {
    resuming = {};
    event_add(readable.get(), nullptr);
  });
}

HttpServer::HttpServer(EventLoop& loop, HttpServerOptions options)
    : core_(std::make_unique<Core>(loop, options)) {}

HttpServer::~HttpServer() = default;

void HttpServer::route(HttpMethod method, std::string path, Route route) {
  core_->host.routes.add(method, std::move(path), std::move(route));
}

void HttpServer::route_prefix(HttpMethod method, std::string prefix, Route route) {
  core_->host.routes.add_prefix(method, std::move(prefix), std::move(route));
}

void HttpServer::upload_route(std::string path, UploadRoute route) {
  core_->host.routes.add_upload(std::move(path), std::move(route));
}

Result<std::string> HttpServer::listen_on_tcp(const std::string& address) {
  MPIM_TRY(UniqueFd socket, listen_tcp(address));
  std::string got = local_address(socket.get());
  core_->listen(std::move(socket));
  return got;
}

Result<void> HttpServer::listen_on_unix(const std::string& path) {
  MPIM_TRY(UniqueFd socket, listen_unix(path));
  struct stat made {};
  if (::lstat(path.c_str(), &made) == 0) core_->unix_inode = made.st_ino;
  core_->unix_path = path;
  core_->listen(std::move(socket));
  return {};
}

size_t HttpServer::connections() const { return core_->open; }

}  // namespace mpim
