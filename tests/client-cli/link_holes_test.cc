// What a link does about entries that are missing, that wait, and that will not come.
#include <catch2/catch.hpp>
#include <future>

#include "tests/client-cli/link_client.h"

namespace mpim::chat {
namespace {

using testing::Client;
using testing::FakeConnection;
using testing::FakeServer;
using testing::id;
using testing::message;
using testing::quick;

}  // namespace

TEST_CASE("a missing entry is asked for, and shown in its place", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say(message(1, "a") + message(4, "d"));
  REQUIRE(wire.request() == "PULL 1000 conv=7 after=1");
  SECTION("and comes") {
    wire.say(message(2, "b") + message(3, "c") + "+OK pull_done count=2\n");
    REQUIRE(client.hears("4:d"));
    CHECK(client.shown() == std::vector<std::string>{"1:a", "2:b", "3:c", "4:d"});
  }
  SECTION("and is not there for us") {
    wire.say("+OK pull_done count=0\n");
    REQUIRE(client.hears("4:d"));
    CHECK(client.shown() == std::vector<std::string>{"1:a", "4:d"});
  }
}

TEST_CASE("a missing entry that is refused for now is asked for again", "[client-cli][G16][M49]") {
  const char* const refusal = GENERATE("-ERR BUSY another PULL is under way\n",
                                       "-ERR UNAVAILABLE the store is away retry_ms=1\n");
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  const auto pull = [&] {
    while (true) {
      std::string line = wire.line();
      if (!line.starts_with("ACK ")) return line;
      CHECK(line == "ACK " + id(1));
      wire.say("+OK\n");
    }
  };
  wire.say(message(1, "a") + message(4, "d"));
  for (int time = 0; time < 3; ++time) {
    REQUIRE(pull() == "PULL 1000 conv=7 after=1");
    wire.say(refusal);
  }
  REQUIRE(pull() == "PULL 1000 conv=7 after=1");
  CHECK(client.shown() == std::vector<std::string>{"1:a"});
  wire.say(message(2, "b") + message(3, "c") + "+OK pull_done count=2\n");
  REQUIRE(client.hears("4:d"));
  CHECK(client.shown() == std::vector<std::string>{"1:a", "2:b", "3:c", "4:d"});
}

TEST_CASE("a missing entry that is refused for good is told as a gap", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say(message(1, "a") + message(4, "d"));
  REQUIRE(wire.request() == "PULL 1000 conv=7 after=1");
  wire.say("-ERR NOT_FOUND this is not yours\n");
  REQUIRE(client.hears("4:d"));
  CHECK(client.hears("gap 2"));
}

TEST_CASE("a gap that the server names is told and passed over", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say("NOTICE kind=gap conv=7 from=0 to=200 text=\"see history\"\n" + message(201, "x"));
  REQUIRE(client.hears("201:x"));
  CHECK(client.hears("gap 200"));
}

TEST_CASE("entries wait until whoever shows them is ready", "[client-cli]") {
  FakeServer server;
  LinkOptions options = quick(server);
  options.ack_count = 1;
  Client client(options);
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  client.on_loop([&] { client.link().hold(); });
  std::promise<void> answered;
  client.on_loop(
      [&] { client.link().ask("PING", [&](const Result<Answer>&) { answered.set_value(); }); });
  CHECK(wire.line() == "PING");
  wire.say(message(1, "a") + "+OK pong\n");
  answered.get_future().get();
  CHECK(client.shown().empty());
  client.on_loop([&] { client.link().release(); });
  CHECK(client.shown() == std::vector<std::string>{"1:a"});
  CHECK(wire.line() == "ACK " + id(1));
}

TEST_CASE("a gap waits in its place among the entries", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  std::promise<void> answered;
  client.on_loop([&] {
    client.link().hold();
    client.link().ask("PING", [&](const Result<Answer>&) { answered.set_value(); });
  });
  CHECK(wire.line() == "PING");
  wire.say(message(1, "a") + "NOTICE kind=gap conv=7 from=1 to=9 text=\"see history\"\n" +
           message(10, "j") + "+OK pong\n");
  answered.get_future().get();
  client.on_loop([&] { client.link().release(); });
  const std::vector<std::string> told = client.told();
  CHECK(std::vector(told.end() - 3, told.end()) ==
        std::vector<std::string>{"1:a", "gap 8", "10:j"});
}

TEST_CASE("nothing is asked for while entries are held", "[client-cli][M49]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say(message(1, "a"));
  CHECK(wire.line() == "ACK " + id(1));
  wire.say("+OK\n");
  REQUIRE(client.hears("1:a"));
  client.on_loop([&] { client.link().hold(); });
  client.send("mine");
  CHECK(wire.line().starts_with("SEND "));
  wire.say("+OK msg_id=" + id(4) + " seq=4\n");
  REQUIRE(client.hears("sent mine seq=4"));
  CHECK_FALSE(wire.speaks(std::chrono::milliseconds(100)));
  client.on_loop([&] { client.link().release(); });
  CHECK(wire.request() == "PULL 1000 conv=7 after=1");
}

}  // namespace mpim::chat
