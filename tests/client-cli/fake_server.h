// A server of the line protocol that says what a test says, when the test says it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "client-cli/link/account.h"
#include "server/loop/unique_fd.h"

namespace mpim::chat::testing {

// One accepted connection. Every call waits at most kPatience, then fails the test.
class FakeConnection {
 public:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  explicit FakeConnection(UniqueFd socket) : socket_(std::move(socket)) {}

  // The next line of the client, without its LF; "" when it has closed.
  std::string line();
  // The next line that does not begin with ACK, PING or READ.
  std::string request();
  // Whether the client says anything within this time.
  bool speaks(std::chrono::milliseconds within) const;
  void say(std::string_view lines);
  // Closes at once, perhaps in the middle of a line.
  void cut() { socket_.reset(); }

  // Greets, takes the log-in and accepts it; answers the line it logged in with.
  std::string welcome(std::string_view token = "t1", std::string_view epoch = "e1");

 private:
  UniqueFd socket_;
  std::string unread_;
};

class FakeServer {
 public:
  FakeServer();
  ServerAddress address() const { return {"127.0.0.1", port_}; }
  FakeConnection accept();
  // Whether somebody connects within this time.
  bool is_called(std::chrono::milliseconds within) const;

 private:
  UniqueFd listener_;
  uint16_t port_ = 0;
};

// MSG of user 1002 in conversation 7.
std::string message(uint64_t seq, std::string_view text);

}  // namespace mpim::chat::testing
