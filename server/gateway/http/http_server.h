// HTTP/1.1: routes, limits, and answers that may come later.
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
#include "server/core/unique_function.h"

namespace mpim {

class EventLoop;
struct ArrivalOptions;
struct HttpHead;

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
  std::string_view peer;                       // address:port; empty on a Unix socket
  std::optional<PeerCredentials> credentials;  // on a Unix socket only
  const HttpHead* head = nullptr;

  // Whatever the case of `name`; one that came more than once has its values joined by ", ".
  // Empty: not there.
  std::string_view header(std::string_view name) const;
};

// A body that is made while it is sent.
// Threads  the server's loop. Destroyed when all was sent, or the client has gone.
class HttpBodySource {
 public:
  using Part = UniqueFunction<void(Result<std::string>)>;
  virtual ~HttpBodySource() = default;
  // Calls `part`, once, then or later, with what comes next; empty: that was all. After an error
  // the connection is cut, so that nobody takes what was sent for the whole.
  virtual void next(Part part) = 0;
};

struct HttpAnswer {
  uint16_t status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
  std::shared_ptr<HttpBodySource> source = {};                    // instead of `body`,
  uint64_t source_bytes = 0;                                      // and how long it is
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

// A request whose body is taken part by part. Its answer is the last on its connection.
// Threads  the server's loop.
class HttpUpload {
 public:
  using Reading = UniqueFunction<void(Result<std::string>)>;
  virtual ~HttpUpload() = default;
  virtual const HttpHead& head() const = 0;
  virtual std::string_view peer() const = 0;  // address:port
  // Calls `reading` with the next part, 64 KiB at most, when it has come; empty: that was all. An
  // error is a body that is broken, or a client that is gone or too slow. One at a time. As long as
  // nobody reads, what the client sends waits in its socket; a client that waits for 100 Continue
  // gets it with the first read().
  virtual void read(Reading reading) = 0;
  // Once; also before the body has come: the rest is thrown away.
  virtual void answer(const HttpAnswer& answer) = 0;
};

struct HttpServerOptions {
  uint32_t body_bytes_max = 4'194'304;
  uint32_t connections_max = 1'024;
  uint32_t body_bytes_per_s_min = 4'096;  // of a body that comes, over `timeout`
  // A whole head, from its first byte; silence between two requests, and in the middle of a body
  // or an answer.
  Millis timeout{30'000};
  std::shared_ptr<const ArrivalOptions> how = {};  // TLS, and the balancer in front; none: plain
};

// Serves one listening socket: TCP, or a Unix path that only its owner may open.
// Threads  everything on the loop's own thread, before the loop starts, or after it has stopped;
//          the destructor not while it runs.
// Order    one request of a connection at a time: one sent behind it waits for the answer before.
// Limits   above connections_max, a new connection takes the place of the one that has sent no
//          whole request for the longest; where all are being served, it gets 503 and is closed. A
//          body over body_bytes_max is refused with 413, a head over 16 KiB or 100 headers with
//          431, either with 408 when it comes too slowly. A head or body that others may read in
//          another way (two Content-Length, one beside Transfer-Encoding, a bare LF, a blank before
//          the colon, a broken chunk) is refused with 400, and nothing behind it is looked at.
// Errors   an unknown path gets 404, a known one with another method 405 with Allow; both in JSON.
class HttpServer {
 public:
  using Route = std::function<void(const HttpRequest&, HttpResponder)>;
  using UploadRoute = std::function<void(std::shared_ptr<HttpUpload>)>;

  HttpServer(EventLoop& loop, HttpServerOptions options);
  ~HttpServer();  // a Unix socket's file is removed

  void route(HttpMethod method, std::string path, Route route);
  // Every path that begins with `prefix`; exact routes come first, longer prefixes before shorter.
  void route_prefix(HttpMethod method, std::string prefix, Route route);

  // POST of `path`, whose body has no bound but what `route` takes. Before listening.
  void upload_route(std::string path, UploadRoute route);

  // Answers the address it got ("127.0.0.1:43211"). Errors as listen_tcp and listen_unix.
  Result<std::string> listen_on_tcp(const std::string& address);
  Result<void> listen_on_unix(const std::string& path);

  // How many are open. Threads: any.
  size_t connections() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
