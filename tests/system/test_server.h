// The real mpimd of a test: its own directory, its own settings, free ports.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/line_connection.h"
#include "tests/support/mpimd_process.h"
#include "tests/support/process.h"
#include "tests/support/transcript_player.h"

namespace mpim::testing {

// Setting names and their values as TOML writes them: {"auth.attempts_max", "3"}.
using SettingTexts = std::map<std::string, std::string>;

// What every test server starts with: passwords that cost nothing and may be short.
SettingTexts cheap_settings();

// Writes a file of settings, one a line, in the order of their names.
void write_settings_file(const std::string& path, const SettingTexts& settings);

// A server on an empty directory, which is removed with it.
//
// Errors   the test fails when the server does not start.
class TestServer : public Stage {
 public:
  // `settings` go over cheap_settings(). `data_dir` is made by the caller; empty: a new one.
  explicit TestServer(const SettingTexts& settings = {}, std::string data_dir = "");
  ~TestServer() override;

  std::string address() const override { return running_->line(); }
  void restart() override;
  void kill_and_start() override;

  void start();
  // SIGTERM; the test fails unless it exits 0.
  void stop();
  // SIGTERM alone: what happens then is the test's to watch.
  Finished finish();
  void kill();

  MpimdProcess& running() { return *running_; }
  pid_t pid() { return running_->process().pid(); }
  const std::string& data_dir() const { return data_dir_; }
  const TempDir& directory() const { return directory_; }
  const std::string& config() const { return config_; }

  // A connection that was welcomed.
  LineConnection connect(const LineConnection::Options& options = {});
  // A logged-in connection of `name`, whose account is made when it is new.
  LineConnection log_in(const std::string& name, const std::string& options = "",
                        const LineConnection::Options& socket = {});
  // The user id of `name`, whose account is made when it is new. Ids start at 1001.
  const std::string& uid(const std::string& name);

  // The answer to GET `path`: head and body.
  std::string http_get(const std::string& path) const;
  double metric(std::string_view name) const;

 private:
  void look_for_reports();

  TempDir directory_;
  std::string data_dir_;
  std::string config_;
  std::map<std::string, std::string> uids_;
  std::unique_ptr<MpimdProcess> running_;
};

// Requests whose answer matters: the test fails unless it is +OK, or -ERR with this code.
std::string ok(LineConnection& connection, std::string_view request);
std::string refused(LineConnection& connection, std::string_view request, std::string_view code);
// The next MSG; the test fails when none comes.
std::string next_message(LineConnection& connection);
// The test fails unless the connection has nothing to say but what it is asked now.
void nothing_else(LineConnection& connection);

// Everything a user may see of every conversation, by PULL on a device that was never there before.
std::vector<std::string> pull_all(LineConnection& fresh_device);

// The port of its own end, by which the server names it.
uint16_t port_of(const LineConnection& connection);

// Bytes of resident memory, and seconds of processor time, of another process.
uint64_t resident_bytes(pid_t pid);
double cpu_seconds(pid_t pid);

// Whether this build watches memory or threads: then bytes and seconds say little.
constexpr bool sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

}  // namespace mpim::testing
