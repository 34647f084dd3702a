#include "client-cli/link/link.h"

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

std::string cid_of(const std::string& line) { return line.substr(line.find(" cid=")); }

}  // namespace

TEST_CASE("a link logs in with ack=client and acknowledges in one line", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  CHECK(wire.welcome() == "LOGIN alice \"secret pw\" device=default ack=client sync=auto");
  REQUIRE(client.hears("first"));
  wire.say(message(1, "a") + message(2, "b") + message(3, "c"));
  CHECK(wire.line() == "ACK " + id(3));
  CHECK(client.shown() == std::vector<std::string>{"1:a", "2:b", "3:c"});
}

TEST_CASE("thirty-two entries are acknowledged without waiting", "[client-cli]") {
  FakeServer server;
  LinkOptions options = quick(server);
  options.ack_after = Millis(3'600'000);
  Client client(options);
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  for (uint64_t seq = 1; seq <= 33; ++seq) wire.say(message(seq, "x"));
  CHECK(wire.line() == "ACK " + id(32));
}

TEST_CASE("a connection cut in the middle of a line loses nothing and repeats nothing",
          "[client-cli][G16][M49]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome("t1");
  wire.say(message(1, "a") + message(2, "b") + message(3, "c"));
  REQUIRE(client.hears("3:c"));
  wire.say(message(4, "d").substr(0, 40));
  wire.cut();
  FakeConnection again = server.accept();
  CHECK(again.welcome("t2") == "AUTH t1 ack=client sync=auto");
  again.say(message(2, "b") + message(3, "c") + message(4, "d") + message(5, "e"));
  REQUIRE(client.hears("5:e"));
  CHECK(client.shown() == std::vector<std::string>{"1:a", "2:b", "3:c", "4:d", "5:e"});
  CHECK(again.line() == "ACK " + id(5));
}

TEST_CASE("a send whose answer was lost is sent again under the same client id",
          "[client-cli][G16][M48]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  client.send("one");
  client.send("two");
  const std::string first = wire.request();
  CHECK(first.starts_with("SEND @bob \"one\" cid="));
  wire.cut();
  FakeConnection again = server.accept();
  again.welcome();
  const std::string repeated = again.request();
  CHECK(repeated == first);
  again.say("+OK msg_id=" + id(1) + " seq=1 dup=1\n");
  const std::string second = again.request();
  CHECK(second.starts_with("SEND @bob \"two\" cid="));
  CHECK(cid_of(second) != cid_of(first));
  again.say("+OK msg_id=" + id(2) + " seq=2\n");
  REQUIRE(client.hears("sent two seq=2"));
  CHECK(client.hears("sent one seq=1 dup"));
}

TEST_CASE("what is typed while offline is sent when the connection is back", "[client-cli][G16]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  client.on_loop([&] { client.link().disconnect(); });
  client.send("later");
  client.on_loop([&] { client.link().reconnect(); });
  FakeConnection again = server.accept();
  again.welcome();
  CHECK(again.request().starts_with("SEND @bob \"later\""));
}

TEST_CASE("a refusal for now is repeated, and nothing overtakes it", "[client-cli][M53]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  client.send("one");
  client.send("two");
  const std::string first = wire.request();
  wire.say("-ERR BUSY the queue is full retry_ms=1\n");
  CHECK(wire.request() == first);
  wire.say("+OK msg_id=" + id(1) + " seq=1\n");
  CHECK(wire.request().find("two") != std::string::npos);
  wire.say("-ERR NOT_FOUND there is no bob\n");
  CHECK(client.hears("refused two NOT_FOUND"));
}

TEST_CASE("a refused token falls back to the password", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start(false, {"alice", "pw", "old", "phone"});
  FakeConnection wire = server.accept();
  wire.say("+OK welcome fake\n");
  CHECK(wire.line() == "AUTH old ack=client sync=auto");
  wire.say("-ERR BAD_TOKEN it was revoked\n");
  CHECK(wire.line() == "LOGIN alice \"pw\" device=phone ack=client sync=auto");
  wire.say("+OK uid=1001 pending=0 unread=0 token=t epoch=e\n");
  CHECK(client.hears("online"));
}

TEST_CASE("what is refused for good is not tried again", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  SECTION("a wrong password") {
    wire.say("+OK welcome fake\n");
    wire.line();
    wire.say("-ERR BAD_CREDENTIALS the name or the password is wrong\n");
    REQUIRE(client.hears("stopped BAD_CREDENTIALS"));
  }
  SECTION("this device is logged in elsewhere") {
    wire.welcome();
    wire.say("NOTICE kind=closing code=REPLACED text=\"elsewhere\"\n");
    wire.cut();
    REQUIRE(client.hears("stopped REPLACED"));
  }
  CHECK_FALSE(server.is_called(std::chrono::milliseconds(100)));
}

TEST_CASE("a server that is going down is called again", "[client-cli][G16]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say("NOTICE kind=closing code=DRAINING text=\"back soon\"\n");
  wire.cut();
  server.accept().welcome();
  CHECK(client.hears("again"));
}

TEST_CASE("who is sent away with a crowd comes back at a random moment", "[client-cli][X12]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say("NOTICE kind=closing code=DRAINING window_ms=60000000 text=\"back soon\"\n");
  wire.cut();
  REQUIRE(client.hears("waiting"));
  Millis pause{};
  client.on_loop([&] { pause = client.link().status().retry_in; });
  CHECK(pause > quick(server).retry_last);
  CHECK(pause <= Millis(60'000'000));
}

// Skipped, the entries would be acknowledged too, and never come again.
TEST_CASE("replies find their requests in order, whatever comes between", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  std::promise<std::string> groups;
  std::promise<std::string> pong;
  client.on_loop([&] {
    client.link().ask("GROUPS", [&](const Result<Answer>& answer) {
      groups.set_value(answer.ok() ? answer->rows.at(1).fields.text("name") : "refused");
    });
    client.link().ask("PING", [&](const Result<Answer>& answer) {
      pong.set_value(std::string(answer.ok() ? answer->ok.head() : "refused"));
    });
  });
  wire.say(message(1, "a") + "+OK groups count=2\nGROUP id=1 name=\"x\"\n" + message(2, "b") +
           "GROUP id=2 name=\"y\"\n+OK pong\n");
  CHECK(groups.get_future().get() == "y");
  CHECK(pong.get_future().get() == "pong");
}

TEST_CASE("a request that the connection loses is answered", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  REQUIRE(client.hears("first"));
  std::promise<Code> code;
  client.on_loop([&] {
    client.link().ask("UNREAD", [&](const Result<Answer>& answer) {
      code.set_value(answer.ok() ? Code::kInternal : answer.error().code);
    });
  });
  wire.cut();
  CHECK(code.get_future().get() == Code::kUnavailable);
}

TEST_CASE("nothing of one user is sent or hidden in the name of another", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  wire.say(message(1, "a"));
  REQUIRE(client.hears("1:a"));
  client.on_loop([&] { client.link().disconnect(); });
  client.send("private");
  client.start(false, {"bob", "pw", "", "default"});
  FakeConnection again = server.accept();
  again.welcome();
  again.say(message(1, "a"));
  CHECK(client.hears("1:a", 2));
  CHECK(client.hears("refused private NOT_LOGGED_IN"));
}

TEST_CASE("a server that has gone quiet is left", "[client-cli][G15]") {
  FakeServer server;
  LinkOptions options = quick(server);
  options.quiet_max = Millis(20);
  options.pong_max = Millis(20);
  Client client(options);
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome();
  CHECK(wire.line() == "PING");
  server.accept().welcome();
  CHECK(client.hears("again"));
}

TEST_CASE("a new account is made, then used with client acknowledgements", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start(true);
  {
    FakeConnection wire = server.accept();
    wire.say("+OK welcome fake\n");
    CHECK(wire.line() == "REGISTER alice \"secret pw\"");
    wire.say("+OK uid=1001 pending=0 unread=0 token=fresh epoch=e1\n");
    CHECK(wire.line().empty());
  }
  CHECK(server.accept().welcome() == "AUTH fresh ack=client sync=auto");
  CHECK(client.hears("first"));
}

TEST_CASE("after a restore the same places are other messages", "[client-cli]") {
  FakeServer server;
  Client client(quick(server));
  client.start();
  FakeConnection wire = server.accept();
  wire.welcome("t", "e1");
  wire.say(message(1, "a") + message(2, "b"));
  REQUIRE(client.hears("2:b"));
  wire.cut();
  FakeConnection again = server.accept();
  again.welcome("t", "e2");
  again.say(message(2, "other"));
  CHECK(client.hears("2:other"));
  CHECK(client.hears("restored"));
}

// What comes while it is held would count as not there, and be skipped.

}  // namespace mpim::chat
