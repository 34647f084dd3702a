// Somebody who does not read costs the others nothing, and no memory.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

constexpr size_t kTextBytes = 65'536;
constexpr uint64_t kMegabyte = 1'048'576;
constexpr uint64_t kOutputBytesMax = 262'144;
constexpr size_t kCacheFiller = 1'280;  // 80 MiB: more than the store's page cache holds
constexpr size_t kWarmUp = 128;
constexpr size_t kMessages = 1'024;  // 64 MiB of text
constexpr size_t kAtOnce = 16;

// Numbered texts of the largest size to one user, several under way at once.
class Flood {
 public:
  Flood(LineConnection& sender, std::string to)
      : sender_(sender), to_(std::move(to)), padding_(kTextBytes - 8, 'x') {}

  void send(size_t count) {
    for (size_t end = made_ + count; made_ < end; ++made_) {
      sender_.send("SEND " + to_ + " " + text(made_));
      if (made_ - answered_ >= kAtOnce) take_answer();
    }
    while (answered_ < made_) take_answer();
  }
  std::string text(size_t number) const {
    std::string digits = std::to_string(number);
    return std::string(8 - digits.size(), '0') + digits + padding_;
  }

 private:
  void take_answer() {
    REQUIRE(sender_.next_reply().value_or("nothing came").starts_with("+OK msg_id="));
    ++answered_;
  }

  LineConnection& sender_;
  const std::string to_;
  const std::string padding_;
  size_t made_ = 0;
  size_t answered_ = 0;
};

// Whether the peer takes more within a while that is long for a server that reads.
bool waits_for_room(LineConnection& connection) {
  constexpr int kLongWhileMs = 1'000;
  pollfd wait{connection.descriptor(), POLLOUT, 0};
  return ::poll(&wait, 1, kLongWhileMs) > 0;
}

SettingTexts large_texts() {
  return {{"line.bytes_max", "524288"},
          {"message.text_bytes_max", std::to_string(kTextBytes)},
          {"session.dead_peer_timeout_ms", "3600000"},
          {"session.output_bytes_max", std::to_string(kOutputBytesMax)},
          {"session.window_max", "1000000"}};
}

}  // namespace

TEST_CASE("a reader that does not read costs no memory, and gets everything in order when it does",
          "[system][M38][M1]") {
  TestServer server(large_texts());
  const std::string bob = server.uid("bob");
  LineConnection slow = server.log_in("bob", "device=slow", {.receive_bytes = 4'096});
  LineConnection alice = server.log_in("alice");
  LineConnection carol = server.log_in("carol");
  LineConnection dave = server.log_in("dave");
  // Buffers and caches fill to their bounds first: what grows then is the slow reader's.
  Flood(alice, server.uid("nobody")).send(kCacheFiller);
  Flood flood(alice, bob);
  flood.send(kWarmUp);
  const uint64_t before = resident_bytes(server.pid());
  for (size_t i = 0; i < 8; ++i) {
    flood.send(kMessages / 8);
    ok(carol, "SEND " + server.uid("dave") + " part " + std::to_string(i));
    REQUIRE(field(next_message(dave), "text") == "part " + std::to_string(i));
  }
  const uint64_t after = resident_bytes(server.pid());
  const uint64_t grown = after - std::min(before, after);
  INFO("grew by " << grown / 1'024 << " KiB while 64 MiB were sent to a slow reader");
  // A sanitizer keeps what was freed.
  if (!sanitized()) CHECK(grown < 20 * kMegabyte);
  CHECK(server.metric("mpim_deliveries_pushed_total") < kMessages);
  REQUIRE(cpu_seconds(server.pid()) > 0);  // what other tests measure by is no constant

  for (size_t i = 0; i < kWarmUp + kMessages; ++i) {
    const std::string line = next_message(slow);
    REQUIRE(number_field(line, "seq") == i + 1);
    REQUIRE(field(line, "text") == flood.text(i));
  }
  nothing_else(slow);
  ok(alice, "SEND " + bob + " live again");
  REQUIRE(field(next_message(slow), "text") == "live again");
}

TEST_CASE("a client that asks for much and reads nothing is not read from either",
          "[system][M38][G50]") {
  constexpr size_t kAskedBytes = 64 * kMegabyte;
  TestServer server(SettingTexts{{"session.dead_peer_timeout_ms", "3600000"}});
  LineConnection greedy = server.connect({.receive_bytes = 4'096});
  const uint64_t before = resident_bytes(server.pid());
  std::string questions;
  while (questions.size() < 16'384) questions += "HELP\n";
  // The socket is full before all is asked: whoever does not read is not listened to.
  size_t asked = 0;
  while (asked < kAskedBytes) {
    const ssize_t sent =
        ::send(greedy.descriptor(), questions.data(), questions.size(), MSG_DONTWAIT);
    if (sent < 0 && !waits_for_room(greedy)) break;
    asked += static_cast<size_t>(std::max<ssize_t>(sent, 0));
  }
  CHECK(asked < kAskedBytes);
  const uint64_t after = resident_bytes(server.pid());
  if (!sanitized()) CHECK(after - std::min(before, after) < 8 * kMegabyte);
  LineConnection other = server.connect();
  nothing_else(other);
}

}  // namespace mpim::testing
