// kill -9 at any moment: what was acknowledged is there, once, in order, for everybody; what was
// refused is not.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <random>

#include "tests/system/load.h"
#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr int kKills = 22;
constexpr size_t kSenders = 4;
constexpr size_t kReceivers = 3;

uint32_t seed() {
  const char* const wanted = std::getenv("MPIM_TEST_SEED");
  return wanted == nullptr ? std::random_device{}() : static_cast<uint32_t>(std::atoi(wanted));
}

// Of a device that nobody used before.
std::string token_of(TestServer& server, const std::string& name) {
  (void)server.uid(name);
  LineConnection connection = server.connect();
  const std::string in = ok(connection, "LOGIN " + name + " secret device=steady");
  ok(connection, "QUIT");
  return field(in, "token");
}

// Everybody, the group they share, and a group that is closed to the senders.
struct Cast {
  std::vector<std::unique_ptr<LoadReceiver>> receivers;
  std::vector<std::unique_ptr<LoadSender>> senders;

  Cast(LoadBoard& board, TestServer& server) {
    std::vector<Destination> to;
    LineConnection founder = server.log_in("r0");
    const std::string shared = field(ok(founder, "CREATEGROUP shared"), "group_id");
    const std::string closed = field(ok(founder, "CREATEGROUP closed"), "group_id");
    to.push_back("SENDGROUP " + shared);
    for (size_t i = 0; i < kReceivers; ++i) {
      const std::string name = "r" + std::to_string(i);
      to.push_back("SEND " + server.uid(name));
      if (i > 0) join(server, name, shared);
    }
    for (size_t i = 0; i < kSenders; ++i) join(server, "s" + std::to_string(i), shared);
    std::vector<std::string> tokens;
    for (size_t i = 0; i < kReceivers; ++i)
      tokens.push_back(token_of(server, "r" + std::to_string(i)));
    for (size_t i = 0; i < kSenders; ++i)
      tokens.push_back(token_of(server, "s" + std::to_string(i)));
    // From here on they are threads, and nothing fails.
    for (size_t i = 0; i < kReceivers; ++i)
      receivers.push_back(
          std::make_unique<LoadReceiver>(board, "r" + std::to_string(i), tokens[i]));
    for (size_t i = 0; i < kSenders; ++i)
      senders.push_back(std::make_unique<LoadSender>(board, "s" + std::to_string(i),
                                                     tokens[kReceivers + i], to, closed));
  }

  static void join(TestServer& server, const std::string& name, const std::string& group) {
    LineConnection member = server.log_in(name);
    ok(member, "JOINGROUP " + group);
  }
};

// Ends everybody also when the test fails on the way.
struct EndAtExit {
  LoadBoard& board;
  ~EndAtExit() { board.end(); }
};

// What was acknowledged, as conversation to seq to text.
using Acknowledged = std::map<std::string, std::map<uint64_t, std::string>>;

Acknowledged all_acknowledged(const Cast& cast) {
  Acknowledged all;
  for (const auto& sender : cast.senders) {
    for (const auto& [id, text] : sender->acknowledged()) {
      const MessageId at(id);
      const bool alone =
          all[std::to_string(at.conversation().value)].emplace(at.seq().value, text).second;
      REQUIRE(alone);
    }
  }
  return all;
}

// Each text once, each sender's in the order he wrote them, and all of them acknowledged.
void check_order(const Seen& seen, const std::map<uint64_t, std::string>& acknowledged) {
  std::map<std::string, uint64_t> newest_of;
  size_t messages = 0;
  for (size_t i = 0; i < seen.texts.size(); ++i) {
    const std::string& text = seen.texts[i];
    if (text.starts_with("kind=")) continue;
    ++messages;
    const auto found = acknowledged.find(seen.first + i);
    INFO("seq " << seen.first + i << " says " << text);
    REQUIRE(found != acknowledged.end());
    REQUIRE(found->second == text);
    const size_t dash = text.find('-');
    const uint64_t number = std::stoull(text.substr(dash + 1));
    uint64_t& newest = newest_of[text.substr(0, dash)];
    REQUIRE(number > newest);
    newest = number;
  }
  REQUIRE(messages == acknowledged.size());
}

// What one receiver saw: of each talk with a sender and of the group exactly what was acknowledged,
// and not a message of anything else.
void check_log(const SeenLog& log, const Acknowledged& acknowledged) {
  size_t talks = 0;
  for (const auto& [conversation, seen] : log) {
    CAPTURE(conversation);
    const auto found = acknowledged.find(conversation);
    check_order(seen,
                found == acknowledged.end() ? std::map<uint64_t, std::string>{} : found->second);
    talks += found != acknowledged.end();
  }
  REQUIRE(talks == kSenders + 1);
}

// What PULL says on a device that was never there before.
SeenLog pulled_log(LineConnection& fresh_device) {
  SeenLog log;
  for (const std::string& line : pull_all(fresh_device)) {
    bool first_time = false;
    INFO(line);
    REQUIRE(take_entry(log, line, first_time));
    REQUIRE(first_time);
  }
  return log;
}

}  // namespace

TEST_CASE("after twenty kills under load every acknowledged message is there once and in order",
          "[system][crash][M2][M9][M13][M48][M49][M52][M59][M70][G22]") {
  const uint32_t chosen = seed();
  INFO("MPIM_TEST_SEED=" << chosen);
  std::mt19937 random(chosen);
  // Whoever falls far behind while the server is down still gets everything by itself.
  TestServer server(SettingTexts{{"session.window_max", "1000000"}});
  LoadBoard board;
  board.announce(server.address());
  Cast cast(board, server);
  const EndAtExit at_exit{board};

  for (int kill = 0; kill < kKills; ++kill) {
    const uint64_t more = std::uniform_int_distribution<uint64_t>(1, 300)(random);
    const bool went_on = board.wait_for_answered(board.answered_count() + more);
    CAPTURE(kill, board.faults());
    REQUIRE(went_on);
    server.kill_and_start();
    board.announce(server.address());
  }
  REQUIRE(board.wait_for_answered(board.answered_count() + 100));
  board.stop_sending();
  for (const auto& sender : cast.senders) sender->join();

  const Acknowledged acknowledged = all_acknowledged(cast);
  uint64_t owed = 0;
  for (const auto& [conversation, texts] : acknowledged)
    owed += texts.size() * (texts.begin()->first == 1 ? 1 : kReceivers);
  (void)board.wait_for_received(owed);
  CHECK(board.faults() == std::vector<std::string>{});
  board.end();
  for (const auto& receiver : cast.receivers) receiver->join();

  for (size_t i = 0; i < kReceivers; ++i) {
    CAPTURE(i);
    check_log(cast.receivers[i]->seen(), acknowledged);
    LineConnection fresh =
        server.log_in("r" + std::to_string(i), "device=fresh sync=manual ack=client");
    check_log(pulled_log(fresh), acknowledged);
  }
  REQUIRE(server.http_get("/healthz").starts_with("HTTP/1.1 200"));
  server.stop();
}

}  // namespace mpim::testing
