#include "server/store/sql/sql_cursors.h"

#include <algorithm>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/people/user_version.h"
#include "server/store/sql/reading/sight.h"
#include "server/store/sql/reading/standings.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kDevice = "SELECT user, generation FROM devices WHERE id = ?";
constexpr Sql kRaise =
    "INSERT INTO cursors (user, device, conversation, seq) VALUES (?, ?, ?, ?)"
    " {conflict user, device, conversation} seq = {greatest}(cursors.seq, {new seq})";
constexpr Sql kRaiseRead =
    "INSERT INTO cursors (user, device, conversation, seq, version) VALUES (?, 0, ?, ?, ?)"
    " {conflict user, device, conversation} seq = {new seq}, version = {new version}";
constexpr Sql kSet =
    "INSERT INTO cursors (user, device, conversation, seq) VALUES (?, ?, ?, ?)"
    " {conflict user, device, conversation} seq = {new seq}";
// One row for each membership. Parameters: the row
// to go on after (user; user, device, conversation), then each filter twice (0 matches everything).
constexpr Sql kOffline =
    "SELECT d.user, d.id, c.id, c.group_id, c.user_low, c.user_high, c.head, c.floor,"
    " m.from_seq, m.to_seq, r.seq, c.expired FROM devices d JOIN members m ON m.user = d.user"
    " JOIN conversations c ON c.id = m.conversation"
    " LEFT JOIN cursors r ON r.user = d.user AND r.device = d.id AND r.conversation = c.id"
    " WHERE d.user >= ? AND (d.user, d.id, m.conversation) > (?, ?, ?)"
    " AND (? = 0 OR d.user = ?) AND (? = 0 OR d.id = ?) AND (? = 0 OR m.conversation = ?)"
    " ORDER BY d.user, d.id, m.conversation, m.from_seq";

struct DeviceRow {
  UserId user;
  uint64_t generation;
};

Result<std::optional<DeviceRow>> device_row(Driver& driver, DeviceId device) {
  MPIM_TRY(Rows rows, driver.ask(kDevice, device));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return std::optional<DeviceRow>();
  return std::optional<DeviceRow>({rows.id<UserId>(0), rows.count(1)});
}

// What one membership adds to a row of the operator's list.
OfflineRow offline_row(Rows& rows, const LogLook& look) {
  OfflineRow row;
  row.user = rows.id<UserId>(0);
  row.device = rows.id<DeviceId>(1);
  row.conversation = rows.id<ConversationId>(2);
  row.group = rows.id<GroupId>(3);
  const auto low = rows.id<UserId>(4);
  row.peer = low == row.user ? rows.id<UserId>(5) : low;
  row.head = std::min(look.head(row.conversation, rows.seq(6)), rows.seq(9));
  const Seq before_floor(std::max(rows.count(7), uint64_t{1}) - 1);
  row.delivered = rows.null(10) ? rows.seq(8) : rows.seq(10);
  const Seq from = std::max({rows.seq(8), before_floor, rows.seq(11), row.delivered});
  row.pending = row.head > from ? row.head.value - from.value : 0;
  return row;
}

bool same_place(const OfflineRow& a, const OfflineRow& b) {
  return a.device == b.device && a.conversation == b.conversation;
}

}  // namespace

Result<Inbox> SqlCursors::inbox(UserId user, DeviceId device, const FirstPages& wanted) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const std::vector<Stand> stands, stands_of(driver_, look, user, device));
  Inbox inbox;
  inbox.standings.reserve(stands.size());
  uint64_t pending = 0;
  uint32_t looks_left = kUnreadLooksMax;
  PageRoom room{wanted.entries_max, wanted.bytes_max};
  for (const Stand& stand : stands) {
    const Standing& at = stand.standing;
    inbox.standings.push_back(at);
    const uint64_t waiting = stand.entries_above(std::max(at.delivered, at.expired));
    const bool gap = at.delivered < std::min(at.expired, at.head) ||
                     at.head.value - at.delivered.value > wanted.window_max;
    pending += waiting;
    const Page* page = nullptr;
    if (waiting > 0 && room.any() && !gap) {
      MPIM_TRY(Page first, read_page(driver_, look, at.conversation, at.group, stand.intervals,
                                     at.delivered, at.head, room));
      MPIM_CHECKED(show_to(driver_, look, user, stand.intervals, at.delivered, first.entries));
      inbox.first_pages.push_back({at.conversation, at.delivered, at.expired, std::move(first)});
      page = &inbox.first_pages.back().page;
    }
    if (inbox.unread > kCountedMax) continue;
    const bool page_has_all =
        page != nullptr && page->through >= at.head && at.read >= at.delivered;
    MPIM_TRY(const uint32_t unread, page_has_all
                                        ? Result(count_unread(user, at.read, page->entries))
                                        : count_unread(driver_, look, user, stand, looks_left));
    inbox.unread = std::min(inbox.unread + unread, kCountedMax + 1);
  }
  inbox.pending = static_cast<uint32_t>(std::min<uint64_t>(pending, kCountedMax + 1));
  return inbox;
}

Result<Standing> SqlCursors::standing(UserId user, DeviceId device, ConversationId of) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Stand stand, stand_in(driver_, look, user, device, of));
  return stand.standing;
}

Result<void> SqlCursors::raise_delivered(DeviceId device, uint64_t generation,
                                         std::span<const CursorMove> moves) {
  MPIM_CHECK(driver_.in_transaction(), "a cursor's move needs a transaction");
  MPIM_TRY(const std::optional<DeviceRow> now, device_row(driver_, device));
  if (!now || generation < now->generation) {
    return Error{Code::kReplaced, "this device logged in elsewhere"};
  }
  for (const CursorMove& move : moves) {
    MPIM_TRY(const ConversationHead* const head, heads_.read(move.conversation));
    const bool beyond = move.delivered > head->head;
    MPIM_CHECK(!beyond || driver_.dialect().many_writers,
               "a cursor may not pass its conversation's head");
    // A server that took over from another may have lost what this one was shown.
    if (beyond) return Error{Code::kReplaced, "the log ends before what this device has: log in"};
  }
  for (const CursorMove& move : moves) {
    MPIM_CHECKED(driver_.run(kRaise, now->user, device, move.conversation, move.delivered));
  }
  return {};
}

Result<std::vector<CursorMove>> SqlCursors::confirm(UserId user, DeviceId device,
                                                    std::span<const MessageId> arrived) {
  MPIM_CHECK(driver_.in_transaction(), "a cursor's move needs a transaction");
  MPIM_TRY(const std::optional<DeviceRow> now, device_row(driver_, device));
  if (!now || now->user != user) return Error{Code::kNotFound, "no such device"};
  std::vector<MessageId> sorted(arrived.begin(), arrived.end());
  std::ranges::sort(sorted);
  MPIM_TRY(const LogLook look, view_.look());
  std::vector<CursorMove> moves;
  std::optional<Stand> stand;
  for (const MessageId id : sorted) {
    const ConversationId of = id.conversation();
    if (!stand || stand->standing.conversation != of) {
      MPIM_TRY(stand, stand_in(driver_, look, user, device, of));
    }
    if (!stand->may_see(id.seq()))
      return Error{Code::kNotFound, "there is no message " + std::to_string(id.value) + " for you"};
    if (id.seq() <= stand->standing.delivered) continue;
    if (moves.empty() || moves.back().conversation != of) moves.push_back({of, id.seq()});
    moves.back().delivered = id.seq();
  }
  for (const CursorMove& move : moves)
    MPIM_CHECKED(driver_.run(kRaise, user, device, move.conversation, move.delivered));
  return moves;
}

Result<ReadCursor> SqlCursors::raise_read(UserId user, ConversationId of, Seq seq) {
  MPIM_CHECK(driver_.in_transaction(), "a cursor's move needs a transaction");
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Stand stand, stand_in(driver_, look, user, DeviceId(), of));
  if (!stand.may_see(seq)) return Error{Code::kNotFound, "no such message"};
  if (seq <= stand.standing.read) return ReadCursor{stand.standing.read};
  MPIM_TRY(const uint64_t version, next_version(driver_, user));
  MPIM_CHECKED(driver_.run(kRaiseRead, user, of, seq, version));
  return ReadCursor{seq, version};
}

Result<std::vector<Unread>> SqlCursors::unread(UserId user, uint32_t count_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const std::vector<Stand> stands, stands_of(driver_, look, user, DeviceId()));
  std::vector<Unread> found;
  uint32_t looks_left = kUnreadLooksMax;
  for (const Stand& stand : stands) {
    if (found.size() >= count_max) break;
    MPIM_TRY(const uint32_t count, count_unread(driver_, look, user, stand, looks_left));
    const Standing& at = stand.standing;
    if (count > 0) found.push_back({at.conversation, at.group, at.peer, count});
  }
  return found;
}

Result<std::vector<OfflineRow>> SqlCursors::offline(const OfflineFilter& filter,
                                                    std::optional<OfflineRow> after,
                                                    uint32_t count_max) {
  MPIM_TRY(const LogLook look, view_.look());
  const OfflineRow from = after.value_or(OfflineRow());
  MPIM_TRY(Rows rows,
           driver_.ask(kOffline, std::max(from.user, filter.user), from.user, from.device,
                       from.conversation, filter.user, filter.user, filter.device, filter.device,
                       filter.conversation, filter.conversation));
  std::vector<OfflineRow> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    const OfflineRow row = offline_row(rows, look);
    if (row.pending == 0) continue;
    if (!found.empty() && same_place(found.back(), row)) {
      found.back().pending += row.pending;
      found.back().head = row.head;
    } else if (found.size() < count_max) {
      found.push_back(row);
    } else {
      return found;
    }
  }
}

Result<void> SqlCursors::set_delivered(DeviceId device, ConversationId of, Seq to) {
  MPIM_CHECK(driver_.in_transaction(), "a cursor's move needs a transaction");
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const std::optional<DeviceRow> now, device_row(driver_, device));
  if (!now) return Error{Code::kNotFound, "no such device"};
  MPIM_TRY(const Stand stand, stand_in(driver_, look, now->user, device, of));
  MPIM_CHECKED(driver_.run(kSet, now->user, device, of, std::min(to, stand.standing.head)));
  return {};
}

}  // namespace mpim
