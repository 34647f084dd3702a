// A run against a server made here, which answers when the test says so. Everything is on one
// thread: the server has its turn whenever the run's loop has had one.
#include "ops/bench/load/load_run.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace mpim;
using namespace mpim::ops;
using namespace std::chrono_literals;

namespace {

// One listener of the line protocol on loopback, and its one client.
class ScriptedServer {
 public:
  ScriptedServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }
  const std::string& address() const { return address_; }

  // Takes what has come; answers all of it with `answer` unless that is empty.
  void turn(const std::string& answer) {
    if (!client_) {
      client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (client_) write("+OK welcome\n");
    }
    char bytes[65'536];
    for (ssize_t count = 0; (count = ::read(client_.get(), bytes, sizeof bytes)) > 0;)
      unanswered_ += static_cast<uint64_t>(std::count(bytes, bytes + count, '\n'));
    for (; !answer.empty() && unanswered_ > 0; --unanswered_) write(answer);
  }

 private:
  void write(const std::string& line) {
    REQUIRE(::write(client_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }

  UniqueFd listener_;
  UniqueFd client_;
  std::string address_;
  uint64_t unanswered_ = 0;
};

constexpr const char* kStored = "+OK msg_id=7516192810 seq=42\n";

// One sender, whose connection is open, and nobody to receive.
struct Room {
  ScriptedServer server;
  LoadLoop loop = LoadLoop::make().value();
  LoadLink link{loop, 0};
  DeliveryCheck check{1, 0, 512};
  LoadRun run;

  explicit Room(const LoadPlan& plan) : run(loop, plan, check, {{&link, "SEND 1001 "}}) {
    REQUIRE(link.open(find_server(server.address()).value(), run).ok());
    server.turn("");
  }
};

LoadPlan plan_of(uint64_t rate) {
  return {.rate = rate, .window = 4, .warmup = 0ms, .duration = 600ms, .grace = 5s};
}

}  // namespace

TEST_CASE("each message that was due while the server stalled is charged for it",
          "[ops][bench][X7]") {
  Room room(plan_of(1'000));
  const LoadTime stalled_until = LoadClock::now() + 300ms;
  REQUIRE(room.run
              .send([&](uint64_t) {
                room.server.turn(LoadClock::now() < stalled_until ? "" : kStored);
              })
              .ok());
  const LoadTally& tally = room.run.tally();
  CHECK(tally.acknowledgement.count() == 600);
  CHECK(tally.stored + tally.not_sent == 600);
  // Half of them were due in the stall, and waited 150 ms on average; only four were under way.
  CHECK(tally.acknowledgement.percentile(75) >= 100ms);
  CHECK(tally.acknowledgement.max() >= 290ms);
}

TEST_CASE("what a server too slow for the rate left unsent is told and timed", "[ops][bench]") {
  Room room(plan_of(100'000));
  uint64_t turns = 0;
  // Four messages are answered in each tenth of its turns: far from the rate.
  REQUIRE(
      room.run.send([&](uint64_t) { room.server.turn(++turns % 10 == 0 ? kStored : ""); }).ok());
  const LoadTally& tally = room.run.tally();
  CHECK(tally.not_sent > 30'000);
  CHECK(tally.stored + tally.not_sent == 60'000);
  CHECK(tally.acknowledgement.count() == 60'000);
  CHECK(tally.acknowledgement.percentile(50) >= 100ms);
}

TEST_CASE("a refused message is counted and the run goes on", "[ops][bench]") {
  LoadPlan plan = plan_of(0);
  plan.messages_max = 50;
  plan.duration = 60s;
  Room room(plan);
  REQUIRE(room.run.send([&](uint64_t) { room.server.turn("-ERR BUSY too much waits\n"); }).ok());
  CHECK(room.run.tally().refused == 50);
  CHECK(room.run.tally().first_refusal->code == Code::kBusy);
  CHECK(room.check.complete());
}

TEST_CASE("a server that never answers ends the run after the grace", "[ops][bench]") {
  LoadPlan plan = plan_of(0);
  plan.duration = 600s;
  plan.grace = 200ms;
  Room room(plan);
  const auto sent = room.run.send([&](uint64_t) { room.server.turn(""); });
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().code == Code::kDeadline);
  CHECK_THAT(sent.error().message, Catch::Contains("did not answer 4 messages"));
}
