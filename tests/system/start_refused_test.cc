// A server that cannot start says why in one sentence, with an exit code, and harms nothing.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/open.h"
#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr int kUsage = 2;
constexpr int kUnreachable = 7;
constexpr int kVersion = 9;

// mpimd with these flags, which is expected to end by itself.
Finished start(const std::vector<std::string>& flags) { return run(program_path("mpimd"), flags); }

std::vector<std::string> flags_for(const std::string& data_dir,
                                   const std::string& line = "127.0.0.1:0") {
  return {"--data-dir",     data_dir,
          "--line",         line,
          "--ws",           "127.0.0.1:0",
          "--http",         "127.0.0.1:0",
          "--admin-socket", data_dir + "/admin.sock"};
}

void require_refused(const Finished& end, int exit_code, const std::vector<std::string>& words) {
  INFO(end.err);
  REQUIRE_FALSE(end.timed_out);
  REQUIRE(end.exit_code == exit_code);
  REQUIRE(end.out.empty());
  for (const std::string& word : words) REQUIRE(end.err.find(word) != std::string::npos);
}

// Started by root, whom modes do not stop; `program` is where nobody may reach it.
Finished start_as_nobody(const std::string& program, const std::vector<std::string>& flags) {
  std::vector<std::string> words{"--reuid=65534", "--regid=65534", "--clear-groups", program};
  words.insert(words.end(), flags.begin(), flags.end());
  return run("setpriv", words);
}

}  // namespace

TEST_CASE("a misspelt setting is told with its line and the nearest name", "[system][O31][O32]") {
  const TempDir directory;
  const std::string config = directory / "typo.toml";
  write_settings_file(config, {{"auth.argon2_pases", "1"}, {"log.level", "\"info\""}});
  for (const char* const flag : {"--config", "-c"}) {
    auto flags = flags_for(directory / "data");
    flags.insert(flags.end(), {flag, config});
    require_refused(start(flags), kUsage, {config + ":1:", "argon2_pases", "auth.argon2_passes"});
  }
  REQUIRE_FALSE(std::filesystem::exists(directory / "data"));
}

TEST_CASE("a value out of range, a file that is not there and a flag that is none are usage errors",
          "[system][O31]") {
  const TempDir directory;
  const std::string config = directory / "bad.toml";
  write_settings_file(config, {{"line.bytes_max", "1"}});
  require_refused(start({"--config", config}), kUsage, {config + ":1:", "line.bytes_max"});
  require_refused(start({"--config", directory / "nowhere.toml"}), kUsage, {"nowhere.toml"});
  require_refused(start({"--workers", "many"}), kUsage, {"workers"});
  require_refused(start({"--work", "2"}), kUsage, {"--work"});
  require_refused(start({"--line", "nonsense"}), kUsage, {"nonsense"});
  require_refused(start({"serve"}), kUsage, {"serve"});
}

TEST_CASE("a port in use is told with the address", "[system][G43]") {
  TestServer server;
  const TempDir directory;
  const Finished end = start(flags_for(directory / "data", server.address()));
  require_refused(end, kUnreachable, {server.address(), "in use", "--line"});
  std::vector<std::string> http = flags_for(directory / "data");
  http.insert(http.end(), {"--http", server.address()});
  require_refused(start(http), kUnreachable, {server.address(), "in use", "--http"});
  std::vector<std::string> ws = flags_for(directory / "data");
  ws.insert(ws.end(), {"--ws", server.address()});
  require_refused(start(ws), kUnreachable, {server.address(), "in use", "--ws"});
  LineConnection still_there = server.connect();
  nothing_else(still_there);
}

TEST_CASE("a second server on the same data directory is refused, and the first goes on",
          "[system][M59]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const Finished end =
      start({"--data-dir", server.data_dir(), "--line", "127.0.0.1:0", "--ws", "127.0.0.1:0",
             "--http", "127.0.0.1:0", "--admin-socket", server.data_dir() + "/other.sock"});
  require_refused(end, kUnreachable, {server.data_dir(), std::to_string(server.pid())});
  ok(alice, "SEND " + server.uid("bob") + " undisturbed");
}

TEST_CASE("a data directory that cannot be made is told with its path", "[system][O31]") {
  const TempDir directory;
  std::vector<std::string> flags = flags_for("/dev/null/mpim");
  flags.back() = directory / "admin.sock";
  require_refused(start(flags), kUnreachable, {"/dev/null/mpim", "data directory"});
}

TEST_CASE("a data directory that cannot be written to is told with its path", "[system][O31]") {
  const TempDir directory;
  const std::string data = directory / "data";
  std::filesystem::create_directories(data);
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(data, std::filesystem::perms(0555));
  std::vector<std::string> flags = flags_for(data);
  flags.back() = "/tmp/mpim-test-never-made.sock";
  if (::geteuid() != 0) return require_refused(start(flags), kUnreachable, {data});
  const std::string program = directory / "mpimd";
  std::filesystem::copy_file(program_path("mpimd"), program);
  std::filesystem::permissions(program, std::filesystem::perms(0755));
  require_refused(start_as_nobody(program, flags), kUnreachable, {data});
}

TEST_CASE("a database of a newer schema is refused and left as it is", "[system][M59]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  ok(alice, "SEND " + server.uid("bob") + " kept");
  server.stop();
  const std::string path = sqlite_path(server.data_dir());
  const auto set_version = [&](const char* sql) {
    auto driver = open_sqlite_driver(path);
    REQUIRE(driver.ok());
    REQUIRE((*driver)->run_script(sql).ok());
  };
  set_version("INSERT INTO schema_version (version, name) VALUES (9999, 'from the future')");
  require_refused(start(flags_for(server.data_dir())), kVersion, {"9999"});
  set_version("DELETE FROM schema_version WHERE version = 9999");
  server.start();
  LineConnection bob = server.log_in("bob", "device=fresh");
  REQUIRE(field(next_message(bob), "text") == "kept");
}

}  // namespace mpim::testing
