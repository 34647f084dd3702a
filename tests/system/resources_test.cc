// What a server does when it runs short, and with peers that went away.
#include <sys/resource.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

using std::chrono::milliseconds;

size_t open_files(pid_t pid) {
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

// From now on `pid` may open so many files more.
void leave_files(pid_t pid, size_t more) {
  rlimit limit{};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) == 0);
  limit.rlim_cur = open_files(pid) + more;
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

}  // namespace

TEST_CASE("without a file descriptor left it turns clients away, does not spin, and serves again",
          "[system][G43]") {
  if (sanitized()) {
    WARN("UBSan's own checks need a descriptor, and none is left here: shown by the plain build");
    return;
  }
  TestServer server;
  LineConnection alice = server.log_in("alice");
  ok(alice, "SEND " + server.uid("alice") + " warm");
  leave_files(server.pid(), 8);

  std::vector<LineConnection> crowd;
  size_t turned_away = 0;
  while (turned_away < 20) {
    REQUIRE(crowd.size() < 200);
    crowd.emplace_back(server.address());
    const std::string first = crowd.back().next_line().value_or("nothing came");
    INFO(first);
    if (first.starts_with("+OK welcome")) continue;
    REQUIRE(first.starts_with("-ERR LIMIT "));
    REQUIRE(crowd.back().closes());
    ++turned_away;
  }
  // More are waiting than it can take, for a while that is long for a loop that spins.
  std::vector<LineConnection> waiting;
  for (int i = 0; i < 20; ++i) waiting.emplace_back(server.address());
  const double cpu_before = cpu_seconds(server.pid());
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE_FALSE(alice.next_line(milliseconds(2'000)));
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  const double used = cpu_seconds(server.pid()) - cpu_before;
  INFO("used " << used << " s of processor time in " << passed.count() << " s");
  CHECK(used < passed.count() / 4);

  ok(alice, "SEND " + server.uid("alice") + " I am still served");
  crowd.clear();
  waiting.clear();
  LineConnection newcomer(server.address());
  while (!newcomer.next_line().value_or("").starts_with("+OK welcome"))
    newcomer = LineConnection(server.address());
  nothing_else(newcomer);
}

TEST_CASE("above the most connections a newcomer is told so, and the others notice nothing",
          "[system][G43][G49]") {
  constexpr size_t kMost = 5;
  TestServer server(SettingTexts{{"server.connections_max", std::to_string(kMost)}});
  std::vector<LineConnection> people;
  for (size_t i = 0; i < kMost; ++i) people.push_back(server.connect());
  for (int i = 0; i < 10; ++i) {
    LineConnection refused_one(server.address());
    const std::string told = refused_one.next_line().value_or("nothing came");
    INFO(told);
    REQUIRE((told.starts_with("-ERR LIMIT ") && told.find("connections_max") != std::string::npos));
    REQUIRE(refused_one.closes());
  }
  for (LineConnection& one : people) nothing_else(one);
  REQUIRE(server.metric("mpim_connections_refused_total") == 10);
  ok(people.back(), "QUIT");
  REQUIRE(people.back().closes());
  LineConnection newcomer(server.address());
  while (!newcomer.next_line().value_or("").starts_with("+OK welcome"))
    newcomer = LineConnection(server.address());
  nothing_else(newcomer);
}

TEST_CASE("whoever does not log in is let go, and told why; whoever did stays", "[system][G6]") {
  TestServer server(SettingTexts{{"auth.login_timeout_ms", "1500"}});
  LineConnection alice = server.log_in("alice");
  LineConnection idle = server.connect();
  LineConnection chatty = server.connect();
  nothing_else(chatty);
  REQUIRE(idle.next_line().value_or("").starts_with("-ERR NOT_LOGGED_IN "));
  REQUIRE(idle.closes());
  REQUIRE(chatty.next_line().value_or("").starts_with("-ERR NOT_LOGGED_IN "));
  REQUIRE(chatty.closes());
  nothing_else(alice);
}

TEST_CASE("keepalive is on for accepted sockets, so that TCP finds a peer whose host has gone",
          "[system][G15]") {
  TestServer server(SettingTexts{{"session.dead_peer_timeout_ms", "40000"}});
  LineConnection alice = server.log_in("alice");
  const uint16_t port = port_of(alice);
  Finished listed;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  // The timer is another one while bytes are under way.
  do {
    listed = run("ss", {"-tno", "dst", "127.0.0.1", "dport", "=", std::to_string(port)});
    INFO(listed.err);
    REQUIRE(listed.exit_code == 0);
  } while (listed.out.find("timer:(keepalive") == std::string::npos &&
           std::chrono::steady_clock::now() < deadline);
  INFO(listed.out);
  REQUIRE(listed.out.find("timer:(keepalive") != std::string::npos);
}

TEST_CASE("a client that vanished with messages under way gets them when it is back",
          "[system][M2][M13][G5]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  {
    LineConnection bob = server.log_in("bob", "ack=client");
    ok(alice, to_bob + "one");
    next_message(bob);
    // A reset, as from a host that lost its state: nothing more comes, and nothing is taken back.
    const linger at_once{1, 0};
    ::setsockopt(bob.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ok(alice, to_bob + "two");
  LineConnection bob = server.log_in("bob", "ack=client");
  REQUIRE(field(next_message(bob), "text") == "one");
  REQUIRE(field(next_message(bob), "text") == "two");
}

TEST_CASE(
    "who does not acknowledge is pushed to again with the same ids, then let go; nothing is lost",
    "[system][M52][M53][M13]") {
  TestServer server(
      SettingTexts{{"session.repush_attempts", "2"}, {"session.repush_first_ms", "100"}});
  LineConnection alice = server.log_in("alice");
  const std::string sent = ok(alice, "SEND " + server.uid("bob") + " are you there?");
  LineConnection bob = server.log_in("bob", "ack=client");
  const std::string first = next_message(bob);
  REQUIRE(field(first, "id") == field(sent, "msg_id"));
  std::string line = bob.next_push().value_or("nothing came");
  size_t again = 0;
  for (; line.starts_with("MSG "); line = bob.next_push().value_or("nothing came"), ++again)
    REQUIRE(line == first);
  REQUIRE(again == 2);  // repush_attempts
  REQUIRE(line.starts_with("NOTICE kind=closing code=DEADLINE "));
  REQUIRE(bob.closes());
  REQUIRE(server.metric("mpim_deliveries_dead_total") == 1);
  LineConnection back = server.log_in("bob", "ack=client");
  REQUIRE(next_message(back) == first);
  ok(back, "ACK *");
  ok(back, "QUIT");
  REQUIRE(back.closes());
  LineConnection later = server.log_in("bob", "ack=client");
  nothing_else(later);
}

}  // namespace mpim::testing
