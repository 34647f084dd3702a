#include "server/service/presence/presence_board.h"

#include <algorithm>

#include "server/core/check.h"

namespace mpim {

void PresenceBoard::follow(const PresenceOptions& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
}

PresenceBoard::News PresenceBoard::arrived(UserId user, Moment now) {
  return change(user, now, [](Row& row) { ++row.online; });
}

PresenceBoard::News PresenceBoard::left(UserId user, bool was_away, Moment now) {
  return change(user, now, [was_away](Row& row) {
    uint32_t& sessions = was_away ? row.away : row.online;
    MPIM_CHECK(sessions > 0, "a session left that had not arrived");
    --sessions;
  });
}

PresenceBoard::News PresenceBoard::set_away(UserId user, bool away, Moment now) {
  return change(user, now, [away](Row& row) {
    uint32_t& from = away ? row.online : row.away;
    MPIM_CHECK(from > 0, "a session changed its state that had not arrived");
    --from;
    ++(away ? row.away : row.online);
  });
}

template <class Change>
PresenceBoard::News PresenceBoard::change(UserId user, Moment now, Change change) {
  const std::lock_guard lock(mutex_);
  Row& row = rows_[user];
  const PresenceState before = row.state();
  change(row);
  const PresenceState after = row.state();
  if (after == before) return {};
  row.changed_at = now.wall;
  if (after == row.shown) {
    const bool gone = after == PresenceState::kOffline;  // and nobody had learnt that he was there
    if (gone) row.shown_since = now.wall;
    set_due(user, row, gone ? std::optional(now.steady + kForgottenAfter) : std::nullopt);
    return {.tell = {}, .look_again = row.due};
  }
  Instant when = now.steady;
  if (after == PresenceState::kOffline) when = when + options_.offline_grace;
  if (row.told) when = std::max(when, *row.told + options_.min_interval);
  set_due(user, row, when);
  News news;
  if (when <= now.steady) news.tell = settle(user, row, now.steady);
  news.look_again = row.due;
  return news;
}

PresenceBoard::Due PresenceBoard::take_due(Instant now) {
  const std::lock_guard lock(mutex_);
  Due found;
  while (!due_.empty() && due_.begin()->first <= now) {
    const UserId user = due_.begin()->second;
    const auto row = rows_.find(user);
    MPIM_CHECK(row != rows_.end(), "something is due of a user who is not known");
    if (auto told = settle(user, row->second, now)) {
      found.tell.push_back(*told);
    } else {
      set_due(user, row->second, std::nullopt);
      rows_.erase(row);
    }
  }
  if (!due_.empty()) found.look_again = due_.begin()->first;
  return found;
}

// Makes what is true what is shown. Nothing to tell: the row has had its time.
std::optional<PresenceSignal> PresenceBoard::settle(UserId user, Row& row, Instant now) {
  const PresenceState state = row.state();
  if (state == row.shown) return std::nullopt;
  row.shown = state;
  row.shown_since = row.changed_at;
  row.told = now;
  const bool gone = state == PresenceState::kOffline;
  set_due(
      user, row,
      gone ? std::optional(now + std::max(kForgottenAfter, options_.min_interval)) : std::nullopt);
  return PresenceSignal{user, row.shown, row.shown_since};
}

void PresenceBoard::set_due(UserId user, Row& row, std::optional<Instant> due) {
  if (row.due) due_.erase({*row.due, user});
  row.due = due;
  if (due) due_.insert({*due, user});
}

std::optional<PresenceSignal> PresenceBoard::of(UserId user) const {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(user);
  if (found == rows_.end() || !found->second.told) return std::nullopt;
  return PresenceSignal{user, found->second.shown, found->second.shown_since};
}

std::vector<PresenceSignal> PresenceBoard::present(UserId after, uint32_t count_max) const {
  std::vector<PresenceSignal> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [user, row] : rows_)
      if (user > after && row.shown != PresenceState::kOffline)
        all.push_back({user, row.shown, row.shown_since});
  }
  const size_t count = std::min<size_t>(count_max, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<ptrdiff_t>(count), {},
                            &PresenceSignal::user);
  all.resize(count);
  return all;
}

size_t PresenceBoard::remembered() const {
  const std::lock_guard lock(mutex_);
  return rows_.size();
}

}  // namespace mpim
