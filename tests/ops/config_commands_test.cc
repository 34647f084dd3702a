#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

TEST_CASE("config init writes a file that is valid, and replaces none unasked", "[ops]") {
  const CtlRoom room;
  const std::string file = room.path("mpimd.toml");
  REQUIRE(room.ctl({"config", "init"}).exit_code == 0);
  CHECK(room.ctl({"config", "validate"}).exit_code == 0);
  room.write_file("mpimd.toml", "# mine\n");
  const Finished again = room.ctl({"config", "init"});
  CHECK(again.exit_code == 6);
  CHECK_THAT(again.err, Catch::Contains("--force"));
  CHECK(room.read_file("mpimd.toml") == "# mine\n");
  CHECK(room.ctl({"config", "init", "--force"}).exit_code == 0);
  CHECK(room.read_file("mpimd.toml") != "# mine\n");
}

TEST_CASE("config set changes one setting and keeps the others", "[ops]") {
  const CtlRoom room;
  room.write_file("mpimd.toml", "[server]\nworkers = 3\n[auth]\nregister_open = false\n");
  REQUIRE(room.ctl({"config", "set", "log.level", "debug"}).exit_code == 0);
  CHECK(room.ctl({"config", "get", "log.level"}).out == "debug\n");
  CHECK(room.ctl({"config", "get", "server.workers"}).out == "3\n");
  CHECK(room.ctl({"config", "get", "auth.register_open"}).out == "false\n");
}

TEST_CASE("a value out of bounds changes nothing", "[ops]") {
  const CtlRoom room;
  room.write_file("mpimd.toml", "[server]\nworkers = 3\n");
  const Finished refused = room.ctl({"config", "set", "server.workers", "9999"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("server.workers"));
  CHECK(room.read_file("mpimd.toml") == "[server]\nworkers = 3\n");
}

TEST_CASE("config set without a file says how to get one", "[ops]") {
  const CtlRoom room;
  const Finished refused = room.ctl({"config", "set", "server.workers", "2"});
  CHECK(refused.exit_code == 5);
  CHECK_THAT(refused.err, Catch::Contains("config init"));
}

TEST_CASE("config validate names file, line and the nearest setting", "[ops]") {
  const CtlRoom room;
  room.write_file("bad.toml", "[server]\n\nworkerz = 3\n");
  const Finished refused = room.ctl({"config", "validate", "bad.toml"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("bad.toml:3: "));
  CHECK_THAT(refused.err, Catch::Contains("server.workers"));
  CHECK(room.ctl({"config", "validate", "missing.toml"}).exit_code == 5);
}

TEST_CASE("a setting is looked for in the file, then the environment, then flags", "[ops]") {
  const CtlRoom room;
  std::filesystem::create_directories(room.path(".config/mpim"));
  room.write_file(".config/mpim/mpimd.toml", "[data]\ndir = \"/from/user/file\"\n");
  CHECK(room.ctl({"config", "get", "data.dir"}).out == "/from/user/file\n");
  room.write_file("mpimd.toml", "[data]\ndir = \"/from/project/file\"\n");
  CHECK(room.ctl({"config", "get", "data.dir"}).out == "/from/project/file\n");
  auto options = room.options();
  options.environment["MPIM_DATA_DIR"] = "/from/environment";
  CHECK(room.ctl({"config", "get", "data.dir"}, options).out == "/from/environment\n");
  CHECK(room.ctl({"config", "get", "data.dir", "--data-dir", "/from/flag"}, options).out ==
        "/from/flag\n");
}

TEST_CASE("a misspelt setting is answered with the nearest one", "[ops]") {
  const CtlRoom room;
  const Finished refused = room.ctl({"config", "get", "server.wrokers"});
  CHECK(refused.exit_code == 5);
  CHECK_THAT(refused.err, Catch::Contains("server.workers"));
}

TEST_CASE("passwords in settings are shown to who asks for them only", "[ops]") {
  const CtlRoom room;
  const std::string url = "mysql://mpim:s3cret@db.example.org:3306/mpim";
  const std::string file = room.path("mpimd.toml");
  REQUIRE(room.ctl({"config", "init"}).exit_code == 0);
  const Finished set = room.ctl({"config", "set", "store.url", url});
  CHECK(set.exit_code == 0);
  CHECK_THAT(set.out + set.err, !Catch::Contains("s3cret"));
  using std::filesystem::perms;
  CHECK((std::filesystem::status(file).permissions() & (perms::group_all | perms::others_all)) ==
        perms::none);
  CHECK(room.ctl({"config", "get", "store.url"}).out ==
        "mysql://mpim:***@db.example.org:3306/mpim\n");
  CHECK_THAT(room.ctl({"config", "show"}).out, !Catch::Contains("s3cret"));
  CHECK(room.ctl({"config", "get", "store.url", "--reveal"}).out == url + "\n");
  const Finished refused = room.ctl({"config", "set", "redis.url", "http://:s3cret@x"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, !Catch::Contains("s3cret"));
}

TEST_CASE("a password comes from stdin, and stands in no list of processes", "[ops][X15]") {
  const CtlRoom room;
  REQUIRE(room.ctl({"config", "init"}).exit_code == 0);
  auto piped = room.options();
  piped.input = "mysql://mpim:s3cr@et@db.example.org:3306/mpim\n";
  const Finished set = room.ctl({"config", "set", "store.url", "-"}, piped);
  CHECK(set.exit_code == 0);
  CHECK_THAT(set.out + set.err, !Catch::Contains("s3cr") && !Catch::Contains("et@"));
  CHECK(room.ctl({"config", "get", "store.url", "--reveal"}).out == piped.input);
  // What is given as an argument all the same is written over before anything else is done.
  auto open = room.options();
  open.keep_input = true;
  Process copy(program_path("mpimctl"),
               {"db", "copy", "--from=mysql://mpim:s3cr@et@127.0.0.1:1/x", "--to",
                "mysql://mpim@127.0.0.1:1/y", "--password-stdin"},
               open);
  const auto seen = [&] {
    std::ifstream file("/proc/" + std::to_string(copy.pid()) + "/cmdline", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (seen().find("mysql://mpim:*******@127") == std::string::npos &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  CHECK_THAT(seen(),
             Catch::Contains("copy") && !Catch::Contains("s3cr") && !Catch::Contains("et@"));
  CHECK(copy.running());
}

TEST_CASE("a settings file that is changed still belongs to its service", "[ops]") {
  const CtlRoom room;
  REQUIRE(room.ctl({"config", "init"}).exit_code == 0);
  const std::string file = room.path("mpimd.toml");
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  constexpr uid_t kService = 65534;
  const bool root = ::geteuid() == 0 && ::chown(file.c_str(), kService, kService) == 0;
  REQUIRE(room.ctl({"config", "set", "store.url", "mysql://mpim:pw@db/mpim"}).exit_code == 0);
  struct stat now {};
  REQUIRE(::stat(file.c_str(), &now) == 0);
  CHECK((now.st_mode & 0777) == 0640);
  CHECK(now.st_uid == (root ? kService : ::geteuid()));
}

TEST_CASE("an address of a database is whole, or refused before a node starts", "[ops]") {
  const CtlRoom room;
  for (const char* const wrong : {"mysql://", "mysql://mpim@db", "mysql://mpim:pw@db:3306/",
                                  "mysql://db/mpim", "mysql://mpim@/?socket=/run/mysqld.sock"}) {
    CAPTURE(wrong);
    room.write_file("bad.toml", std::string("[store]\nurl = \"") + wrong + "\"\n");
    const Finished refused = room.ctl({"config", "validate", "bad.toml"});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, Catch::Contains("store.url") && Catch::Contains("/DATABASE"));
  }
  room.write_file("good.toml", "[store]\nurl = \"mysql://mpim@/mpim?socket=/run/mysqld.sock\"\n");
  CHECK(room.ctl({"config", "validate", "good.toml"}).exit_code == 0);
}

TEST_CASE("config show lists every setting as JSON too", "[ops]") {
  const CtlRoom room;
  const auto items = room.ask({"config", "show"});
  REQUIRE(items.size() > 30);
  CHECK(items.at(0).at("name") == "admin.body_bytes_max");
}
