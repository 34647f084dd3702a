// A plain blocking talk with a server in the line protocol, every wait bounded.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/protocol/line_client.h"

namespace mpim::ops {

using Deadline = std::chrono::steady_clock::time_point;

// A TCP socket with deadlines.
//
// Threads  one.
// Errors   kUnavailable: refused, or closed by the other end; kDeadline.
class TimedSocket {
 public:
  static Result<TimedSocket> connect(const std::string& address, Deadline deadline);
  TimedSocket(TimedSocket&& other) noexcept;
  TimedSocket& operator=(TimedSocket&& other) noexcept;
  ~TimedSocket();

  Result<void> write(std::string_view bytes, Deadline deadline);
  // What has come, at least a byte; empty at the end of the stream.
  Result<std::string> read(Deadline deadline);

 private:
  explicit TimedSocket(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// kBadRequest with a sentence: who listens at `address` wants TLS. That nobody does is no error
// here. It waits for 3 s at most.
Result<void> check_plain(const std::string& address);
// What to do then.
inline constexpr std::string_view kPlainHint =
    "try it at a node whose ports are plain, or this one with `mpim-chat --server tls://HOST:PORT`";

// One client of the line protocol. Pushes that come while a reply is awaited are kept.
class LineLink {
 public:
  // Connects and takes the greeting.
  static Result<LineLink> open(const std::string& address, Deadline deadline);

  // Sends a line and answers its +OK; what -ERR says is the error.
  Result<ReplyOk> ask(const std::string& line);
  // The next entry that was pushed, messages and events alike.
  Result<Entry> next_entry();
  // Whether the server said that it would not push the entries from `from` to just below `next`.
  bool told_missing(ConversationId conversation, Seq from, Seq next) const;
  // The next row of a list whose head was answered before.
  Result<ListLine> next_row();
  // Everything pushed and not taken yet, once a PING was answered: what was under way has come.
  Result<std::vector<Entry>> settle();

 private:
  LineLink(TimedSocket socket, Deadline deadline)
      : socket_(std::move(socket)), deadline_(deadline) {}
  Result<ServerLine> next_line();
  void keep(ServerLine& push);

  TimedSocket socket_;
  Deadline deadline_;
  std::string buffer_;
  std::deque<Entry> entries_;
  std::map<ConversationId, GapNotice> gaps_;  // the newest of each conversation
};

}  // namespace mpim::ops
