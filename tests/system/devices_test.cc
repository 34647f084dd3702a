// Several devices of one user, and one device that logs in again.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// The sessions on bob's route; 0 without one.
size_t sessions_of_bob(TestServer& server) {
  const Finished shown =
      run(program_path("mpimctl"), {"route", "show", "bob", "-o", "json", "--admin-socket",
                                    server.running().admin(), "--config", "/dev/null"});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  const auto routes = nlohmann::json::parse(shown.out).at("items");
  REQUIRE(routes.size() <= 1);
  return routes.empty() ? 0 : routes.at(0).at("sessions").get<size_t>();
}

// A connection's end is noticed a moment after it happened.
bool comes_to_sessions(TestServer& server, size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline)
    if (sessions_of_bob(server) == count) return true;
  return false;
}

}  // namespace

TEST_CASE("each device acknowledges for itself: what one has, the other still gets",
          "[system][G30][M13]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  LineConnection phone = server.log_in("bob", "device=phone ack=client");
  LineConnection laptop = server.log_in("bob", "device=laptop ack=client");

  ok(alice, to_bob + "one");
  const std::string first = next_message(phone);
  REQUIRE(field(next_message(laptop), "id") == field(first, "id"));
  ok(phone, "ACK " + field(first, "id"));
  ok(phone, "QUIT");
  laptop.close();

  LineConnection phone_again = server.log_in("bob", "device=phone ack=client");
  nothing_else(phone_again);
  LineConnection laptop_again = server.log_in("bob", "device=laptop ack=client");
  REQUIRE(field(next_message(laptop_again), "id") == field(first, "id"));
}

TEST_CASE("a user is offline only when the last device has left", "[system][G30][P2][P7]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  LineConnection phone = server.log_in("bob", "device=phone");
  LineConnection laptop = server.log_in("bob", "device=laptop");
  REQUIRE(comes_to_sessions(server, 2));  // the connection that made the account is gone
  ok(laptop, "QUIT");
  REQUIRE(laptop.closes());
  REQUIRE(comes_to_sessions(server, 1));
  ok(alice, to_bob + "still live");
  REQUIRE(field(next_message(phone), "text") == "still live");
  phone.close();  // without a word
  REQUIRE(comes_to_sessions(server, 0));
}

TEST_CASE("the same device logging in again takes over and gets what was not acknowledged",
          "[system][G30][M13][P6]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  LineConnection first = server.log_in("bob", "device=phone ack=client");
  for (const char* text : {"one", "two", "three"}) ok(alice, to_bob + text);
  std::string two;
  for (int i = 0; i < 3; ++i) {
    const std::string line = next_message(first);
    if (field(line, "text") == "two") two = field(line, "id");
  }
  ok(first, "ACK " + two);

  LineConnection second = server.connect();
  ok(second, "LOGIN bob secret device=phone ack=client");
  const std::string closing = first.next_push().value_or("nothing came");
  REQUIRE(closing.starts_with("NOTICE kind=closing code=REPLACED "));
  REQUIRE(first.closes());
  // An acknowledgement may come twice to be stored, never too early: at least "three" comes again.
  std::string last = next_message(second);
  while (field(last, "text") != "three") last = next_message(second);
  ok(second, "ACK " + field(last, "id"));
  ok(alice, to_bob + "four");
  REQUIRE(field(next_message(second), "text") == "four");
}

TEST_CASE("a device that logs in from many connections at once ends with one session",
          "[system][G30][P6]") {
  constexpr size_t kAtOnce = 12;
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " hello";
  std::vector<LineConnection> racers;
  for (size_t i = 0; i < kAtOnce; ++i) racers.push_back(server.connect());
  for (LineConnection& racer : racers) racer.send("LOGIN bob secret device=phone");

  // All but one are told that they were replaced, before or after they were in; a request tells
  // which.
  const auto is_in = [](LineConnection& racer) {
    return racer.ask("UNREAD").starts_with("+OK unread");
  };
  for (LineConnection& racer : racers) {
    const std::string answer = racer.next_line().value_or("nothing came");
    INFO(answer);
    REQUIRE((answer.starts_with("+OK uid=") || answer.find(" REPLACED ") != std::string::npos ||
             answer.find("code=REPLACED ") != std::string::npos));
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::vector<LineConnection*> in;
  do {
    in.clear();
    for (LineConnection& racer : racers)
      if (!racer.at_end() && is_in(racer)) in.push_back(&racer);
  } while (in.size() > 1 && std::chrono::steady_clock::now() < deadline);
  REQUIRE(in.size() == 1);
  ok(alice, to_bob);
  REQUIRE(field(next_message(*in.front()), "text") == "hello");
  nothing_else(*in.front());
}

}  // namespace mpim::testing
