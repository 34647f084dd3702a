// The two orders of a history page, with clocks that disagree.
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// The seqs of a page, as they come.
std::vector<uint64_t> seqs_of(LineConnection& reader, const std::string& request) {
  const std::string head = ok(reader, request);
  std::vector<uint64_t> seqs;
  for (uint64_t i = 0; i < number_field(head, "count"); ++i)
    seqs.push_back(number_field(reader.next_line().value_or(""), "seq"));
  return seqs;
}

using Seqs = std::vector<uint64_t>;

}  // namespace

TEST_CASE("a page of history is ordered by when it was written if that is asked for, ties by seq",
          "[system][M18][M27]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string send = "SEND " + server.uid("bob") + " ";
  const int64_t now = now_ms();
  const auto written = [&](int64_t off) { return " ts=" + std::to_string(now + off); };
  ok(alice, send + "\"fast clock\"" + written(100'000));
  ok(alice, send + "\"slow clock\"" + written(-100'000));
  ok(alice, send + "\"tie, first\"" + written(-50'000));
  ok(alice, send + "\"tie, second\"" + written(-50'000));
  ok(alice, send + "\"no clock\"");
  // Off by more than is believed: it counts as written when it came.
  ok(alice, send + "\"broken clock\" ts=1");
  const std::string talk = "user=" + server.uid("bob");

  CHECK(seqs_of(alice, "HISTORY " + talk) == Seqs{1, 2, 3, 4, 5, 6});
  CHECK(seqs_of(alice, "HISTORY " + talk + " order=seq") == Seqs{1, 2, 3, 4, 5, 6});
  CHECK(seqs_of(alice, "HISTORY " + talk + " order=time") == Seqs{2, 3, 4, 5, 6, 1});
  // Pages are cut by seq: none is left out or told twice, whatever their order within.
  const std::string newest = ok(alice, "HISTORY " + talk + " order=time limit=3");
  CHECK(number_field(alice.next_line().value_or(""), "seq") == 4);
  for (const uint64_t seq : {5, 6})
    CHECK(number_field(alice.next_line().value_or(""), "seq") == seq);
  const std::string before = " before=" + field(newest, "next") + " limit=3";
  CHECK(field(newest, "more") == "1");
  CHECK(seqs_of(alice, "HISTORY order=time" + before) == Seqs{2, 3, 1});
  refused(alice, "HISTORY " + talk + " order=", "BAD_REQUEST");
  refused(alice, "HISTORY " + talk + " order=size", "BAD_REQUEST");
  refused(alice, "HISTORY " + talk + " order=time order=seq", "BAD_REQUEST");
  nothing_else(alice);
}

}  // namespace mpim::testing
