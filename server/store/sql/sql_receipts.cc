// Who has received and read what, and the list of conversations.
#include <algorithm>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/reading/sight.h"
#include "server/store/sql/reading/standings.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"
#include "server/store/sql/sql_cursors.h"

namespace mpim {
namespace {

constexpr Sql kMemberCount = "SELECT members FROM `groups` WHERE id = ?";
constexpr Sql kReached =
    "SELECT seq FROM receipts WHERE conversation = ? AND user = ? AND kind = ?"
    " ORDER BY seq DESC LIMIT 1";
constexpr Sql kNote =
    "INSERT {or_fail} INTO receipts (conversation, user, kind, seq, at) VALUES (?, ?, ?, ?, ?)";
constexpr Sql kRecipients =
    "SELECT DISTINCT user FROM members WHERE conversation = ? AND user > ? AND user <> ?"
    " AND from_seq < ? AND to_seq >= ? ORDER BY user LIMIT ?";
constexpr Sql kWhen =
    "SELECT at FROM receipts WHERE conversation = ? AND user = ? AND kind = ? AND seq >= ?"
    " ORDER BY seq LIMIT 1";
constexpr Sql kCursor =
    "SELECT MAX(seq) FROM cursors WHERE user = ? AND conversation = ? AND"
    " (device > 0 AND ? = 0 OR device = 0 AND ? = 1)";
constexpr Sql kUserName = "SELECT name FROM users WHERE id = ?";
constexpr Sql kGroupName =
    "SELECT g.name, g.join_policy, g.dissolved_at, c.head FROM `groups` g"
    " JOIN conversations c ON c.id = g.conversation WHERE g.id = ?";

// A time that nobody wrote down: before times were kept.
constexpr Timestamp kSometime{1};
// Entries looked at for the newest message of a conversation, and of all of a list's together;
// changes alone lie above more of them only seldom.
constexpr uint32_t kNewestLooksMax = 64;
constexpr uint32_t kListLooksMax = 4'096;

template <class... Args>
Result<uint64_t> number_of(Driver& driver, Sql sql, const Args&... args) {
  MPIM_TRY(Rows rows, driver.ask(sql, args...));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.count(0) : 0;
}

// When a user's cursor passed a message; 0: it has not.
Result<Timestamp> when(Driver& driver, UserId user, MessageId of, ReceiptKind kind) {
  const int number = static_cast<int>(kind);
  {
    MPIM_TRY(Rows rows, driver.ask(kWhen, of.conversation(), user, number, of.seq()));
    MPIM_TRY(const bool found, rows.next());
    if (found) return rows.time(0);
  }
  MPIM_TRY(const uint64_t cursor,
           number_of(driver, kCursor, user, of.conversation(), number, number));
  return cursor >= of.seq().value ? kSometime : Timestamp{};
}

// What the list tells of one conversation before its page is known.
struct Candidate {
  const Stand* stand = nullptr;
  ConversationRow row = {};
};

// The newest first; two of one moment by their conversation.
bool newer(const Candidate& a, const Candidate& b) {
  if (a.row.at != b.row.at) return a.row.at > b.row.at;
  return a.row.conversation > b.row.conversation;
}

}  // namespace

Result<std::vector<ReceiptTold>> SqlCursors::note_receipt(UserId user, ConversationId of,
                                                          ReceiptKind kind, Seq through,
                                                          Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a receipt needs a transaction");
  MPIM_TRY(const ConversationHead* const head, heads_.read(of));
  std::vector<ReceiptTold> told;
  if (head->group) {
    MPIM_TRY(const uint64_t members, number_of(driver_, kMemberCount, head->group));
    if (members > limits_.receipt_members_max) return told;
  }
  const int number = static_cast<int>(kind);
  MPIM_TRY(const uint64_t reached, number_of(driver_, kReached, of, user, number));
  if (reached >= through.value || all_own(user, of, Seq(reached), through)) return told;
  MPIM_CHECKED(driver_.run(kNote, of, user, number, through, now));
  const UserId other = head->one == user ? head->other : head->one;
  if (!head->group && other && other != user)
    told.push_back({other, {of, {}, user, kind, through, now}});
  return told;
}

Result<Receipts> SqlCursors::receipts(UserId asker, MessageId of, UserId after,
                                      uint32_t count_max) {
  MPIM_TRY(const LogLook look, view_.look());
  const Error none{Code::kNotFound, "no message " + std::to_string(of.value)};
  const Result<Stand> stand = stand_in(driver_, look, asker, DeviceId(), of.conversation());
  if (!stand.ok()) return stand.error().code == Code::kNotFound ? none : stand.error();
  if (!stand->may_see(of.seq())) return none;
  MPIM_TRY(const EntryPtr entry, entry_at(driver_, look, of));
  if (entry->kind != EntryKind::kMessage) return none;
  if (entry->sender != asker)
    return Error{Code::kDenied, "only its sender is told who has received and read a message"};
  Receipts receipts;
  UserId last;
  while (true) {
    constexpr uint32_t kPage = 500;
    std::vector<UserId> users;
    {
      MPIM_TRY(Rows rows,
               driver_.ask(kRecipients, of.conversation(), last, asker, of.seq(), of.seq(), kPage));
      while (true) {
        MPIM_TRY(const bool more, rows.next());
        if (!more) break;
        users.push_back(rows.id<UserId>(0));
      }
    }
    if (users.empty()) return receipts;
    last = users.back();
    receipts.recipients += users.size();
    if (receipts.recipients > limits_.receipt_members_max)
      return Error{Code::kLimit, "receipts are kept for up to " +
                                     std::to_string(limits_.receipt_members_max) +
                                     " members (receipts.members_max)"};
    for (const UserId user : users) {
      ReceiptMark mark{user, {}, {}};
      MPIM_TRY(mark.read, when(driver_, user, of, ReceiptKind::kRead));
      MPIM_TRY(mark.delivered, when(driver_, user, of, ReceiptKind::kDelivered));
      // Who has read it has it, on whatever device.
      if (mark.delivered.ms == 0) mark.delivered = mark.read;
      receipts.delivered += mark.delivered.ms != 0;
      receipts.read += mark.read.ms != 0;
      if (user <= after) continue;
      if (receipts.marks.size() < count_max)
        receipts.marks.push_back(mark);
      else
        receipts.more = true;
    }
  }
}

// What a user wrote himself he need not receive. Only what lies in memory is looked at.
bool SqlCursors::all_own(UserId user, ConversationId of, Seq after, Seq through) {
  constexpr size_t kLooksMax = 128;
  const std::vector<EntryPtr> entries =
      view_.tail().entries(of, after, through, view_.tail().last(), kLooksMax);
  return entries.size() == through.value - after.value &&
         std::ranges::all_of(entries,
                             [user](const EntryPtr& entry) { return entry->sender == user; });
}

// The newest message he may see, if it is among the newest entries; else the newest change.
// `looks_left` is for what lies below the very newest entry.
Result<EntryPtr> SqlCursors::newest_message(const LogLook& look, UserId user, const Stand& stand,
                                            uint32_t& looks_left) {
  uint32_t looks = 0;
  EntryPtr change;
  for (auto in = stand.intervals.rbegin(); in != stand.intervals.rend(); ++in) {
    for (Seq at = in->to; at > in->from && looks < kNewestLooksMax; at = Seq(at.value - 1)) {
      if (looks++ > 0 && looks_left == 0) return change;
      if (looks > 1) --looks_left;
      const ConversationId of = stand.standing.conversation;
      MPIM_TRY(EntryPtr entry, entry_at(driver_, look, MessageId(of, at)));
      if (entry->kind != EntryKind::kMessage) {
        if (!change) change = std::move(entry);
        continue;
      }
      MPIM_TRY(const bool hidden, is_hidden_by(driver_, user, MessageId(of, at)));
      if (!hidden) return as_seen(std::move(entry), stand.intervals);
    }
  }
  return change;
}

// Of a group he has left as GROUPINFO would tell him: nothing of a closed one, and of a dissolved
// one when he belonged until then, after which nothing was written.
Result<std::string> SqlCursors::shown_name(const LogLook& look, const Standing& at) {
  MPIM_TRY(Rows rows,
           at.group ? driver_.ask(kGroupName, at.group) : driver_.ask(kUserName, at.peer));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return std::string();
  if (!at.group || at.member) return rows.text(0);
  const bool dissolved = rows.number(2) != 0;
  const bool to_the_end = at.head == look.head(at.conversation, rows.seq(3));
  const bool open = static_cast<JoinPolicy>(rows.number(1)) != JoinPolicy::kClosed;
  return (dissolved ? to_the_end : open) ? rows.text(0) : std::string();
}

Result<std::vector<ConversationRow>> SqlCursors::conversations(UserId user, MessageId before,
                                                               uint32_t count_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const std::vector<Stand> stands, stands_of(driver_, look, user, DeviceId()));
  std::vector<Candidate> all;
  all.reserve(stands.size());
  uint32_t newest_looks_left = kListLooksMax;
  for (const Stand& stand : stands) {
    const Standing& at = stand.standing;
    ConversationRow row;
    row.conversation = at.conversation;
    row.group = at.group;
    row.peer = at.peer;
    row.member = at.member;
    MPIM_TRY(row.last, newest_message(look, user, stand, newest_looks_left));
    if (!row.last)
      continue;  // he hid all there is: there is nothing to show, and nothing to page by
    row.at = row.last->at;
    all.push_back({&stand, std::move(row)});
  }
  std::ranges::sort(all, newer);
  auto from = all.begin();
  if (before != MessageId()) {
    const auto shown = std::ranges::find_if(all, [before](const Candidate& each) {
      return each.row.conversation == before.conversation();
    });
    if (shown == all.end()) return Error{Code::kNotFound, "no such conversation"};
    // It may have moved up meanwhile: what lies below where it was is what was asked for.
    MPIM_TRY(const EntryPtr last, entry_at(driver_, look, before));
    if (!shown->stand->may_see(before.seq())) return Error{Code::kNotFound, "no such message"};
    Candidate place{};
    place.row.conversation = before.conversation();
    place.row.at = last->at;
    from = std::ranges::upper_bound(all, place, newer);
  }
  std::vector<ConversationRow> page;
  uint32_t looks_left = kUnreadLooksMax;
  for (; from != all.end() && page.size() < count_max; ++from) {
    ConversationRow& row = from->row;
    MPIM_TRY(row.unread, count_unread(driver_, look, user, *from->stand, looks_left));
    MPIM_TRY(row.name, shown_name(look, from->stand->standing));
    page.push_back(std::move(row));
  }
  return page;
}

}  // namespace mpim
