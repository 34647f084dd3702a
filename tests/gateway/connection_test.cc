#include "server/gateway/connection/connection.h"

#include "tests/gateway/gateway_rig.h"

namespace mpim {
namespace {

using Lines = std::vector<std::string>;

std::string sent(uint64_t seq) {
  const MessageId id(ConversationId(1), Seq(seq));
  return "+OK msg_id=" + std::to_string(id.value) + " seq=" + std::to_string(seq);
}

TEST_CASE("a connection is greeted and its PING answered", "[gateway][G8]") {
  GatewayRig rig;
  ClientSocket client = rig.client();
  client.send("PING\n");
  CHECK(client.line() == "+OK pong");
  client.send("ping\r\n");
  CHECK(client.line() == "+OK pong");
}

TEST_CASE("pipelined requests are answered in their order, however the answers come in",
          "[gateway][G1]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("SEND 1002 one\nSEND 1002 two\nPING\nSEND 1002 three\n");
  REQUIRE(rig.held(3));
  ask(rig.loop, [&] {
    rig.dispatcher.answer_sent(2, 3);
    rig.dispatcher.answer_sent(1, 2);
    return 0;
  });
  REQUIRE(client.silent(50));  // the first is not answered yet
  ask(rig.loop, [&] { return rig.dispatcher.answer_sent(0, 1), 0; });
  CHECK(client.lines(4) == Lines{sent(1), sent(2), "+OK pong", sent(3)});
}

TEST_CASE("a request that must be alone waits for those before it and holds those behind it",
          "[gateway][G1]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("SEND 1002 one\nGROUPS\nPING\nSEND 1002 two\n");
  REQUIRE(rig.held(1));
  REQUIRE(client.silent(50));
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.held.size(); }) == 1);
  ask(rig.loop, [&] { return rig.dispatcher.answer_sent(0, 1), 0; });
  CHECK(client.line() == sent(1));
  REQUIRE(rig.held(2));
  REQUIRE(client.silent(50));  // PING stands behind GROUPS
  ask(rig.loop, [&] { return rig.dispatcher.answer(1, GroupsResponse{}), 0; });
  CHECK(client.line()->starts_with("+OK groups"));
  CHECK(client.line() == "+OK pong");
  CHECK(rig.held(3));
}

TEST_CASE("sends to names are handed on side by side, in their order", "[gateway][G1]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("SEND @bob one\nSEND @Carol two\n");
  REQUIRE(rig.held(2));
  const auto key_of = [&](size_t which) {
    return ask(rig.loop, [&] {
      const auto& request = std::get<SendRequest>(rig.dispatcher.held.at(which).request);
      return std::get<UserName>(request.to).key;
    });
  };
  CHECK(key_of(0) == "bob");
  CHECK(key_of(1) == "carol");
}

TEST_CASE("no more than pipelined_max requests are under way, and none is lost", "[gateway][G44]") {
  GatewayOptions options;
  options.pipelined_max = 4;
  GatewayRig rig(options);
  ClientSocket client = rig.logged_in_client();
  std::string many;
  for (int i = 0; i < 100; ++i) many += "SEND 1002 text\n";
  client.send(many);
  REQUIRE(rig.held(4));
  REQUIRE(client.silent(50));
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.held.size(); }) == 4);
  for (size_t i = 0; i < 100; ++i) {
    REQUIRE(rig.held(i + 1));
    CHECK(ask(rig.loop, [&] { return rig.dispatcher.held.size(); }) <= i + 4);
    ask(rig.loop, [&] { return rig.dispatcher.answer_sent(i, i + 1), 0; });
    CHECK(client.line() == sent(i + 1));
  }
}

TEST_CASE("an over-long line is refused once and the connection goes on", "[gateway][G25]") {
  GatewayOptions options;
  options.line_bytes_max = 1'000;
  GatewayRig rig(options);
  ClientSocket client = rig.client();
  client.send("PING\nSEND 1002 " + std::string(1'000'000, 'x') + "\nPING\n");
  CHECK(client.line() == "+OK pong");
  CHECK(client.line()->starts_with("-ERR TOO_LARGE "));
  CHECK(client.line() == "+OK pong");
}

TEST_CASE("bad requests get one clear error each, in order", "[gateway][G25][G49]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("FROB\nSEND\nSEND 99999999999999999999 hi\nPING\n");
  CHECK(client.line()->starts_with("-ERR UNKNOWN_COMMAND "));
  CHECK(client.line()->starts_with("-ERR BAD_REQUEST "));
  CHECK(client.line()->starts_with("-ERR BAD_REQUEST "));
  CHECK(client.line() == "+OK pong");
}

TEST_CASE("before log-in only REGISTER, LOGIN, AUTH, HELP, PING and QUIT are taken",
          "[gateway][G6]") {
  GatewayRig rig;
  ClientSocket client = rig.client();
  const Lines refused{"SEND 1002 hi",   "SEND @bob hi", "SENDGROUP 1001 hi", "GSEND 1001 hi",
                      "PULL",           "ACK *",        "READ 1073741825",   "UNREAD",
                      "CREATEGROUP g",  "GROUPS",       "JOINGROUP 7",       "LEAVEGROUP 7",
                      "MEMBERS 7",      "LOGOUT",       "PROFILE",           "SETPROFILE about=x",
                      "ADDFRIEND 7",    "ACCEPT 7",     "REJECT 7",          "REMOVEFRIEND 7",
                      "GETFRIENDS",     "BLOCK 7",      "UNBLOCK 7",         "BLOCKS",
                      "PASSWD old new", "DEVICES",      "REVOKE phone"};
  for (const std::string& request : refused) {
    CAPTURE(request);
    client.send(request + "\n");
    CHECK(client.line()->starts_with("-ERR NOT_LOGGED_IN "));
  }
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.dispatched; }) == 0);
  client.send("HELP\nPING\nQUIT\n");
  const std::string answers = client.rest();
  CHECK(answers.find("+OK pong") != std::string::npos);
  CHECK(answers.ends_with("+OK bye\n"));
}

TEST_CASE("at a second log-in whoever was there leaves first", "[gateway][G5]") {
  GatewayRig rig;
  ClientSocket client = rig.logged_in_client();
  client.send("PING\n");
  CHECK(client.line() == "+OK pong");
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.gone; }) == 0);
  client.send("LOGIN bob secret12\nPING\n");
  CHECK(client.line()->starts_with("+OK"));
  CHECK(client.line() == "+OK pong");
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.gone; }) == 1);
}

TEST_CASE("log-ins right behind each other leave no deadline of a connection that has gone",
          "[gateway][G6]") {
  GatewayOptions options;
  options.login_timeout = Millis(100);
  GatewayRig rig(options);
  {
    ClientSocket client = rig.client();
    client.send("LOGIN bob secret12\nLOGIN bob secret12\nLOGIN bob secret12\nQUIT\n");
    CHECK(client.rest().ends_with("+OK bye\n"));
  }
  // Whoever comes now has a later deadline than the one that has gone had.
  ClientSocket later = rig.client();
  CHECK(later.rest().find("NOT_LOGGED_IN") != std::string::npos);
  CHECK(ask(rig.loop, [&] { return rig.dispatcher.gone; }) == 3);
}

TEST_CASE("a connection that does not log in in time is told so and closed", "[gateway][G6]") {
  GatewayOptions options;
  options.login_timeout = Millis(100);
  GatewayRig rig(options);
  ClientSocket late = rig.client();
  ClientSocket in_time = rig.logged_in_client();
  late.send("PING\n");
  CHECK(late.line() == "+OK pong");
  CHECK(late.line()->starts_with("-ERR NOT_LOGGED_IN "));
  CHECK(late.line() == std::nullopt);
  in_time.send("PING\n");
  CHECK(in_time.line() == "+OK pong");
}

TEST_CASE("a log-in that is under way when its time is over is still answered", "[gateway][G6]") {
  GatewayOptions options;
  options.login_timeout = Millis(50);
  GatewayRig rig(options);
  ClientSocket client = rig.client();
  client.send("AUTH token\n");  // the dispatcher keeps it
  REQUIRE(rig.held(1));
  REQUIRE(client.silent(200));
  ask(rig.loop, [&] { return rig.dispatcher.answer(0, Error{Code::kBadToken, "no"}), 0; });
  CHECK(client.line() == "-ERR BAD_TOKEN no");
  CHECK(client.line()->starts_with("-ERR NOT_LOGGED_IN "));
  CHECK(client.line() == std::nullopt);
}

TEST_CASE("pushes go out whole, between answers, each encoded once for all", "[gateway][G3][X11]") {
  GatewayRig rig;
  ClientSocket alice = rig.logged_in_client();
  const PeerPtr first = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  ClientSocket bob = rig.logged_in_client();
  const PeerPtr second = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  const auto bytes = GENERATE(size_t{10}, size_t{4'096});
  LiveEntry live(entry_of_bytes(1, bytes));
  ask(rig.loop, [&] {
    first->push(live, false);
    const std::string* const encoded_first = live.encoded[0].get();
    second->push(live, false);
    CHECK(live.encoded[0].get() == encoded_first);
    second->push(live, true);
    return 0;
  });
  const std::string pushed = *alice.line();
  CHECK(pushed.starts_with("MSG id="));
  CHECK(pushed.find("cid=") == std::string::npos);
  CHECK(pushed.ends_with("text=\"" + std::string(bytes, 'x') + "\""));
  CHECK(bob.line() == pushed);
  CHECK(bob.line()->find("cid=c1") != std::string::npos);
}

TEST_CASE(
    "a reader that stops costs at most its high-water mark, and misses nothing that was queued",
    "[gateway]") {
  GatewayOptions options;
  options.output_bytes_max = 65'536;
  GatewayRig rig(options);
  ClientSocket slow = rig.logged_in_client(4'096);
  const PeerPtr peer = ask(rig.loop, [&] { return rig.dispatcher.logged_in.lock(); });
  // Pushes as a session does: until the outlet is congested, and again when a turn has passed.
  uint64_t seq = 0;
  uint64_t queued = 0;
  const auto push_until_congested = [&] {
    uint64_t before = queued;
    while (!peer->congested()) {
      LiveEntry live(entry_of_bytes(++seq, 1'000));
      queued = peer->push(live, false);
    }
    return queued - before;
  };
  int quiet_turns = 0;
  for (int i = 0; i < 100'000 && quiet_turns < 200; ++i) {
    quiet_turns = ask(rig.loop, push_until_congested) == 0 ? quiet_turns + 1 : 0;
  }
  REQUIRE(peer->congested());
  // The kernel took its part; what is left here is bounded by the mark and one entry.
  CHECK(ask(rig.loop, push_until_congested) == 0);
  const uint64_t pushed = seq;
  for (uint64_t i = 1; i <= pushed; ++i) {
    const std::optional<std::string> line = slow.line();
    REQUIRE(line);
    REQUIRE(line->find(" seq=" + std::to_string(i) + " ") != std::string::npos);
  }
  CHECK(comes_true(rig.loop, [&] { return !peer->congested(); }));
}

TEST_CASE("who does not take his answers gets no further requests started", "[gateway][G44]") {
  GatewayOptions options;
  options.output_bytes_max = 32'768;
  GatewayRig rig(options);
  ClientSocket greedy = rig.logged_in_client(4'096);
  std::string asked;
  for (int i = 0; i < 200; ++i) asked += "GROUPS\n";
  greedy.send(asked);
  GroupsResponse large;
  for (int i = 0; i < 1'000; ++i) {
    Group group;
    group.name = std::string(64, 'g');
    large.rows.push_back(group);
  }
  // Answers as fast as requests are started, until none is started any more.
  size_t answered = 0;
  for (int quiet = 0; quiet < 200; ++quiet) {
    const auto answer_all = [&] {
      const size_t before = answered;
      while (answered < rig.dispatcher.held.size()) rig.dispatcher.answer(answered++, large);
      return answered != before;
    };
    if (ask(rig.loop, answer_all)) quiet = 0;
  }
  CHECK(answered < 150);  // the kernel took some megabytes of it
  for (size_t i = 0; i < answered * 1'001; ++i) REQUIRE(greedy.line());
  CHECK(rig.held(answered + 1));
}

TEST_CASE("who does not take his answers is not read any further", "[gateway][G44]") {
  GatewayOptions options;
  options.output_bytes_max = 32'768;
  GatewayRig rig(options);
  ClientSocket greedy = rig.logged_in_client(4'096);
  std::string asked;
  for (int i = 0; i < 1'000; ++i) asked += "HELP\n";
  size_t sent_bytes = 0;
  int quiet = 0;
  // Every HELP is answered with kilobytes: soon nothing moves any more.
  while (quiet < 200) {
    const size_t more = greedy.send_some(asked);
    sent_bytes += more;
    const int before = ask(rig.loop, [&] { return rig.dispatcher.dispatched; });
    const int after = ask(rig.loop, [&] { return rig.dispatcher.dispatched; });
    quiet = more == 0 && before == after ? quiet + 1 : 0;
  }
  const int answered = ask(rig.loop, [&] { return rig.dispatcher.dispatched; });
  CHECK(static_cast<size_t>(answered) * 5 < sent_bytes);  // most were never even read
  // Taking the answers sets it going again.
  for (int i = 0; i < 20'000; ++i) REQUIRE(greedy.line());
  CHECK(comes_true(rig.loop, [&] { return rig.dispatcher.dispatched > answered; }));
}

}  // namespace
}  // namespace mpim
