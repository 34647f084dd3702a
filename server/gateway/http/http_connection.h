// One client of an HTTP server: reads a request, has it answered, and goes on with the next.
#pragma once

#include <array>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "server/core/executor.h"
#include "server/gateway/connection/output_buffer.h"
#include "server/gateway/http/http_body.h"
#include "server/gateway/http/http_pace.h"
#include "server/gateway/http/http_routes.h"
#include "server/gateway/http/http_server.h"
#include "server/gateway/transport/transport.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/protocol/http/http_head.h"

namespace mpim {

class HttpConnection;

// What the connections of one server share. Outlives them.
struct HttpHost {
  EventLoop& loop;
  const HttpServerOptions options;
  HttpRoutes routes = {};
  UniqueFunction<void(HttpConnection&)> over = {};  // the connection has ended
  // To which nothing is owed: they have not sent a whole request, or had their last answer. From
  // whom nothing was heard for the longest comes first.
  std::list<HttpConnection*> idle = {};
  std::array<char, Transport::kReadBytesMin> read_room = {};  // in use only within one call
};

// Threads  its server's loop.
// Order    one request at a time: the next is not looked at before the answer is with the kernel.
// Limits   a head of kHeadBytesMax within `timeout` of its first byte (408), and as long between
//          two requests; a body of an ordinary route body_bytes_max (413), and as fast as
//          body_bytes_per_s_min says, measured over `timeout` (408); of an upload kPartBytes wait
//          to be read, then the socket is not. An answer that is taken more slowly is given up.
// Errors   a head or body with two readings is answered 400 and the connection closed: nothing
//          behind it is looked at. After a last answer it waits for the client's end, kLinger at
//          most, because closed at once the kernel would take the answer away from him.
// Lifetime its server holds it until `over`.
class HttpConnection final : public HttpUpload,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  static constexpr size_t kHeadBytesMax = 16'384;
  static constexpr size_t kPartBytes = 65'536;
  static constexpr Millis kLinger{2'000};

  HttpConnection(HttpHost& host, Transport transport, std::string peer);
  ~HttpConnection() override;
  void start();
  // Ends at once: what was not sent is lost.
  void cut();
  // The server goes: as cut(), and nobody is told.
  void release();
  // To the request of this number; if it was answered, or the client has gone, nothing happens.
  void answer(uint64_t request, HttpAnswer answer);

  // HttpUpload
  const HttpHead& head() const override { return head_; }
  std::string_view peer() const override { return peer_; }
  void read(Reading reading) override;
  void answer(const HttpAnswer& answer) override;

 private:
  enum class Step : uint8_t {
    kHead,
    kBody,
    kUpload,     // the route reads the body
    kAnswering,  // the route owes an answer
    kSending,
    kClosing,  // the last answer is sent: what still comes is dropped
    kOver,
  };

  void become(Step step);
  bool is_idle() const;

  // Coming in
  void on_readable();
  void on_end_of_input();
  void progress();
  bool step();
  bool read_head();
  bool wait_for_more();
  bool begin_request();
  bool begin_body();
  bool begin_upload();
  bool read_body();
  void call_route();
  bool refuse(HttpAnswer answer);
  void feed_upload();
  void give(Result<std::string> part);
  void watch_input();
  void watch_output();

  // Going out
  void say_continue();
  void send(HttpAnswer answer);
  void pump_out();
  bool write_queued();
  void ask_source();
  void on_part(Result<std::string> part);
  void sent();
  void linger();

  void expect_within(Millis time);
  void on_timer();
  void on_deadline();
  uint64_t least_written() const;
  void on_slow_upload();

  HttpHost& host_;
  Transport transport_;
  const std::string peer_;
  EventOwner readable_;
  EventOwner writable_;  // made when the socket is full for the first time

  Step step_ = Step::kOver;
  std::list<HttpConnection*> idle_;  // itself, while it is not in the host's list,
  const std::list<HttpConnection*>::iterator self_ = idle_.begin();  // and where it is in either
  bool reading_ = false;
  bool blocked_ = false;      // the socket is full: `writable_` will tell
  bool stuck_ = false;        // so full that TLS cannot go on reading
  bool ended_ = false;        // the client sends nothing more
  bool progressing_ = false;  // within progress()
  bool pumping_ = false;      // within pump_out()

  std::string in_;           // came, and not yet taken
  bool fresh_line_ = false;  // a line may have ended in it since it was looked at
  bool begun_ = false;       // the first byte of a head has come
  uint64_t request_ = 0;     // number of the one that is served
  HttpHead head_;            // of it
  uint8_t head_minor_ = 1;   // the client's HTTP/1.x
  std::string path_;         // decoded
  HttpRoutes::Found found_;  // who answers it
  bool keep_ = false;        // the connection goes on after it
  bool body_wanted_ = true;  // in the answer: it is not HEAD
  bool continued_ = true;    // 100 Continue was sent, or is not asked for
  HttpBody body_;            // its framing
  std::string content_;      // what came of it
  HttpPace pace_;
  Reading upload_reading_;  // who waits for the next part

  OutputBuffer out_;
  uint64_t written_ = 0;  // bytes, since the timer looked
  std::shared_ptr<HttpBodySource> source_;
  uint64_t source_left_ = 0;
  bool source_asked_ = false;  // its next part has not come yet

  static constexpr Instant kNever{INT64_MAX};
  Instant deadline_ = kNever;
  Instant timer_at_ = kNever;
  TimerId timer_;
};

// Where an answer goes.
struct HttpResponder::Pending {
  EventLoop& loop;
  std::weak_ptr<HttpConnection> connection;  // locked on `loop` alone
  uint64_t request;
};

}  // namespace mpim
