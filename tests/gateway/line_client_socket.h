// A client for tests: a plain socket, read with a deadline.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/loop/unique_fd.h"

namespace mpim {

// Threads  one.
// Limits   every wait ends after kPatience.
class ClientSocket {
 public:
  static constexpr int kPatienceMs = 20'000;

  // To "127.0.0.1:4711" or a Unix path. `receive_bytes`: the size of its receive buffer, 0 as
  // usual.
  explicit ClientSocket(const std::string& address, int receive_bytes = 0);

  void send(std::string_view bytes);
  // What a full socket does not take is left out; answers how much was taken.
  size_t send_some(std::string_view bytes);
  void half_close();
  void reset();  // closes so that the other side gets a reset

  std::optional<std::string> line();  // without its LF; nullopt: end of input
  std::vector<std::string> lines(size_t n);
  std::string rest();       // all until the end of input
  bool silent(int for_ms);  // nothing comes, and the connection stays open
  std::string some();       // what is there, at least a byte; empty: end of input
  bool open() const { return static_cast<bool>(socket_); }

 private:
  bool wait_readable(int ms);
  UniqueFd socket_;
  std::string buffer_;
};

}  // namespace mpim
