// A server whose MySQL cannot be used says what is wrong with it, and what mends it.
#include <catch2/catch.hpp>

#include "tests/support/mariadb_process.h"
#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr int kUsage = 2;
constexpr int kUnreachable = 7;
constexpr int kVersion = 9;

Finished run_with(const char* program, const std::string& store, const TempDir& directory,
                  std::vector<std::string> flags) {
  StartOptions options;
  options.environment["MPIM_STORE_URL"] = store;
  options.environment["MPIM_DATA_DIR"] = directory / "data";
  return run(program_path(program), flags, options);
}

Finished start_on(const std::string& store) {
  const TempDir directory;
  return run_with("mpimd", store, directory,
                  {"--line", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0",
                   "--admin-socket", directory / "admin.sock"});
}

void require_refused(const Finished& end, int exit_code, const std::vector<std::string>& words) {
  INFO(end.err);
  REQUIRE_FALSE(end.timed_out);
  REQUIRE(end.exit_code == exit_code);
  REQUIRE(end.out.empty());
  for (const std::string& word : words) REQUIRE(end.err.find(word) != std::string::npos);
  REQUIRE(end.err.find("s3cret") == std::string::npos);
}

}  // namespace

TEST_CASE("an address that is none of a database is a usage error", "[system][O31]") {
  require_refused(start_on("postgres://x"), kUsage, {"store.url", "mysql://"});
  require_refused(start_on("mysql://mpim:s3cret@127.0.0.1:99999/mpim"), kUsage, {"port"});
  require_refused(start_on("mysql://mpim:s3cret@127.0.0.1"), kUsage, {"/DATABASE"});
}

TEST_CASE("a MySQL that refuses is told with what mends it", "[system][M56]") {
  MariadbProcess& server = shared_mariadb();
  const std::string database = server.make_database();
  require_refused(start_on(server.url_by_port("mpim", "s3cret", database)), kUnreachable,
                  {"Access denied", "user and password in store.url"});
  require_refused(start_on(server.url("nothing_here")), kUnreachable, {"CREATE DATABASE"});
  require_refused(start_on("mysql://root@127.0.0.1:1/mpim"), kUnreachable, {"is it running"});
  server.sql("CREATE DATABASE latin CHARACTER SET latin1");
  require_refused(start_on(server.url("latin")), kUnreachable, {"latin1", "utf8mb4"});
  server.sql("SET GLOBAL read_only = 1");
  require_refused(start_on(server.url(database)), kUnreachable, {"read-only", "primary"});
  server.sql("SET GLOBAL read_only = 0");
}

TEST_CASE("a MySQL with another schema is refused with the command that mends it",
          "[system][M56]") {
  MariadbProcess& server = shared_mariadb();
  const std::string database = server.make_database();
  require_refused(start_on(server.url(database)), kVersion, {"mpimctl db migrate"});
  const TempDir directory;
  const Finished made = run_with("mpimctl", server.url(database), directory, {"db", "migrate"});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  server.sql("INSERT INTO " + database + ".schema_version (version, name) VALUES (9999, 'later')");
  require_refused(start_on(server.url(database)), kVersion, {"9999", "newer mpim"});
}

}  // namespace mpim::testing
