// Group commit seen from outside: what many send at once is synced together.
#include <catch2/catch.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

double batches(const TestServer& server) { return server.metric("mpim_store_batches_total"); }

}  // namespace

TEST_CASE("one sender's messages are committed one by one, two hundred senders' together",
          "[system][M60][M62]") {
  constexpr size_t kSenders = 200;
  constexpr size_t kRounds = 10;
  constexpr size_t kAlone = 100;
  TestServer server;
  const std::string request = "SEND " + server.uid("sink") + " hello";

  LineConnection alone = server.log_in("alone");
  const double before_alone = batches(server);
  for (size_t i = 0; i < kAlone; ++i) ok(alone, request);
  // +OK comes after the commit: a window of one cannot share any.
  REQUIRE(batches(server) - before_alone >= kAlone);

  std::vector<LineConnection> senders;
  for (size_t i = 0; i < kSenders; ++i) senders.push_back(server.log_in("s" + std::to_string(i)));
  const double before = batches(server);
  for (size_t round = 0; round < kRounds; ++round) {
    for (LineConnection& sender : senders) sender.send(request);
    for (LineConnection& sender : senders)
      REQUIRE(sender.next_reply().value_or("").starts_with("+OK msg_id="));
  }
  const double used = batches(server) - before;
  INFO(used << " batches for " << kSenders * kRounds << " messages");
  REQUIRE(used <= kSenders * kRounds / 10.0);
}

}  // namespace mpim::testing
