// Who is there, counted over all devices of a node, and when that is news.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/core/clock.h"
#include "server/core/signal.h"

namespace mpim {

struct PresenceOptions {
  // Going away for good is told when nobody has come back for so long.
  Millis offline_grace{5'000};
  // Changes of one user are told at most so often; the last one wins.
  Millis min_interval{1'000};
};

// A moment, by both clocks.
struct Moment {
  Timestamp wall;
  Instant steady;
};

// A user's state is the highest of his sessions'. What others learn of it lags behind: by the grace
// time when the last session goes, and by the minimal interval when changes follow one another. It
// is this damped state that is pushed and that is answered to who asks: the two never contradict,
// and a device that comes back within the grace time was never away.
// Threads  any; a mutex guards the table. One lock and one look-up for each change.
// Limits   users with a session, and those who left not longer than the grace, the interval and
//          kForgottenAfter ago.
// Time     as it is given, never backwards.
class PresenceBoard {
 public:
  // Until then who left is remembered: his devices' last-seen times are on their way to the store.
  static constexpr Millis kForgottenAfter{10'000};

  // What a change brings about.
  struct News {
    std::optional<PresenceSignal> tell;  // now
    std::optional<Instant> look_again;   // then take_due() has something
  };
  struct Due {
    std::vector<PresenceSignal> tell;
    std::optional<Instant> look_again;
  };

  explicit PresenceBoard(PresenceOptions options) : options_(options) {}
  // For what changes from now on.
  void follow(const PresenceOptions& options);

  News arrived(UserId user, Moment now);              // a session, online
  News left(UserId user, bool was_away, Moment now);  // one that had arrived is gone
  News set_away(UserId user, bool away, Moment now);  // one that was not so before
  Due take_due(Instant now);

  // What others may be told of him; nothing: he is offline, and the store knows since when.
  std::optional<PresenceSignal> of(UserId user) const;
  // Those who are there, ascending by user above `after`, at most `count_max`: for operators.
  std::vector<PresenceSignal> present(UserId after, uint32_t count_max) const;
  size_t remembered() const;  // users in the table

 private:
  // A user: his sessions, what others were told of him, and when to look at him again.
  struct Row {
    uint32_t online = 0;  // sessions
    uint32_t away = 0;
    PresenceState shown = PresenceState::kOffline;
    Timestamp shown_since;
    Timestamp changed_at;         // when the sessions' own state changed last
    std::optional<Instant> told;  // when `shown` changed last
    std::optional<Instant> due;   // when it is to be looked at again

    PresenceState state() const {
      return online > 0 ? PresenceState::kOnline
             : away > 0 ? PresenceState::kAway
                        : PresenceState::kOffline;
    }
  };

  template <class Change>
  News change(UserId user, Moment now, Change change);
  std::optional<PresenceSignal> settle(UserId user, Row& row, Instant now);
  void set_due(UserId user, Row& row, std::optional<Instant> due);

  mutable std::mutex mutex_;
  PresenceOptions options_;  // guarded, as all below
  std::unordered_map<UserId, Row> rows_;
  std::set<std::pair<Instant, UserId>> due_;
};

}  // namespace mpim
