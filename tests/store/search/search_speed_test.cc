// How long searches take over a million messages. Not run by itself:
//   build/bin/test_store "[search-speed]"     MPIM_SEARCH_MESSAGES=100000 makes it smaller
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "tests/store/search/search_room.h"

namespace mpim::test {
namespace {

using Ticking = std::chrono::steady_clock;

double seconds_since(Ticking::time_point start) {
  return std::chrono::duration<double>(Ticking::now() - start).count();
}

std::string character(uint64_t rank) {
  const auto point = static_cast<uint32_t>(0x4E00 + rank);
  return {static_cast<char>(0xE0 | (point >> 12)), static_cast<char>(0x80 | ((point >> 6) & 0x3F)),
          static_cast<char>(0x80 | (point & 0x3F))};
}

// Words as people use them: few often, many seldom.
class Talk {
 public:
  std::string text() {
    std::string out;
    const bool chinese = below(2) == 0;
    for (size_t words = 3 + below(12); words > 0; --words) out += chinese ? pair() : word() + " ";
    return out;
  }
  std::string word() { return "w" + std::to_string(rank(50'000)); }
  std::string one() { return character(rank(5'000)); }
  std::string pair() { return one() + one(); }
  uint64_t below(uint64_t end) { return random_() % end; }

 private:
  // Zipf's law, roughly: the k-th has a share of 1/k.
  uint64_t rank(uint64_t count) {
    const double share = std::uniform_real_distribution<double>(0, 1)(random_);
    return static_cast<uint64_t>(std::pow(static_cast<double>(count), share)) - 1;
  }
  std::mt19937_64 random_{42};
};

// A thousand groups; a tenth of all messages are in one of them.
struct Crowd {
  SearchRoom room;
  Talk talk;
  uint64_t messages;
  std::vector<UserId> users;
  std::vector<Group> groups;

  UserId busy() const { return users[0]; }   // in 500 groups
  UserId quiet() const { return users[1]; }  // in the largest
  const Group& largest() const { return groups[1]; }
  UserId anybody() { return users[2 + talk.below(198)]; }

  explicit Crowd(uint64_t count) : messages(count) {
    for (int i = 0; i < 200; ++i) users.push_back(room.db.user("user" + std::to_string(i)));
    for (size_t i = 0; i < 1'000; ++i) groups.push_back(room.db.group(users[2 + i % 198]));
    for (size_t i = 0; i < 1'000; i += 2) room.db.join(groups[i].id, busy());
    room.db.join(largest().id, quiet());
    for (uint64_t sent = 0; sent < messages; sent += 4'096) send(sent);
  }
  void send(uint64_t first) {
    REQUIRE(room.db.store().begin().ok());
    for (uint64_t i = first; i < std::min(first + 4'096, messages); ++i) {
      const size_t to = talk.below(10) == 0 ? 1 : talk.below(1'000);
      const Draft one = draft(users[2 + to % 198], groups[to].id, talk.text());
      const Timestamp at = kNow + Millis(static_cast<int64_t>(i));
      REQUIRE(room.db.store().log().append(one, at).ok());
    }
    REQUIRE(room.db.store().commit().ok());
  }
};

struct Kind {
  const char* name;
  std::function<std::string(Talk&)> words;
  std::function<void(Crowd&, SearchQuery&)> narrow = {};
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds{
      {"a word as they are used", [](Talk& t) { return t.word(); }},
      {"two characters", [](Talk& t) { return t.pair(); }},
      {"one character", [](Talk& t) { return t.one(); }},
      {"two words", [](Talk& t) { return t.word() + " " + t.word(); }},
      {"the beginning w1*", [](Talk&) { return "w1*"; }},
      {"the commonest word", [](Talk&) { return "w0"; }},
      {"two common ones that never meet", [](Talk&) { return "w0 " + character(0); }},
      {"a rare word", [](Talk& t) { return "w" + std::to_string(40'000 + t.below(9'000)); }},
      {"a word nobody used", [](Talk&) { return "nothing"; }},
      {"a common word of one sender", [](Talk&) { return "w1"; },
       [](Crowd& crowd, SearchQuery& query) { query.from = crowd.anybody(); }},
      {"a common word of one second long ago", [](Talk&) { return "w0"; },
       [](Crowd& crowd, SearchQuery& query) {
         query.since = kNow + Millis(static_cast<int64_t>(crowd.talk.below(crowd.messages)));
         query.until = query.since + Millis(1'000);
       }},
      {"one large group: a word", [](Talk& t) { return t.word(); },
       [](Crowd& crowd, SearchQuery& query) {
         query.reader = crowd.quiet();
         query.group = crowd.largest().id;
       }},
      {"one large group: never meet", [](Talk&) { return "w0 " + character(0); },
       [](Crowd& crowd, SearchQuery& query) { query.reader = crowd.quiet(); }},
  };
  return kKinds;
}

void measure(Crowd& crowd, const Kind& kind, int rounds) {
  std::vector<double> took;
  size_t found = 0;
  for (int i = 0; i < rounds; ++i) {
    SearchQuery query{.reader = crowd.busy(), .words = kind.words(crowd.talk)};
    if (kind.narrow) kind.narrow(crowd, query);
    const auto start = Ticking::now();
    const auto page = crowd.room.page(std::move(query));
    took.push_back(seconds_since(start) * 1e3);
    REQUIRE(page.ok());
    found += page->entries.size();
  }
  std::ranges::sort(took);
  const auto at = [&](double share) {
    return took[static_cast<size_t>(share * static_cast<double>(took.size() - 1))];
  };
  std::printf("%-38s p50 %7.2f  p99 %7.2f  max %7.2f ms  found %5.1f\n", kind.name, at(0.5),
              at(0.99), took.back(), static_cast<double>(found) / rounds);
}

double mebibytes(const std::string& path) {
  return static_cast<double>(std::filesystem::file_size(path)) / 1'048'576;
}

TEST_CASE("searches over a million messages", "[.][search-speed]") {
  const char* const wanted = std::getenv("MPIM_SEARCH_MESSAGES");
  const uint64_t messages = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1'000'000;
  auto start = Ticking::now();
  Crowd crowd(messages);
  std::printf("%.0f messages stored in %.1f s\n", static_cast<double>(messages),
              seconds_since(start));
  start = Ticking::now();
  crowd.room.follow();
  std::printf("indexed in %.1f s; the database %.0f MiB, the index %.0f MiB\n",
              seconds_since(start), mebibytes(crowd.room.db.path()),
              mebibytes(crowd.room.index_path()));
  for (const Kind& kind : kinds()) measure(crowd, kind, 1'000);
}

}  // namespace
}  // namespace mpim::test
