// A log-in step by step, as the log tells it.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// The events that `log` tells of one peer, in their order.
std::vector<std::string> events_of(const std::string& log, uint16_t port) {
  const std::string peer = " peer=127.0.0.1:" + std::to_string(port);
  std::vector<std::string> events;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if ((line + " ").find(peer + " ") != std::string::npos) events.push_back(field(line, "event"));
  return events;
}

}  // namespace

TEST_CASE("the steps of a log-in stand in the log in their order, and a refused one has none",
          "[system][G5]") {
  TestServer server(SettingTexts{{"log.level", "\"debug\""}});
  (void)server.uid("alice");
  LineConnection alice = server.connect();
  const uint16_t port = port_of(alice);
  ok(alice, "LOGIN alice secret");
  ok(alice, "QUIT");
  REQUIRE(alice.closes());

  LineConnection mallory = server.connect();
  refused(mallory, "LOGIN alice guessed", "BAD_CREDENTIALS");
  refused(mallory, "UNREAD", "NOT_LOGGED_IN");
  const uint16_t port_of_mallory = port_of(mallory);

  const Finished end = server.finish();
  INFO(end.err);
  REQUIRE(events_of(end.err, port) ==
          std::vector<std::string>{"login.credentials_checked", "login.route_bound",
                                   "login.session_opened", "session.left"});
  REQUIRE(events_of(end.err, port_of_mallory).empty());
}

}  // namespace mpim::testing
