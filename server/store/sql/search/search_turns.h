// Searches that wait, so that nobody's many make others wait.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "server/store/search.h"

namespace mpim {

// A search and who waits for its answer.
struct AskedSearch {
  SearchQuery query;
  Reply<SearchPage> reply;
};

// Readers take turns: of each at most one search is under way, and his next one comes behind those
// of the others who wait. His own come in the order in which they were asked.
// Threads  one at a time.
// Limits   `waiting_max` searches, and of one reader a kShareth of them, but one at least.
class SearchTurns {
 public:
  static constexpr size_t kShare = 16;

  explicit SearchTurns(size_t waiting_max) : waiting_max_(waiting_max) {}

  // Why it is not taken, in which case `asked` is as it was: kBusy.
  std::optional<Error> add(AskedSearch& asked);
  // Whose turn it is: he has none other until done() is called with his query's reader.
  bool any() const { return !turns_.empty(); }
  AskedSearch take();
  void done(const UserChoice& reader);

 private:
  // A name and a number of the same reader count as two.
  struct Order {
    bool operator()(const UserChoice& one, const UserChoice& other) const;
  };
  struct Line {
    std::deque<AskedSearch> waiting = {};
    bool under_way = false;
  };

  const size_t waiting_max_;
  size_t waiting_ = 0;
  std::map<UserChoice, Line, Order> lines_;  // of whoever waits, or has one under way
  std::deque<UserChoice> turns_;             // those who wait and have none under way
};

}  // namespace mpim
