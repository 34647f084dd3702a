// Bad input that a transcript cannot show: sizes, pieces, time, and what is left of it.
#include <catch2/catch.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
TEST_CASE("a text of the longest size is taken and one more byte is not, as the setting says",
          "[system][G1][G42][G49]") {
  const uint32_t limit = GENERATE(1u, 100u, 4'096u, 65'536u);
  TestServer server(SettingTexts{{"line.bytes_max", "524288"},
                                 {"message.text_bytes_max", std::to_string(limit)}});
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  ok(alice, to_bob + std::string(limit, 'x'));
  refused(alice, to_bob + std::string(limit + 1, 'y'), "TOO_LARGE");
  // Bytes count, not characters; and what an escape becomes, not how it is written.
  if (limit >= 2) {
    std::string accents;
    for (uint32_t i = 0; i < limit / 2; ++i) accents += "\\u00e9";
    ok(alice, to_bob + "\"" + accents + "\"");
    refused(alice, to_bob + "\"" + accents + "\\u00e9\"", "TOO_LARGE");
  }
  LineConnection bob = server.log_in("bob", "device=fresh");
  REQUIRE(field(next_message(bob), "text") == std::string(limit, 'x'));
  if (limit >= 2) REQUIRE(number_field(next_message(bob), "seq") == 2);
  nothing_else(bob);
}

TEST_CASE("a line of the longest size is read, one more byte is refused, and the next line is read",
          "[system][G49]") {
  constexpr size_t kLine = 2'048;
  TestServer server(
      SettingTexts{{"line.bytes_max", std::to_string(kLine)}, {"message.text_bytes_max", "65536"}});
  LineConnection alice = server.log_in("alice");
  const std::string head = "SEND " + server.uid("bob") + " ";
  ok(alice, head + std::string(kLine - head.size(), 'x'));
  refused(alice, head + std::string(kLine - head.size() + 1, 'x'), "TOO_LARGE");
  refused(alice, head + std::string(10'000'000, 'x'), "TOO_LARGE");
  // In any pieces, and with others behind it, there is one answer for it.
  alice.send_raw(head);
  for (int i = 0; i < 100; ++i) alice.send_raw(std::string(1'000, 'z'));
  alice.send_raw("\nPING\nPI");
  alice.send_raw("NG\n");
  REQUIRE(alice.next_reply().value_or("").starts_with("-ERR TOO_LARGE "));
  REQUIRE(alice.next_reply() == "+OK pong");
  REQUIRE(alice.next_reply() == "+OK pong");
  nothing_else(alice);
}

TEST_CASE("requests that come byte by byte are answered like any other", "[system][G1]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  for (const char byte : "SEND " + server.uid("bob") + " \"slow \\u00e9 typist\" cid=1\r\n")
    alice.send_raw(std::string(1, byte));
  REQUIRE(alice.next_reply().value_or("").starts_with("+OK msg_id="));
  REQUIRE(field(next_message(bob), "text") == "slow é typist");
}

TEST_CASE("an unknown name and a wrong password get the same words", "[system][P12][G49]") {
  TestServer server;
  (void)server.uid("alice");
  LineConnection mallory = server.connect();
  const std::string wrong = refused(mallory, "LOGIN alice wrong", "BAD_CREDENTIALS");
  const std::string unknown = refused(mallory, "LOGIN nobody wrong", "BAD_CREDENTIALS");
  REQUIRE(wrong == unknown);
  ok(mallory, "LOGIN alice secret");
}

TEST_CASE("a lockout says how long it lasts, for the name and for the address",
          "[system][P12][G49]") {
  TestServer server(SettingTexts{{"auth.attempts_max", "3"},
                                 {"auth.address_attempts_max", "3"},
                                 {"auth.lockout_ms", "500000"}});
  (void)server.uid("alice");
  (void)server.uid("bob");
  LineConnection mallory = server.connect();
  for (int i = 0; i < 3; ++i) refused(mallory, "LOGIN alice wrong", "BAD_CREDENTIALS");
  const std::string locked = refused(mallory, "LOGIN alice secret", "LOCKED_OUT");
  REQUIRE(number_field(locked, "retry_ms") > 0);
  REQUIRE(number_field(locked, "retry_ms") <= 500'000);
  LineConnection elsewhere = server.connect();
  refused(elsewhere, "LOGIN bob secret", "LOCKED_OUT");  // the same address
}

TEST_CASE("a lockout ends by itself", "[system][P12]") {
  TestServer server(SettingTexts{{"auth.attempts_max", "1"}, {"auth.lockout_ms", "200"}});
  (void)server.uid("alice");
  LineConnection alice = server.connect();
  refused(alice, "LOGIN alice wrong", "BAD_CREDENTIALS");
  std::string answer = alice.ask("LOGIN alice secret");
  while (answer.starts_with("-ERR LOCKED_OUT ")) answer = alice.ask("LOGIN alice secret");
  REQUIRE(answer.starts_with("+OK uid="));
}

TEST_CASE("a name is given to one of many who ask at once", "[system][P12][G49]") {
  constexpr size_t kAtOnce = 10;
  TestServer server;
  std::vector<LineConnection> people;
  for (size_t i = 0; i < kAtOnce; ++i) people.push_back(server.connect());
  for (LineConnection& one : people) one.send("REGISTER alice secret");
  size_t made = 0;
  for (LineConnection& one : people) {
    const std::string answer = one.next_reply().value_or("nothing came");
    INFO(answer);
    REQUIRE((answer.starts_with("+OK uid=1001 ") || answer.starts_with("-ERR EXISTS ")));
    made += answer.starts_with("+OK");
  }
  REQUIRE(made == 1);
}

TEST_CASE("a forged, cut or revoked token opens nothing", "[system][G19][G49]") {
  TestServer server;
  (void)server.uid("alice");
  LineConnection alice = server.connect();
  const std::string token = field(ok(alice, "LOGIN alice secret"), "token");
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  LineConnection mallory = server.connect();
  refused(mallory, "AUTH " + forged, "BAD_TOKEN");
  refused(mallory, "AUTH " + token.substr(0, token.size() / 2), "BAD_TOKEN");
  refused(mallory, "AUTH " + std::string(5'000, 'A'), "BAD_TOKEN");
  ok(alice, "LOGOUT");
  REQUIRE(alice.closes());
  refused(mallory, "AUTH " + token, "BAD_TOKEN");
}

TEST_CASE("nobody writes or reads in another's name", "[system][G26][M6]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  LineConnection mallory = server.log_in("mallory");
  const std::string sent = ok(alice, "SEND " + server.uid("bob") + " between us");
  const std::string id = field(sent, "msg_id");
  const std::string talk = field(next_message(bob), "conv");
  refused(mallory, "PULL conv=" + talk + " after=0", "NOT_FOUND");
  refused(mallory, "READ " + id, "NOT_FOUND");
  refused(mallory, "ACK " + id, "NOT_FOUND");
  ok(mallory, "SEND " + server.uid("bob") + " from=1001 I am alice");
  REQUIRE(field(next_message(bob), "from") == server.uid("mallory"));
}

TEST_CASE("more devices than allowed are refused, and those there are stay", "[system][G30][G49]") {
  TestServer server(SettingTexts{{"auth.devices_max", "3"}});
  (void)server.uid("alice");  // on the device `default`
  LineConnection phone = server.log_in("alice", "device=phone");
  LineConnection laptop = server.log_in("alice", "device=laptop");
  LineConnection tablet = server.connect();
  refused(tablet, "LOGIN alice secret device=tablet", "LIMIT");
  nothing_else(phone);
  nothing_else(laptop);
  ok(tablet, "LOGIN alice secret");
}

TEST_CASE("groups are bounded in members and for each user", "[system][P17][G49]") {
  TestServer server(SettingTexts{{"groups.members_max", "2"}, {"groups.per_user_max", "2"}});
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  LineConnection carol = server.log_in("carol");
  const std::string tea = field(ok(alice, "CREATEGROUP tea"), "group_id");
  const std::string cake = field(ok(alice, "CREATEGROUP cake"), "group_id");
  refused(alice, "CREATEGROUP jam", "LIMIT");
  ok(bob, "JOINGROUP " + tea);
  refused(carol, "JOINGROUP " + tea, "LIMIT");
  ok(bob, "JOINGROUP " + cake);
  refused(bob, "CREATEGROUP jam", "LIMIT");
  ok(bob, "LEAVEGROUP " + tea);
  ok(carol, "JOINGROUP " + tea);
}

}  // namespace mpim::testing
