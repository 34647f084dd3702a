// A real ZooKeeper of a test's own, for tests that talk to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/process.h"

namespace mpim::testing {

// One server on a free port of loopback, with its data in a directory of its own. Sessions may be
// as short as kSessionMin.
// Errors   the constructor and start() throw with what the server said.
// Lifetime the server is killed with the object.
class ZookeeperProcess {
 public:
  static constexpr std::chrono::milliseconds kSessionMin{400};

  ZookeeperProcess();

  // zookeeper://127.0.0.1:PORT/mpim
  std::string url() const;
  void kill();    // SIGKILL, and waits until it is gone
  void start();   // again, with its data, on the same port
  void forget();  // while it is down: its data

 private:
  bool answers() const;

  TempDir dir_;
  uint16_t port_ = 0;
  std::optional<Process> process_;
};

}  // namespace mpim::testing
