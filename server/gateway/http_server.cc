#include "server/gateway/http_server.h"

#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "server/gateway/socket_address.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr size_t kHeadBytesMax = 16'384;
constexpr timeval kAcceptPause{.tv_sec = 0, .tv_usec = 250'000};
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

// A share of a connection's bufferevent, beside evhttp's own.
struct ReleaseBufferevent {
  void operator()(bufferevent* one) const { bufferevent_decref(one); }
};
using BuffereventShare = std::unique_ptr<bufferevent, ReleaseBufferevent>;

BuffereventShare share_of(bufferevent* one) {
  bufferevent_incref(one);
  return BuffereventShare(one);
}

// evhttp tells nobody that a connection has ended; but it takes its callbacks away then.
bool ended(const BuffereventShare& one) {
  bufferevent_event_cb on_event = nullptr;
  bufferevent_getcb(one.get(), nullptr, nullptr, &on_event, nullptr);
  return on_event == nullptr;
}

struct MethodRow {
  evhttp_cmd_type evhttp_type;
  HttpMethod method;
  std::string_view name;
};
constexpr std::array<MethodRow, 6> kMethods{{
    {EVHTTP_REQ_DELETE, HttpMethod::kDelete, "DELETE"},
    {EVHTTP_REQ_GET, HttpMethod::kGet, "GET"},
    {EVHTTP_REQ_HEAD, HttpMethod::kGet, "HEAD"},
    {EVHTTP_REQ_PATCH, HttpMethod::kPatch, "PATCH"},
    {EVHTTP_REQ_POST, HttpMethod::kPost, "POST"},
    {EVHTTP_REQ_PUT, HttpMethod::kPut, "PUT"},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &MethodRow::name));

const MethodRow* method_of(evhttp_cmd_type type) {
  const auto row = std::ranges::find(kMethods, type, &MethodRow::evhttp_type);
  return row == kMethods.end() ? nullptr : &*row;
}

size_t count_header(const evhttp_request* request, const char* name) {
  const evkeyvalq* const headers =
      evhttp_request_get_input_headers(const_cast<evhttp_request*>(request));
  size_t found = 0;
  for (const evkeyval* one = headers->tqh_first; one != nullptr; one = one->next.tqe_next) {
    if (::strcasecmp(one->key, name) == 0) ++found;
  }
  return found;
}

// Where a message ends must have one answer, or a proxy in front of us may see another one.
bool ambiguous_length(const evhttp_request* request) {
  const size_t lengths = count_header(request, "Content-Length");
  const size_t encodings = count_header(request, "Transfer-Encoding");
  return lengths + encodings > 1;
}

std::optional<PeerCredentials> credentials_of(evhttp_request* request) {
  const int fd =
      bufferevent_getfd(evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
  int family = 0;
  socklen_t length = sizeof family;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) != 0) return {};
  ucred peer{};
  length = sizeof peer;
  if (family != AF_UNIX) return {};
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return {};
  return PeerCredentials{peer.pid, peer.uid, peer.gid};
}

std::string_view body_of(evhttp_request* request) {
  evbuffer* const body = evhttp_request_get_input_buffer(request);
  const size_t length = evbuffer_get_length(body);
  return {reinterpret_cast<const char*>(evbuffer_pullup(body, -1)), length};
}

std::string decoded_path(const char* raw) {
  size_t length = 0;
  std::unique_ptr<char, decltype(&::free)> text(evhttp_uridecode(raw, 0, &length), &::free);
  return text ? std::string(text.get(), length) : std::string(raw);
}

// While no file descriptor is left evhttp would be told of the same connection over and over.
void rest_from_accepting(evconnlistener* listener, void*) {
  evconnlistener_disable(listener);
  event_base_once(
      evconnlistener_get_base(listener), -1, EV_TIMEOUT,
      [](evutil_socket_t, short, void* of) {
        evconnlistener_enable(static_cast<evconnlistener*>(of));
      },
      listener, &kAcceptPause);
}

}  // namespace

// A request whose answer is owed. `request` is none once the connection has gone or was answered.
struct HttpResponder::Pending : std::enable_shared_from_this<Pending> {
  void answer(const HttpAnswer& given);
  void forget();

  EventLoop* loop = nullptr;
  evhttp_request* request = nullptr;
  std::unordered_set<Pending*>* registered_in = nullptr;
};

void HttpResponder::Pending::forget() {
  if (registered_in != nullptr) registered_in->erase(this);
  registered_in = nullptr;
  request = nullptr;
}

void HttpResponder::Pending::answer(const HttpAnswer& given) {
  evhttp_request* const to = request;
  if (to == nullptr) return;
  forget();
  evhttp_connection_set_closecb(evhttp_request_get_connection(to), nullptr, nullptr);
  evkeyvalq* const headers = evhttp_request_get_output_headers(to);
  evhttp_add_header(headers, "Content-Type", given.content_type.c_str());
  evhttp_add_header(headers, "Content-Length", std::to_string(given.body.size()).c_str());
  for (const auto& [name, value] : given.headers)
    evhttp_add_header(headers, name.c_str(), value.c_str());
  EvbufferOwner body(evbuffer_new());
  if (evhttp_request_get_command(to) != EVHTTP_REQ_HEAD) {
    evbuffer_add(body.get(), given.body.data(), given.body.size());
  }
  evhttp_send_reply(to, given.status, nullptr, body.get());
}

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
  if (pending->loop->on_this_thread()) return pending->answer(answer);
  pending->loop->post([pending, answer = std::move(answer)] { pending->answer(answer); });
}

std::string_view HttpRequest::header(const char* name) const {
  const evkeyvalq* const headers =
      evhttp_request_get_input_headers(const_cast<evhttp_request*>(raw));
  const char* const value = evhttp_find_header(headers, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

HttpAnswer http_error(const Error& error) {
  const CodeEntry& entry = entry_of(error.code);
  const nlohmann::ordered_json told = {{"code", entry.name}, {"message", error.message}};
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return {entry.http_status, told.dump(-1, ' ', false, kReplace) + "\n"};
}

// The routes and evhttp's server; every request that is still owed an answer is listed in `owed`.
struct HttpServer::Core {
  struct RouteRow {
    HttpMethod method;
    std::string path;
    bool prefix;
    Route call;
  };

  Core(EventLoop& on, HttpServerOptions with);
  ~Core();
  void serve(evhttp_request* request);
  void choose(const HttpRequest& request, HttpResponder respond, evhttp_request* raw);
  void listen(UniqueFd socket);
  bufferevent* admit();
  void turn_away();

  EventLoop& loop;
  const HttpServerOptions options;
  std::vector<RouteRow> routes;
  std::unordered_set<HttpResponder::Pending*> owed;
  std::vector<BuffereventShare> connections;  // also such as ended since the last was admitted
  std::vector<BuffereventShare> excess;       // above connections_max: to be turned away
  EventOwner turning_away;
  EvhttpOwner http;
  std::string unix_path;
  ino_t unix_inode = 0;
};

HttpServer::Core::Core(EventLoop& on, HttpServerOptions with)
    : loop(on),
      options(with),
      turning_away(event_new(
          on.base(), -1, 0,
          [](evutil_socket_t, short, void* core) { static_cast<Core*>(core)->turn_away(); }, this)),
      http(evhttp_new(on.base())) {
  evhttp_set_max_headers_size(http.get(), kHeadBytesMax);
  evhttp_set_max_body_size(http.get(), options.body_bytes_max);
  const int64_t ms = options.timeout.count();
  const timeval timeout{.tv_sec = ms / 1'000, .tv_usec = ms % 1'000 * 1'000};
  evhttp_set_timeout_tv(http.get(), &timeout);
  evhttp_set_allowed_methods(http.get(), EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                             EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH |
                                             EVHTTP_REQ_OPTIONS);
  evhttp_set_gencb(
      http.get(),
      [](evhttp_request* request, void* core) { static_cast<Core*>(core)->serve(request); }, this);
  evhttp_set_bevcb(
      http.get(), [](event_base*, void* core) { return static_cast<Core*>(core)->admit(); }, this);
}

// Makes the bufferevent of a connection that evhttp has just accepted; it has no socket yet.
bufferevent* HttpServer::Core::admit() {
  bufferevent* const made = bufferevent_socket_new(loop.base(), -1, 0);
  if (made == nullptr) return nullptr;
  std::erase_if(connections, ended);
  connections.push_back(share_of(made));
  if (connections.size() > options.connections_max) {
    if (excess.empty()) event_active(turning_away.get(), EV_TIMEOUT, 0);
    excess.push_back(share_of(made));
  }
  return made;
}

// evhttp sees the end of the input, and frees the connection.
void HttpServer::Core::turn_away() {
  for (const BuffereventShare& one : std::exchange(excess, {})) {
    const int fd = ended(one) ? -1 : bufferevent_getfd(one.get());
    if (fd < 0) continue;
    count(Counter::kConnectionsRefused);
    ::send(fd, kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_RDWR);
  }
}

HttpServer::Core::~Core() {
  while (!owed.empty()) (*owed.begin())->forget();
  struct stat found {};
  // Another server may have taken the path over since.
  if (!unix_path.empty() && ::lstat(unix_path.c_str(), &found) == 0 && found.st_ino == unix_inode) {
    ::unlink(unix_path.c_str());
  }
}

void HttpServer::Core::serve(evhttp_request* raw) {
  auto pending = std::make_shared<HttpResponder::Pending>();
  pending->loop = &loop;
  pending->request = raw;
  pending->registered_in = &owed;
  owed.insert(pending.get());
  evhttp_connection_set_closecb(
      evhttp_request_get_connection(raw),
      [](evhttp_connection*, void* gone) { static_cast<HttpResponder::Pending*>(gone)->forget(); },
      pending.get());
  HttpResponder respond(std::move(pending));
  if (ambiguous_length(raw)) {
    evhttp_add_header(evhttp_request_get_output_headers(raw), "Connection", "close");
    return respond(
        http_error({Code::kBadRequest,
                    "a request has one Content-Length or one Transfer-Encoding, not both"}));
  }
  const evhttp_uri* const uri = evhttp_request_get_evhttp_uri(raw);
  const char* const path = evhttp_uri_get_path(uri);
  const char* const query = evhttp_uri_get_query(uri);
  const std::string decoded = decoded_path(path == nullptr || *path == '\0' ? "/" : path);
  HttpRequest request;
  request.path = decoded;
  request.query = query == nullptr ? std::string_view() : std::string_view(query);
  request.body = body_of(raw);
  request.credentials = credentials_of(raw);
  request.raw = raw;
  choose(request, std::move(respond), raw);
}

void HttpServer::Core::choose(const HttpRequest& asked, HttpResponder respond,
                              evhttp_request* raw) {
  const auto fits = [&](const RouteRow& row) {
    return row.prefix ? asked.path.starts_with(row.path) : asked.path == row.path;
  };
  const MethodRow* const method = method_of(evhttp_request_get_command(raw));
  std::string allowed;
  for (const RouteRow& row : routes) {
    if (!fits(row)) continue;
    if (method != nullptr && method->method == row.method) {
      HttpRequest request = asked;
      request.method = row.method;
      return row.call(request, std::move(respond));
    }
    for (const MethodRow& one : kMethods) {
      if (one.method != row.method) continue;
      allowed += (allowed.empty() ? "" : ", ") + std::string(one.name);
    }
  }
  if (allowed.empty()) {
    return respond(
        http_error({Code::kNotFound, "nothing is served at " + std::string(asked.path)}));
  }
  evhttp_add_header(evhttp_request_get_output_headers(raw), "Allow", allowed.c_str());
  HttpAnswer refused =
      http_error({Code::kBadRequest, std::string(asked.path) + " takes " + allowed});
  refused.status = 405;
  respond(std::move(refused));
}

void HttpServer::Core::listen(UniqueFd socket) {
  evhttp_bound_socket* const bound = evhttp_accept_socket_with_handle(http.get(), socket.release());
  MPIM_CHECK(bound != nullptr, "evhttp did not take a listening socket");
  evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound), rest_from_accepting);
}

HttpServer::HttpServer(EventLoop& loop, HttpServerOptions options)
    : core_(std::make_unique<Core>(loop, options)) {}

HttpServer::~HttpServer() = default;

void HttpServer::route(HttpMethod method, std::string path, Route route) {
  core_->routes.insert(core_->routes.begin(), {method, std::move(path), false, std::move(route)});
}

void HttpServer::route_prefix(HttpMethod method, std::string prefix, Route route) {
  const auto place = std::ranges::find_if(core_->routes, [&](const Core::RouteRow& row) {
    return row.prefix && row.path.size() < prefix.size();
  });
  core_->routes.insert(place, {method, std::move(prefix), true, std::move(route)});
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

}  // namespace mpim
