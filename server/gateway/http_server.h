// HTTP/1.1 over evhttp: routes, limits, and answers that may come later.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"

struct evhttp_request;

namespace mpim {

class EventLoop;

enum class HttpMethod : uint8_t { kGet, kPost, kPut, kPatch, kDelete };

// Who is at the other end of a Unix socket, as the kernel says.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// A request, valid during the call of its route. HEAD comes as kGet; the server drops the body.
struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string_view path;   // decoded, without the query
  std::string_view query;  // as it came
  std::string_view body;
  std::optional<PeerCredentials> credentials;  // on a Unix socket only
  const evhttp_request* raw = nullptr;

  std::string_view header(const char* name) const;  // empty: not there
};

struct HttpAnswer {
  uint16_t status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
};
// {"code":"NOT_FOUND","message":"..."} with the status of the code.
HttpAnswer http_error(const Error& error);

// Answers one request, once, now or later.
// Threads  any; the answer is sent on the server's loop. Answering twice does nothing.
// Errors   one that dies unanswered answers 500 INTERNAL. If the client or the server has gone, the
//          answer is dropped.
// Lifetime the server may go first; the loop must not.
class HttpResponder {
 public:
  struct Pending;
  explicit HttpResponder(std::shared_ptr<Pending> pending);
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&&) noexcept;
  ~HttpResponder();

  void operator()(HttpAnswer answer);

 private:
  std::shared_ptr<Pending> pending_;
};

struct HttpServerOptions {
  uint32_t body_bytes_max = 4'194'304;
  uint32_t connections_max = 1'024;
  Millis timeout{30'000};  // of silence in the middle of a request or answer, and between two
};

// Serves one listening socket: TCP, or a Unix path that only its owner may open.
// Threads  everything on the loop's own thread, before the loop starts, or after it has stopped;
//          the destructor not while it runs.
// Limits   a connection above connections_max gets 503 and is closed, whatever it asks. A body over
//          body_bytes_max is refused with 413, a head over 16 KiB with 400. Two
//          Content-Length, or one beside Transfer-Encoding, are refused with 400 and the connection
//          closed.
// Errors   an unknown path gets 404, a known one with another method 405 with Allow; both in JSON.
class HttpServer {
 public:
  using Route = std::function<void(const HttpRequest&, HttpResponder)>;

  HttpServer(EventLoop& loop, HttpServerOptions options);
  ~HttpServer();  // a Unix socket's file is removed

  void route(HttpMethod method, std::string path, Route route);
  // Every path that begins with `prefix`; exact routes come first, longer prefixes before shorter.
  void route_prefix(HttpMethod method, std::string prefix, Route route);

  // Answers the address it got ("127.0.0.1:43211"). Errors as listen_tcp and listen_unix.
  Result<std::string> listen_on_tcp(const std::string& address);
  Result<void> listen_on_unix(const std::string& path);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
