// A real Redis of a test's own, for tests that talk to it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "tests/support/free_port.h"
#include "tests/support/process.h"

namespace mpim::testing {

// An empty server on a free port of loopback and on a socket in a directory of its own; it keeps
// nothing on disk.
//
// Errors   the constructor and cli() throw with what the server said.
// Lifetime the server is killed with the object.
class RedisProcess {
 public:
  explicit RedisProcess(std::vector<std::string> settings = {});

  uint16_t port() const { return port_; }
  std::string socket() const { return dir_ / "redis.sock"; }
  // redis://[WHO@]127.0.0.1:PORT[/DB]
  std::string url(const std::string& who = "", const std::string& database = "") const;
  // One command as the default user, and its answer as redis-cli shows it.
  std::string cli(const std::vector<std::string>& command) const;

  Process& process() { return *process_; }
  void kill();   // SIGKILL, and waits until it is gone
  void start();  // again, empty, on the same port

 private:
  TempDir dir_;
  const std::vector<std::string> settings_;
  uint16_t port_ = 0;
  std::optional<Process> process_;
};

// Looks every few milliseconds, for at most 20 s; false: it never became true.
bool becomes_true(const std::function<bool()>& condition);

}  // namespace mpim::testing
