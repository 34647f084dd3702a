// One client of the line protocol among the many of a load test.
#pragma once

#include <sys/socket.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "ops/bench/load/load_line.h"
#include "ops/bench/load/load_loop.h"
#include "server/protocol/line_client.h"

namespace mpim::ops {

// Where a server is, its name looked up once for all connections.
struct ServerPlace {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string text;  // ADDR:PORT as it was given
};
// kBadRequest: no ADDR:PORT; kUnavailable: there is no such host.
Result<ServerPlace> find_server(const std::string& address);

// What a reply answers, as whoever asked wants to be reminded of it.
struct Asked {
  enum class What : uint8_t { kGreeting, kLogIn, kSend, kAck, kPing, kQuit };
  What what = What::kGreeting;
  uint32_t tag = 0;
  LoadTime due = {};
};

// What was answered: an error, or the id of what was stored, or the fields of any other +OK.
struct LoadReply {
  const Error* error = nullptr;
  MessageId stored = {};
  const ReplyOk* ok = nullptr;
};

class LoadLink;

// Who drives a connection. May ask(), close() and change the listener from within.
class LoadListener {
 public:
  virtual ~LoadListener() = default;
  virtual void on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) = 0;
  virtual void on_push(LoadLink& link, const LoadPush& push) = 0;
  virtual void on_gap(LoadLink&, const GapNotice&) {}
  // The connection has ended, and not by close().
  virtual void on_gone(LoadLink& link, const Error& why) = 0;
};

// A non-blocking connection whose replies are matched with what was asked, in order. Greeted as
// Asked::kGreeting. What is asked during a turn of the loop leaves in one write.
//
// Threads  the loop's.
// Limits   keeps what was asked and not answered, and an unfinished line of at most kLineBytes: who
//          drives it bounds what is asked.
// Errors   told by on_gone(): kUnavailable, or what the server's last NOTICE said.
// Lifetime the loop and the listener outlive it.
class LoadLink final : public Watched {
 public:
  static constexpr size_t kLineBytes = 1'048'576;

  LoadLink(LoadLoop& loop, uint32_t index) : loop_(loop), index_(index) {}
  ~LoadLink() override { close(); }
  LoadLink(const LoadLink&) = delete;
  LoadLink& operator=(const LoadLink&) = delete;

  // Begins to connect; what fails later is told by on_gone(). kUnavailable: no socket is left.
  Result<void> open(const ServerPlace& server, LoadListener& listener);
  void listen(LoadListener& listener) { listener_ = &listener; }
  void ask(const Asked& asked, std::string_view line);
  void close();  // leaves no port behind in TIME_WAIT

  uint32_t index() const { return index_; }
  bool is_open() const { return static_cast<bool>(socket_); }
  LoadTime opened_at() const { return opened_at_; }

  // Watched
  void on_ready(bool readable, bool writable) override;
  void flush() override;

 private:
  bool read();
  bool take_lines(std::string_view bytes);
  void take_line(std::string_view line);
  void take_other_line(std::string_view line);
  void take_reply(const LoadReply& reply);
  void end(const std::string& why);

  LoadLoop& loop_;
  const uint32_t index_;
  LoadListener* listener_ = nullptr;
  UniqueFd socket_;
  uint64_t openings_ = 0;  // tells this connection from one that followed during a callback
  LoadTime opened_at_;
  bool connected_ = false;
  bool writable_ = false;  // else it connects, or is full
  bool flushing_ = false;
  std::deque<Asked> asked_;
  std::string out_;
  size_t written_ = 0;  // of out_
  std::string begun_;   // a line whose end has not come
  std::optional<Error> last_word_;
};

}  // namespace mpim::ops
