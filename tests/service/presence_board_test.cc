#include "server/service/presence/presence_board.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>

namespace mpim {
namespace {

constexpr UserId kAlice{1001};
constexpr UserId kBob{1002};

std::string shown(const PresenceSignal& signal) {
  return std::to_string(signal.user.value) + " " + std::string(name_of(signal.state)) + " since " +
         std::to_string(signal.since.ms);
}

// A board on a clock that is moved by hand; keeps what it tells.
struct Watched {
  explicit Watched(PresenceOptions options = {Millis(5'000), Millis(1'000)}) : board(options) {}

  Moment now() const { return {Timestamp{ms}, Instant{ms}}; }
  void take(const PresenceBoard::News& news) {
    if (news.tell) told.push_back(shown(*news.tell));
  }
  void arrived(UserId user = kAlice) { take(board.arrived(user, now())); }
  void left(UserId user = kAlice, bool away = false) { take(board.left(user, away, now())); }
  void away(bool is = true, UserId user = kAlice) { take(board.set_away(user, is, now())); }
  void pass(int64_t by) {
    for (const int64_t end = ms + by; ms < end;) {
      ++ms;
      for (const PresenceSignal& signal : board.take_due({ms}).tell) told.push_back(shown(signal));
    }
  }
  std::vector<std::string> news() { return std::exchange(told, {}); }

  PresenceBoard board;
  int64_t ms = 100;
  std::vector<std::string> told;
};

using Lines = std::vector<std::string>;

TEST_CASE("the first session makes online, the last one offline, whatever is between",
          "[service][P7]") {
  Watched on;
  CHECK_FALSE(on.board.of(kAlice));
  on.arrived();
  CHECK(on.news() == Lines{"1001 online since 100"});
  on.pass(2'000);
  on.arrived();
  on.arrived();
  on.left();
  on.left();
  on.pass(20'000);
  CHECK(on.news().empty());
  on.left();  // at 22100
  CHECK(on.news().empty());
  CHECK(shown(*on.board.of(kAlice)) == "1001 online since 100");
  on.pass(4'999);
  CHECK(on.news().empty());
  on.pass(1);
  CHECK(on.news() == Lines{"1001 offline since 22100"});
  CHECK(shown(*on.board.of(kAlice)) == "1001 offline since 22100");
}

TEST_CASE("the most present of the sessions counts", "[service][P7]") {
  Watched on;
  on.arrived();
  on.pass(2'000);
  CHECK(on.news().size() == 1);
  on.away();  // at 2100
  CHECK(on.news() == Lines{"1001 away since 2100"});
  on.pass(2'000);
  on.arrived();
  CHECK(on.news() == Lines{"1001 online since 4100"});
  on.pass(2'000);
  on.away();  // the second as well
  CHECK(on.news() == Lines{"1001 away since 6100"});
  on.pass(2'000);
  on.left(kAlice, true);
  on.pass(10'000);
  CHECK(on.news().empty());
  on.away(false);
  CHECK(on.news() == Lines{"1001 online since 18100"});
}

TEST_CASE("who comes back within the grace time was never away", "[service][P9]") {
  Watched on;
  on.arrived();
  on.pass(10'000);
  (void)on.news();
  for (int i = 0; i < 10; ++i) {
    on.left();
    on.pass(4'999);
    on.arrived();
    on.pass(10);
  }
  on.pass(60'000);
  CHECK(on.news().empty());
  CHECK(shown(*on.board.of(kAlice)) == "1001 online since 100");
}

TEST_CASE("changes of one user are told once an interval, and the last one wins", "[service][P9]") {
  Watched on;
  on.arrived();
  (void)on.news();
  for (int i = 0; i < 50; ++i) {  // 500 ms
    on.away(true);
    on.pass(5);
    on.away(false);
    on.pass(5);
  }
  on.away(true);  // at 600
  CHECK(on.news().empty());
  on.arrived(kBob);
  CHECK(on.news() == Lines{"1002 online since 600"});  // another's changes are not held up
  on.pass(499);
  CHECK(on.news().empty());
  on.pass(1);
  CHECK(on.news() == Lines{"1001 away since 600"});
  on.pass(60'000);
  CHECK(on.news().empty());
}

TEST_CASE("a crowd that flaps is told at most once an interval each", "[service][P9]") {
  const uint64_t seed = GENERATE(1, 2, 3, 4, 5);
  CAPTURE(seed);
  std::mt19937_64 dice(seed);
  Watched on({Millis(50), Millis(100)});
  std::array<std::vector<bool>, 5> sessions;  // away or not
  std::array<std::string, 5> last_line;
  for (int step = 0; step < 4'000; ++step) {
    const size_t who = dice() % sessions.size();
    const UserId user(1001 + who);
    auto& mine = sessions[who];
    if (mine.empty() || (mine.size() < 3 && dice() % 3 == 0)) {
      mine.push_back(false);
      on.arrived(user);
    } else if (dice() % 2 == 0) {
      const bool was_away = mine.back();
      mine.pop_back();
      on.left(user, was_away);
    } else {
      const size_t which = dice() % mine.size();
      mine[which] = !mine[which];
      on.away(mine[which], user);
    }
    on.pass(static_cast<int64_t>(dice() % 20));
    for (const std::string& line : on.news()) {
      const size_t of = std::stoul(line.substr(0, 4)) - 1001;
      const std::string state = line.substr(5, line.find(' ', 5) - 5);
      CHECK(state != last_line[of]);  // never the same twice
      last_line[of] = state;
    }
  }
  on.pass(1'000);
  (void)on.news();
  for (size_t who = 0; who < sessions.size(); ++who) {
    const auto& mine = sessions[who];
    const bool online = std::ranges::find(mine, false) != mine.end();
    const std::string is = mine.empty() ? "offline" : online ? "online" : "away";
    const auto known = on.board.of(UserId(1001 + who));
    CHECK((known ? name_of(known->state) : "offline") == is);
  }
}

TEST_CASE("who left is forgotten", "[service][P8]") {
  Watched on;
  for (uint64_t user = 1'001; user <= 1'100; ++user) on.arrived(UserId(user));
  CHECK(on.board.remembered() == 100);
  CHECK(on.board.present({}, 1'000).size() == 100);
  CHECK(on.board.present(UserId(1'090), 3).front().user == UserId(1'091));
  for (uint64_t user = 1'001; user <= 1'100; ++user) on.left(UserId(user));
  on.pass(5'000);
  CHECK(on.board.present({}, 1'000).empty());
  CHECK(on.board.remembered() == 100);
  on.pass(20'000);
  CHECK(on.board.remembered() == 0);
  // Somebody who comes and goes between two moments at which he may be told leaves nothing either.
  on.arrived();
  on.left();
  on.pass(5'001);
  on.arrived();
  on.left();
  on.pass(60'000);
  CHECK(on.board.remembered() == 0);
}

}  // namespace
}  // namespace mpim
