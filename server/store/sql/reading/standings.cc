#include "server/store/sql/reading/standings.h"

#include <algorithm>

#include "server/core/message.h"
#include "server/store/sql/reading/sight.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

// One row for each membership. Parameters: device, user.
#define MPIM_STANDINGS                                                                           \
  "SELECT c.id, c.group_id, c.user_low, c.user_high, c.head, c.floor, m.from_seq, m.to_seq,"     \
  " d.seq, r.seq, c.expired FROM members m JOIN conversations c ON c.id = m.conversation"        \
  " LEFT JOIN cursors d ON d.user = m.user AND d.device = ? AND d.conversation = m.conversation" \
  " LEFT JOIN cursors r ON r.user = m.user AND r.device = 0 AND r.conversation = m.conversation" \
  " WHERE m.user = ? "
constexpr Sql kAll = MPIM_STANDINGS "ORDER BY m.conversation, m.from_seq";
constexpr Sql kOne = MPIM_STANDINGS "AND m.conversation = ? ORDER BY m.from_seq";
#undef MPIM_STANDINGS
constexpr Sql kNewestFirst =
    "SELECT e.kind, e.sender FROM {log_by_id} WHERE {log_id} > ? AND {log_id} <= ?"
    " ORDER BY {log_id} DESC LIMIT ?";

// The first membership of a conversation says where cursors stand that were never moved.
Stand first_of(Rows& rows, const LogLook& look, UserId user) {
  Stand stand;
  Standing& at = stand.standing;
  const auto low = rows.id<UserId>(2);
  const Seq start = rows.seq(6);
  at.conversation = rows.id<ConversationId>(0);
  at.group = rows.id<GroupId>(1);
  at.peer = low == user ? rows.id<UserId>(3) : low;
  at.floor = look.head(at.conversation, rows.seq(4)) == Seq() ? Seq() : rows.seq(5);
  at.expired = rows.seq(10);
  at.delivered = rows.null(8) ? start : rows.seq(8);
  at.read = rows.null(9) ? start : rows.seq(9);
  return stand;
}

void add_interval(Rows& rows, const LogLook& look, Stand& stand) {
  Standing& at = stand.standing;
  const uint64_t before_floor = std::max(rows.count(5), uint64_t{1}) - 1;
  at.head = std::min(look.head(at.conversation, rows.seq(4)), rows.seq(7));
  at.member = rows.number(7) == kStillMember;
  stand.intervals.push_back({std::max(rows.seq(6), Seq(before_floor)), at.head});
}

Result<std::vector<Stand>> fold(Rows rows, const LogLook& look, UserId user) {
  std::vector<Stand> stands;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const auto conversation = rows.id<ConversationId>(0);
    if (stands.empty() || stands.back().standing.conversation != conversation) {
      stands.push_back(first_of(rows, look, user));
    }
    add_interval(rows, look, stands.back());
  }
  for (Stand& stand : stands) {
    Standing& at = stand.standing;
    at.delivered = std::min(at.delivered, at.head);
    at.read = std::min(at.read, at.head);
  }
  return stands;
}

bool counts(EntryKind kind, UserId sender, UserId user) {
  return kind == EntryKind::kMessage && sender != user;
}

// Counts messages of others from the newest back, as many entries as may be looked at.
// `hidden` are not counted.
struct Counting {
  Driver& driver;
  const LogLook& look;
  UserId user;
  ConversationId of;
  uint32_t count_max;
  std::span<const Seq> hidden;
  uint32_t& looks_left;
  uint64_t count = 0;

  bool done() const { return count >= count_max || looks_left == 0; }
  void see(Seq seq, EntryKind kind, UserId sender) {
    --looks_left;
    if (counts(kind, sender, user) && !std::ranges::binary_search(hidden, seq)) ++count;
  }
  // Of (from, to]; answers down to where it came. Memory that ends below `to` was overtaken by the
  // index, which has it all.
  Seq in_memory(SeqInterval in) {
    const std::vector<EntryPtr> newest = look.entries(of, in.from, in.to, SIZE_MAX);
    if (newest.empty() || newest.back()->seq != in.to) return in.to;
    for (auto entry = newest.rbegin(); entry != newest.rend() && !done(); ++entry) {
      see(in.to, (*entry)->kind, (*entry)->sender);
      in.to = Seq((*entry)->seq.value - 1);
    }
    return in.to;
  }
  Result<Seq> in_index(SeqInterval in) {
    if (in.to <= in.from || done()) return in.to;
    MPIM_TRY(Rows rows,
             driver.ask(kNewestFirst, MessageId(of, in.from), MessageId(of, in.to), looks_left));
    while (!done()) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) return in.from;
      see(in.to, static_cast<EntryKind>(rows.number(0)), rows.id<UserId>(1));
      in.to = Seq(in.to.value - 1);
    }
    return in.to;
  }
};

// Up to `count_max` messages of others in (from, to]; that many, too, when not all may be looked
// at.
Result<uint32_t> count_in(Counting counting, SeqInterval in) {
  in.to = counting.in_memory(in);
  MPIM_TRY(in.to, counting.in_index(in));
  const bool unseen = in.to > in.from;
  return unseen ? counting.count_max : static_cast<uint32_t>(counting.count);
}

}  // namespace

uint64_t Stand::entries_above(Seq cursor) const {
  uint64_t count = 0;
  for (const SeqInterval& in : intervals) {
    const Seq from = std::max(in.from, cursor);
    if (in.to > from) count += in.to.value - from.value;
  }
  return count;
}

bool Stand::may_see(Seq seq) const { return in_sight(intervals, seq); }

Result<std::vector<Stand>> stands_of(Driver& driver, const LogLook& look, UserId user,
                                     DeviceId device) {
  MPIM_TRY(Rows rows, driver.ask(kAll, device, user));
  return fold(std::move(rows), look, user);
}

Result<Stand> stand_in(Driver& driver, const LogLook& look, UserId user, DeviceId device,
                       ConversationId of) {
  MPIM_TRY(Rows rows, driver.ask(kOne, device, user, of));
  MPIM_TRY(std::vector<Stand> stands, fold(std::move(rows), look, user));
  if (stands.empty()) return Error{Code::kNotFound, "no such conversation"};
  return std::move(stands.front());
}

Result<uint32_t> count_unread(Driver& driver, const LogLook& look, UserId user, const Stand& stand,
                              uint32_t& looks_left) {
  uint32_t count = 0;
  // However much lies in one, something is left for the others.
  const uint32_t share = looks_left / 2;
  uint32_t looks = share;
  for (auto in = stand.intervals.rbegin(); in != stand.intervals.rend(); ++in) {
    const SeqInterval rest{std::max(in->from, stand.standing.read), in->to};
    if (rest.to <= rest.from || count > kCountedMax) continue;
    const ConversationId of = stand.standing.conversation;
    MPIM_TRY(const std::vector<Seq> hidden, hidden_by(driver, user, of, rest));
    const Counting counting{driver, look, user, of, kCountedMax + 1 - count, hidden, looks};
    MPIM_TRY(const uint32_t more, count_in(counting, rest));
    count += more;
  }
  looks_left -= share - looks;
  return count;
}

uint32_t count_unread(UserId user, Seq read, std::span<const EntryPtr> entries) {
  const auto unread = std::ranges::count_if(entries, [&](const EntryPtr& entry) {
    return entry->seq > read && counts(entry->kind, entry->sender, user);
  });
  return static_cast<uint32_t>(std::min<int64_t>(unread, kCountedMax + 1));
}

}  // namespace mpim
