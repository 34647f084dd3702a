#include "server/gateway/connection/connection.h"

#include "tests/gateway/gateway_rig.h"

namespace mpim {
namespace {

bool all_gone(GatewayRig& rig) {
  return comes_true(rig.loop, [&] { return rig.gateway.connections() == 0; });
}

TEST_CASE("QUIT is answered, then the connection closes", "[gateway][G1]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("PING\nQUIT\nPING\n");
  CHECK(client.rest() == "+OK pong\n+OK bye\n");
  CHECK(all_gone(rig));
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.gone; }) == 1);
}

TEST_CASE("a half-closed client gets all its answers, then the end", "[gateway][G1]") {
  GatewayRig rig;
  ClientSocket client = rig.client();
  client.send("LOGIN alice secret12\nSEND 1002 one\nPING\n");
  client.half_close();
  REQUIRE(rig.held(1));
  CHECK(ask(rig.loop, [&] { return rig.gateway.connections(); }) == 1);
  ask(rig.loop, [&] { return rig.dispatcher.answer_sent(0, 1), 0; });
  const std::string answers = client.rest();
  CHECK(answers.starts_with("+OK uid=1001"));
  CHECK(answers.ends_with("seq=1\n+OK pong\n"));
  CHECK(all_gone(rig));
}

TEST_CASE("answers that come back for a dead connection are dropped", "[gateway][G5][G50]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("SEND 1002 one\nSEND 1002 two\n");
  REQUIRE(rig.held(2));
  // Somebody still holds the connection: the answer finds it, and it is gone.
  const PeerPtr kept = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  client.reset();
  REQUIRE(all_gone(rig));
  ask(rig.loop, [&] {
    rig.dispatcher.answer_sent(0, 1);
    LiveEntry live(entry_of_bytes(1, 10));
    kept->push(live, false);
    kept->close({Code::kReplaced, "too late"});
    return 0;
  });
  CHECK(kept->gone());
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.gone; }) == 1);
  CHECK(rig.admission.open() == 0);
}

TEST_CASE("a closed connection says why, after everything that was queued", "[gateway][G30]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  const PeerPtr peer = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  client.send("SEND 1002 one\n");
  REQUIRE(rig.held(1));
  ask(rig.loop, [&] {
    LiveEntry live(entry_of_bytes(1, 10));
    peer->push(live, false);
    peer->close({Code::kReplaced, "this device logged in elsewhere"});
    CHECK_FALSE(peer->gone());  // never inside the call
    CHECK(peer->congested());
    // What comes now is not queued, and can never count as received.
    LiveEntry late(entry_of_bytes(2, 10));
    CHECK(peer->push(late, false) > peer->push(live, false) - 1);
    return 0;
  });
  const std::string said = client.rest();
  CHECK(said.find(" seq=1 ") != std::string::npos);
  CHECK(said.find(" seq=2 ") == std::string::npos);
  CHECK(said.find("NOTICE kind=closing code=REPLACED") != std::string::npos);
  CHECK(all_gone(rig));
}

TEST_CASE("a closed connection answers each request it has taken", "[gateway][G1][G30]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  const PeerPtr peer = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  client.send("SEND 1002 one\nGROUPS\nSEND 1002 two\n");
  REQUIRE(rig.held(1));
  REQUIRE(client.silent(50));
  ask(rig.loop, [&] { return peer->close({Code::kReplaced, "logged in again"}), 0; });
  REQUIRE(client.silent(50));
  ask(rig.loop, [&] { return rig.dispatcher.answer_sent(0, 1), 0; });
  CHECK(client.line()->starts_with("+OK msg_id="));
  CHECK(client.line() == "-ERR REPLACED logged in again");  // was never started
  CHECK(client.line() == "-ERR REPLACED logged in again");
  CHECK(client.line()->starts_with("NOTICE kind=closing code=REPLACED"));
  CHECK(client.rest().empty());
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.held.size(); }) == 1);
  CHECK(all_gone(rig));
}

TEST_CASE("what went wrong inside the server is not told to strangers", "[gateway][G49]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("SEND 1002 one\nSEND 1002 two\nSEND 1002 three\nSEND 1002 four\n");
  REQUIRE(rig.held(4));
  const auto fails = [&](size_t which, Code code) {
    ask(rig.loop, [&] {
      rig.dispatcher.answer(which, Error{code, "database /home/mpim/mpim.db: full", 7});
      return 0;
    });
    return *client.line();
  };
  CHECK(fails(0, Code::kUnavailable).find("/home") == std::string::npos);
  CHECK(fails(1, Code::kUnknown).find("/home") == std::string::npos);
  CHECK(fails(2, Code::kInternal).find("/home") == std::string::npos);
  CHECK(fails(3, Code::kUnavailable).ends_with(" retry_ms=7"));
}

TEST_CASE("a connection that closes does not wait for ever for a peer that does not read",
          "[gateway]") {
  GatewayOptions options;
  options.linger = Millis(100);
  GatewayRig rig(options);
  ClientSocket deaf = rig.logged_in_client(4'096);
  const PeerPtr peer = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  REQUIRE(comes_true(rig.loop, [&, seq = uint64_t{0}]() mutable {
    for (int i = 0; i < 64 && !peer->congested(); ++i) {
      LiveEntry live(entry_of_bytes(++seq, 4'000));
      peer->push(live, false);
    }
    return peer->congested();
  }));
  ask(rig.loop, [&] { return peer->close({Code::kReplaced, "gone"}), 0; });
  CHECK(all_gone(rig));
}

TEST_CASE("draining answers what was accepted, says so, and closes", "[gateway][G8]") {
  GatewayRig rig;
  ClientSocket busy = rig.logged_in_client();
  ClientSocket idle = rig.logged_in_client();
  busy.send("SEND 1002 one\n");
  REQUIRE(rig.held(1));
  std::promise<void> drained;
  ask(rig.loop, [&] { return rig.gateway.drain(Millis(20'000), [&] { drained.set_value(); }), 0; });
  CHECK(idle.rest().starts_with("NOTICE kind=closing code=DRAINING"));
  busy.send("PING\n");  // too late: not read any more
  REQUIRE(busy.silent(50));
  ask(rig.loop, [&] { return rig.dispatcher.answer_sent(0, 1), 0; });
  const std::string said = busy.rest();
  CHECK(said.starts_with("+OK msg_id="));
  CHECK(said.find("NOTICE kind=closing code=DRAINING") != std::string::npos);
  CHECK(said.find("pong") == std::string::npos);
  REQUIRE(drained.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(all_gone(rig));
  ClientSocket late(rig.address);
  CHECK(late.rest().starts_with("-ERR DRAINING "));
}

TEST_CASE("draining gives up on what is not answered in time", "[gateway][G8]") {
  GatewayRig rig;
  ClientSocket busy = rig.logged_in_client();
  busy.send("SEND 1002 one\n");
  REQUIRE(rig.held(1));
  std::promise<void> drained;
  ask(rig.loop, [&] { return rig.gateway.drain(Millis(50), [&] { drained.set_value(); }), 0; });
  REQUIRE(drained.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(all_gone(rig));
  CHECK(busy.rest().empty());
}

TEST_CASE("a gateway that is destroyed ends its connections", "[gateway]") {
  std::optional<ClientSocket> client;
  {
    GatewayRig rig;
    client.emplace(rig.logged_in_client());
  }
  CHECK(client->rest().empty());
}

}  // namespace
}  // namespace mpim
