// `mpimctl dev` with real nodes that it starts itself.
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

namespace {

constexpr std::chrono::seconds kPatience{60};

// Ends whatever `dev up` left running in the room.
class DevRoom : public CtlRoom {
 public:
  ~DevRoom() { (void)ctl({"dev", "down"}); }
  std::vector<std::string> up(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"dev",  "up",          "--line", "127.0.0.1:0",
                                   "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

// Somebody else's listener on a free port.
class TakenPort {
 public:
  TakenPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(listen(fd_, 1) == 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  ~TakenPort() { close(fd_); }
  const std::string& address() const { return address_; }

 private:
  int fd_;
  std::string address_;
};

}  // namespace

TEST_CASE("a local node is started, found running, stopped and reset", "[ops]") {
  const DevRoom room;
  const auto started = room.ask(room.up());
  CHECK(started.at("state") == "started");
  CHECK(started.at("dataDir") == room.data_dir());
  CHECK(std::filesystem::exists(room.path("state/mpim/dev.json")));

  const auto again = room.ask(room.up());
  CHECK(again.at("state") == "already running");
  CHECK(again.at("pid") == started.at("pid"));
  const auto status = room.ask({"dev", "status"});
  CHECK(status.at("state") == "running");
  CHECK(status.at("line") == started.at("line"));
  CHECK(room.ask({"user", "ls"}).size() == 3);
  CHECK(room.ask({"group", "ls"}).at(0).at("name") == "lobby");

  CHECK(room.ask({"dev", "down"}).at("state") == "stopped");
  CHECK(room.ask({"dev", "down"}).at("state") == "not running");
  CHECK(room.ctl({"dev", "status"}).exit_code == 7);

  const auto plan = room.ask({"dev", "reset", "--dry-run"});
  REQUIRE_FALSE(plan.empty());
  CHECK(std::filesystem::exists(room.path("state/mpim/mpim.db")));
  CHECK(room.ask({"dev", "reset", "--yes"}) == plan);
  CHECK_FALSE(std::filesystem::exists(room.data_dir()));
}

TEST_CASE("dev up says what to type next, with the addresses in it", "[ops]") {
  const DevRoom room;
  const Finished up = room.ctl(room.up());
  REQUIRE(up.exit_code == 0);
  const auto status = room.ask({"dev", "status"});
  const std::string http = status.at("http");
  const std::string line = status.at("line");
  CHECK_THAT(up.out, Catch::Contains("demo-alice") && Catch::Contains("demo-carol"));
  CHECK_THAT(up.out, Catch::Contains("--as alice --to bob") && Catch::Contains("--server " + line));
  CHECK_THAT(up.out, Catch::Contains("http://" + http + "/healthz"));
  CHECK_THAT(up.out, Catch::Contains("nc 127.0.0.1 " + line.substr(line.rfind(':') + 1)));
}

TEST_CASE("a second start keeps what the first one made", "[ops]") {
  const DevRoom room;
  REQUIRE(room.ctl(room.up()).exit_code == 0);
  const auto users = room.ask({"user", "ls"});
  REQUIRE(room.ctl({"dev", "down"}).exit_code == 0);
  REQUIRE(room.ctl(room.up()).exit_code == 0);
  CHECK(room.ask({"user", "ls"}) == users);
  CHECK(room.ask({"group", "ls"}).size() == 1);
}

TEST_CASE("no demo users where none are wanted", "[ops]") {
  const DevRoom room;
  REQUIRE(room.ctl(room.up({"--no-demo"})).exit_code == 0);
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("a port in use is named, with a way out, and nothing is left running", "[ops]") {
  const DevRoom room;
  const TakenPort taken;
  const Finished refused = room.ctl(
      {"dev", "up", "--line", taken.address(), "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0"});
  CHECK(refused.exit_code == 7);
  CHECK_THAT(refused.err, Catch::Contains(taken.address() + " is in use"));
  CHECK_THAT(refused.err, Catch::Contains("--line 127.0.0.1:0"));
  CHECK(room.ctl({"dev", "status"}).exit_code == 7);
}

TEST_CASE("a node that cannot start says why in its own words", "[ops]") {
  const DevRoom room;
  room.write_file("mpimd.toml", "[store]\nreaders = 1\n");
  room.write_file("state", "a file where a directory should be");
  const Finished refused = room.ctl(room.up());
  CHECK(refused.exit_code == 7);
  CHECK_THAT(refused.err, Catch::Contains("state/mpim"));
}

TEST_CASE("in the foreground the node ends with Ctrl-C, in order", "[ops]") {
  const DevRoom room;
  Process up(program_path("mpimctl"), room.up({"--foreground"}), room.options());
  REQUIRE(up.wait_for_text("Health and metrics", kPatience));
  const auto status = room.ask({"dev", "status"});
  const auto server = static_cast<pid_t>(std::stoi(status.at("pid").get<std::string>()));
  up.signal(SIGINT);
  const Finished done = up.finish(kPatience);
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.err, Catch::Contains("stopping mpimd"));
  CHECK(kill(server, 0) != 0);
  CHECK(room.ctl({"dev", "status"}).exit_code == 7);
}

TEST_CASE("a node in the foreground does not outlive an mpimctl that was killed", "[ops]") {
  const DevRoom room;
  Process up(program_path("mpimctl"), room.up({"--foreground"}), room.options());
  REQUIRE(up.wait_for_text("Health and metrics", kPatience));
  up.signal(SIGKILL);
  // The server has mpimctl's stderr: when that is closed, both are gone.
  CHECK_FALSE(up.wait_for_text("text that nobody writes", kPatience));
  CHECK(room.ctl({"dev", "status"}).exit_code == 7);
}

TEST_CASE("reset deletes nothing that is not mpim's", "[ops]") {
  const DevRoom room;
  std::filesystem::create_directories(room.data_dir());
  room.write_file("state/mpim/mpim.db", "");
  room.write_file("state/mpim/thesis.txt", "years of work");
  const Finished done = room.ctl({"dev", "reset", "--yes"});
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.err, Catch::Contains("thesis.txt"));
  CHECK(room.read_file("state/mpim/thesis.txt") == "years of work");
  CHECK_FALSE(std::filesystem::exists(room.path("state/mpim/mpim.db")));
}

TEST_CASE("reset refuses a directory without a database in it", "[ops]") {
  const DevRoom room;
  std::filesystem::create_directories(room.path("somewhere"));
  room.write_file("somewhere/lock", "of another program");
  const Finished refused =
      room.ctl({"dev", "reset", "--yes", "--data-dir", room.path("somewhere")});
  CHECK(refused.exit_code == 6);
  CHECK(std::filesystem::exists(room.path("somewhere/lock")));
}
