#include "server/store/sql/rows/standings.h"

#include <algorithm>
#include <ranges>

#include "server/core/message.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

// One row for each membership. Parameters: device, user.
#define MPIM_STANDINGS                                                                           \
  "SELECT c.id, c.group_id, c.user_low, c.user_high, c.head, c.floor, m.from_seq, m.to_seq,"     \
  " d.seq, r.seq FROM members m JOIN conversations c ON c.id = m.conversation"                   \
  " LEFT JOIN cursors d ON d.user = m.user AND d.device = ? AND d.conversation = m.conversation" \
  " LEFT JOIN cursors r ON r.user = m.user AND r.device = 0 AND r.conversation = m.conversation" \
  " WHERE m.user = ? "
constexpr Sql kAll = MPIM_STANDINGS "ORDER BY m.conversation, m.from_seq";
constexpr Sql kOne = MPIM_STANDINGS "AND m.conversation = ? ORDER BY m.from_seq";
#undef MPIM_STANDINGS
constexpr Sql kNewestFirst =
    "SELECT kind, sender FROM messages WHERE conversation = ? AND seq > ? AND seq <= ?"
    " ORDER BY seq DESC LIMIT ?";

// The first membership of a conversation says where cursors stand that were never moved.
Stand first_of(Rows& rows, UserId user) {
  Stand stand;
  Standing& at = stand.standing;
  const auto low = rows.id<UserId>(2);
  const Seq start = rows.seq(6);
  at.conversation = rows.id<ConversationId>(0);
  at.group = rows.id<GroupId>(1);
  at.peer = low == user ? rows.id<UserId>(3) : low;
  at.floor = rows.seq(4) == Seq() ? Seq() : rows.seq(5);
  at.delivered = rows.null(8) ? start : rows.seq(8);
  at.read = rows.null(9) ? start : rows.seq(9);
  return stand;
}

void add_interval(Rows& rows, Stand& stand) {
  Standing& at = stand.standing;
  const uint64_t before_floor = std::max(rows.count(5), uint64_t{1}) - 1;
  at.head = std::min(rows.seq(4), rows.seq(7));
  at.member = rows.number(7) == kStillMember;
  stand.intervals.push_back({std::max(rows.seq(6), Seq(before_floor)), at.head});
}

Result<std::vector<Stand>> fold(Rows rows, UserId user) {
  std::vector<Stand> stands;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const auto conversation = rows.id<ConversationId>(0);
    if (stands.empty() || stands.back().standing.conversation != conversation) {
      stands.push_back(first_of(rows, user));
    }
    add_interval(rows, stands.back());
  }
  for (Stand& stand : stands) {
    Standing& at = stand.standing;
    at.delivered = std::min(at.delivered, at.head);
    at.read = std::min(at.read, at.head);
  }
  return stands;
}

// Up to `count_max` messages of others in (from, to].
Result<uint32_t> count_in(Driver& driver, UserId user, ConversationId of, Stand::Interval in,
                          uint32_t count_max, uint32_t& looks_left) {
  const uint64_t entries = in.to.value - in.from.value;
  const uint64_t looks = std::min<uint64_t>(entries, looks_left);
  uint32_t count = 0;
  if (looks > 0) {
    MPIM_TRY(Rows rows, driver.ask(kNewestFirst, of, in.from, in.to, looks));
    while (count < count_max) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      --looks_left;
      const bool message = rows.number(0) == static_cast<int>(EntryKind::kMessage);
      if (message && rows.id<UserId>(1) != user) ++count;
    }
  }
  return static_cast<uint32_t>(std::min<uint64_t>(count + (entries - looks), count_max));
}

}  // namespace

uint64_t Stand::entries_above(Seq cursor) const {
  uint64_t count = 0;
  for (const Interval& in : intervals) {
    const Seq from = std::max(in.from, cursor);
    if (in.to > from) count += in.to.value - from.value;
  }
  return count;
}

bool Stand::may_see(Seq seq) const {
  return std::ranges::any_of(intervals,
                             [seq](const Interval& in) { return seq > in.from && seq <= in.to; });
}

Result<std::vector<Stand>> stands_of(Driver& driver, UserId user, DeviceId device) {
  MPIM_TRY(Rows rows, driver.ask(kAll, device, user));
  return fold(std::move(rows), user);
}

Result<Stand> stand_in(Driver& driver, UserId user, DeviceId device, ConversationId of) {
  MPIM_TRY(Rows rows, driver.ask(kOne, device, user, of));
  MPIM_TRY(std::vector<Stand> stands, fold(std::move(rows), user));
  if (stands.empty()) return Error{Code::kNotFound, "no such conversation"};
  return std::move(stands.front());
}

Result<uint32_t> count_unread(Driver& driver, UserId user, const Stand& stand,
                              uint32_t& looks_left) {
  uint32_t count = 0;
  for (const Stand::Interval& in : std::views::reverse(stand.intervals)) {
    const Stand::Interval rest{std::max(in.from, stand.standing.read), in.to};
    if (rest.to <= rest.from || count > kCountedMax) continue;
    MPIM_TRY(const uint32_t more, count_in(driver, user, stand.standing.conversation, rest,
                                           kCountedMax + 1 - count, looks_left));
    count += more;
  }
  return count;
}

}  // namespace mpim
