// Presence and limits through sockets, where a test needs what no verb does yet, or two workers.
#include "server/store/sql/open.h"
#include "tests/gateway/whole_stack.h"

namespace mpim {
namespace {

// Changes the database beside the store.
void plant(WholeStack& stack, const char* sql) {
  auto driver = open_sqlite_driver(stack.database());
  REQUIRE(driver.ok());
  REQUIRE((*driver)->run_script(sql).ok());
}

TEST_CASE("a friend is told through a socket, who is no friend or blocked is not",
          "[gateway][P9]") {
  WholeStack stack;
  ClientSocket alice = stack.enrolled("alice");
  ClientSocket bob = stack.enrolled("bob");  // on the other worker
  alice.send("PRESENCE 1002\n");
  CHECK(alice.line() == "+OK presence count=0");
  plant(stack,
        "INSERT INTO friendships (user, friend, state, version, changed_at)"
        " VALUES (1001, 1002, 3, 1, 0), (1002, 1001, 3, 1, 0);");
  alice.send("PRESENCE\n");
  CHECK(alice.line() == "+OK presence count=1");
  CHECK(alice.line()->starts_with("PRESENT user=1002 state=online since="));
  alice.send("WATCH friends\n");
  CHECK(alice.line() == "+OK watch watched=1 count=1");
  CHECK(alice.line()->starts_with("PRESENT user=1002 state=online since="));
  bob.send("AWAY\n");
  CHECK(bob.line() == "+OK away");
  CHECK(alice.line()->starts_with("PRESENCE user=1002 state=away since="));
  plant(stack,
        "INSERT INTO blocks (user, blocked, state, version, changed_at)"
        " VALUES (1002, 1001, 1, 1, 0);");
  bob.send("BACK\n");
  CHECK(bob.line() == "+OK back");
  alice.send("PRESENCE 1002\n");
  CHECK(alice.line() == "+OK presence count=0");
  // The check of the change comes after the line that never was: only then has it been dropped.
  CHECK(stack.in_time([&] {
    alice.send("UNWATCH 1003\n");
    return *alice.line() == "+OK watch watched=0 count=0";
  }));
  alice.send("SEND 1002 hi\n");
  CHECK(alice.line()->starts_with("+OK msg_id="));
  alice.send("TYPING 1002\n");
  CHECK(alice.line()->starts_with("-ERR BLOCKED "));
}

TEST_CASE("a connection that asks too much is refused, and another one is answered",
          "[gateway][G44]") {
  GatewayOptions options;
  options.requests = {.per_s = 1, .burst = 3};
  WholeStack stack(options, {}, {.user = {1, 5}, .address = {}, .conversation = {}});
  ClientSocket alice = stack.enrolled("alice");
  ClientSocket bob = stack.enrolled("bob");
  std::string flood;
  for (int i = 0; i < 200; ++i) flood += "PING\nSEND 1002 hi\nACK *\n";
  alice.send(flood);
  bob.send("PING\n");
  while (const auto line = bob.line()) {
    if (line->starts_with("MSG ")) continue;
    CHECK(*line == "+OK pong");
    break;
  }
  int pongs = 0;
  int sent = 0;
  int acked = 0;
  int refused = 0;
  for (const std::string& line : alice.lines(600)) {
    pongs += line == "+OK pong" ? 1 : 0;
    sent += line.starts_with("+OK msg_id=") ? 1 : 0;
    acked += line == "+OK" ? 1 : 0;
    refused += line.starts_with("-ERR RATE_LIMITED ") ? 1 : 0;
  }
  CHECK(acked == 200);
  CHECK(pongs >= 2);
  CHECK(sent >= 5);
  CHECK(pongs + sent < 60);
  CHECK(refused == 400 - pongs - sent);
}

}  // namespace
}  // namespace mpim
