// One TCP connection: lines in, bytes out.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client-cli/link/account.h"
#include "server/loop/event_loop.h"

namespace mpim::chat {

// What a Wire tells. The listener may call open(), write() and close() from within.
class WireListener {
 public:
  virtual ~WireListener() = default;
  virtual void on_connected() = 0;
  virtual void on_line(std::string_view line) = 0;  // without its LF
  // Not after close(). `for_good`: another attempt would end no better.
  virtual void on_closed(std::string why, bool for_good) = 0;
};

// Threads  the loop's own; names are resolved on a thread of their own.
// Limits   a line of over kServerLineBytes ends the connection. It sets no time-outs itself.
// Errors   all end in on_closed(), with a sentence.
// Lifetime the listener must outlive it; it must die before the loop.
class Wire {
 public:
  static constexpr size_t kServerLineBytes = 2 * 1'048'576;

  Wire(EventLoop& loop, WireListener& listener);
  ~Wire();

  // Connects, to each address of the host in turn. Any earlier connection is dropped.
  void open(const ServerAddress& to);
  void write(std::string_view bytes);
  void close();
  bool connected() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace mpim::chat
