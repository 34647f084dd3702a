// A real MariaDB of a test's own, for tests that talk to it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tests/support/process.h"

namespace mpim::testing {

// Makes an empty server in a directory of its own, on a socket in it and a free port of loopback.
// Its user is root, without a password.
//
// Errors   the constructor throws with what the server said when it does not get ready.
// Lifetime the server is killed with the object, and what it had is removed.
class MariadbProcess {
 public:
  MariadbProcess();

  const std::string& socket() const { return socket_; }
  uint16_t port() const { return port_; }
  // mysql://root@/DATABASE?socket=..., or by the port.
  std::string url(const std::string& database) const;
  std::string url_by_port(const std::string& user, const std::string& password,
                          const std::string& database) const;
  // Runs SQL as root; throws with what it says when it fails.
  std::string sql(const std::string& statements) const;
  // Asks until the answer is this one; false: it was not for `patience`.
  bool wait_for(const std::string& question, const std::string& answer,
                std::chrono::seconds patience = std::chrono::seconds(10)) const;
  // A new, empty database in utf8mb4; answers its name.
  std::string make_database();

  Process& process() { return *process_; }
  void kill();   // SIGKILL, and waits until it is gone
  void start();  // again, with the data it had

 private:
  std::string own_tmpdir() const;

  TempDir dir_;
  std::string socket_;
  uint16_t port_ = 0;
  std::optional<Process> process_;
  int databases_ = 0;
};

// The one that all tests of a program share.
MariadbProcess& shared_mariadb();

}  // namespace mpim::testing
