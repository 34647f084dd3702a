// A home of its own for each test: mpimctl runs there as a process, with nothing of the machine's
// settings around it, and mpimd beside it when the test needs one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/mpimd_process.h"
#include "tests/support/process.h"

namespace mpim::testing {

class CtlRoom {
 public:
  // Starts mpimd on free ports; its socket is where mpimctl looks.
  void start_server(const std::vector<std::string>& flags = {},
                    const std::string& program = "mpimd");
  // More of its settings file, for servers that are started later.
  void settings(std::string_view toml) { settings_ = toml; }
  MpimdProcess& server() { return *server_; }
  void stop_server() { server_.reset(); }

  StartOptions options() const;
  std::string data_dir() const { return dir_ / "state/mpim"; }
  std::string path(std::string_view name) const { return dir_ / name; }
  void write_file(std::string_view name, std::string_view text) const;
  std::string read_file(std::string_view name) const;

  Finished ctl(const std::vector<std::string>& words) const { return ctl(words, options()); }
  Finished ctl(const std::vector<std::string>& words, const StartOptions& options) const;
  // Runs with -o json, requires exit code 0 and a document of the contract; answers its items, or
  // its item.
  nlohmann::json ask(std::vector<std::string> words) const;
  // Makes a user with the password `sesame-open`; answers the id.
  std::string add_user(const std::string& name) const;

 private:
  TempDir dir_;
  std::string settings_;
  std::optional<MpimdProcess> server_;
};

inline constexpr const char* kSesame = "sesame-open";

}  // namespace mpim::testing
