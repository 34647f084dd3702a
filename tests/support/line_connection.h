// A blocking client of the line protocol for tests: one real socket, and a deadline on every wait.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "server/protocol/line_client.h"

namespace mpim::testing {

// How long a test waits for what must come. Generous: a busy machine and sanitizers are slow.
inline constexpr std::chrono::milliseconds kPatience{60'000};

// Threads  one.
// Errors   whoever waits in vain gets nothing; at_end() then tells whether the server closed.
// Limits   pushes that came while a reply was awaited are kept, all of them.
class LineConnection {
 public:
  // How the socket is made. A small receive buffer makes a reader slow.
  struct Options {
    int receive_bytes = 0;  // 0: the system's standard
  };

  // Connects to ADDR:PORT. A connection that cannot be made is at_end() at once.
  explicit LineConnection(const std::string& address);
  LineConnection(const std::string& address, const Options& options);
  LineConnection(LineConnection&& other) noexcept;
  LineConnection& operator=(LineConnection&& other) noexcept;
  ~LineConnection();

  bool at_end() const { return ended_; }
  int descriptor() const { return socket_; }

  // Writes the line and its LF. False once the server is gone.
  bool send(std::string_view line);
  bool send_raw(std::string_view bytes);
  // RECEIPT lines come when cursors are stored, between any others: they are passed over unless
  // they are asked for.
  void show_receipts() { receipts_ = true; }
  // Says that nothing more will be sent; answers still come.
  void finish_sending();
  void close();

  // The next line, whatever it is, without its LF.
  std::optional<std::string> next_line(std::chrono::milliseconds patience = kPatience);
  // The next reply (+OK, -ERR); what comes before it is kept for next_push().
  std::optional<std::string> next_reply(std::chrono::milliseconds patience = kPatience);
  // The next line that is no reply.
  std::optional<std::string> next_push(std::chrono::milliseconds patience = kPatience);
  // Drops the lines that were read past.
  void forget_kept() { kept_.clear(); }
  // Sends a request and takes its reply's first line; empty when there is none.
  std::string ask(std::string_view request);
  // Whether the server closes in time. Lines that come before are kept for next_line().
  bool closes(std::chrono::milliseconds patience = kPatience);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  std::optional<std::string> take_line();
  std::optional<std::string> next_of(bool reply, std::chrono::milliseconds patience);
  bool receive(Deadline deadline);

  int socket_ = -1;
  bool ended_ = false;
  bool receipts_ = false;
  std::string received_;
  size_t taken_ = 0;
  std::deque<std::string> kept_;  // lines that were read past
};

// The value of `key` in a line of the server's, empty when it has none.
std::string field(std::string_view line, std::string_view key);
// The same as a number; 0 when it is none.
uint64_t number_field(std::string_view line, std::string_view key);

// A text sent to ADDR:PORT as it is, and everything that came back until the server closed.
std::string exchange(const std::string& address, std::string_view bytes);

}  // namespace mpim::testing
