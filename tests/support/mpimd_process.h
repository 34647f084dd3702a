// A real mpimd on free ports, for tests that talk to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace mpim::testing {

// Starts mpimd with its data in `data_dir` and waits for its ready line.
//
// Errors   the constructor stops the test program when the server does not get ready; ready() of an
//          object made with `may_fail` says whether it did.
// Lifetime the server is killed with the object; stop() ends it in order.
class MpimdProcess {
 public:
  struct Options {
    std::vector<std::string> flags;  // further ones
    bool may_fail = false;
    std::string program = "mpimd";  // or another build of it
  };
  explicit MpimdProcess(std::string data_dir);
  MpimdProcess(std::string data_dir, const Options& options);

  bool ready() const { return ready_; }
  const std::string& line() const { return line_; }    // ADDR:PORT
  const std::string& ws() const { return ws_; }        // ADDR:PORT
  const std::string& http() const { return http_; }    // ADDR:PORT
  const std::string& admin() const { return admin_; }  // path of the socket
  const std::string& data_dir() const { return data_dir_; }
  Process& process() { return process_; }

  // SIGTERM, then the end; its exit code is 0 when everything was in order.
  Finished stop();
  // SIGKILL, and waits until it is gone.
  void kill();

 private:
  std::string data_dir_;
  Process process_;
  bool ready_ = false;
  std::string line_;
  std::string ws_;
  std::string http_;
  std::string admin_;
};

}  // namespace mpim::testing
