// What becomes of entries afterwards: edits, recalls, what one reader hides; and reading back.
#include <algorithm>
#include <utility>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/log_index.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"
#include "server/store/sql/rows/readable.h"
#include "server/store/sql/sql_groups.h"
#include "server/store/sql/sql_message_log.h"

namespace mpim {
namespace {

constexpr Sql kRow = "SELECT " MPIM_ENTRY_COLUMNS
                     ", e.pos, c.group_id FROM messages_by_seq i JOIN messages e ON e.pos = i.pos"
                     " JOIN conversations c ON c.id = e.conversation WHERE i.id = ?";
constexpr Sql kHide =
    "INSERT INTO hidden (user, conversation, seq) VALUES (?, ?, ?)"
    " {conflict user, conversation, seq} seq = {new seq}";
constexpr Sql kHidden =
    "SELECT seq FROM hidden WHERE user = ? AND conversation = ? AND seq > ? AND seq <= ?"
    " ORDER BY seq";
constexpr Sql kFloor = "SELECT floor, head FROM conversations WHERE id = ?";
constexpr Sql kOfGroup = "SELECT conversation FROM `groups` WHERE id = ?";
constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kDirect = "SELECT id FROM conversations WHERE user_low = ? AND user_high = ?";

Result<ConversationId> conversation_in(Rows& rows, const std::string& none) {
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, none};
  return rows.id<ConversationId>(0);
}

// As it stands afterwards: whoever reads the log finds this.
Entry changed(const Entry& entry, const EntryChange& change, Timestamp now) {
  Entry after = entry;
  after.state = change.recall ? EntryState::kRecalled : EntryState::kEdited;
  after.changed_at = now;
  after.text = change.text;
  if (change.recall) {
    after.text.clear();
    after.file = {};
    after.ext.clear();
  }
  return after;
}

}  // namespace

// An edit's text stands in the message alone, so that a recall leaves it nowhere: its own entry in
// the log is given the text when it is read.
Result<Appended> SqlMessageLog::change(const EntryChange& change, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Readable may_see, readable(driver_, look, change.by, change.of.conversation()));
  if (!may_see.has(change.of.seq()))
    return Error{Code::kNotFound, "no message " + std::to_string(change.of.value)};
  MPIM_TRY(const LogTail::Row row, row_of(change.of));
  const Entry& entry = *row.entry;
  MPIM_TRY(ConversationHead * talk, heads_.find(entry.conversation));
  MPIM_CHECKED(may_change(change, entry, *talk, now));
  const bool indexed = row.pos <= view_.tail().index_reach();
  if (!entry.client_id.empty() && !indexed && entry.state == EntryState::kAsSent)
    MPIM_CHECKED(write_client_id(driver_, entry));
  view_.tail().replace(std::make_shared<const Entry>(changed(entry, change, now)), row.pos);
  Entry event;
  event.kind = change.recall ? EntryKind::kRecall : EntryKind::kEdit;
  event.sender = change.by;
  event.device = change.device;
  event.ref = entry.seq;
  event.at = now;
  MPIM_TRY(EntryPtr added, add_entry(view_.tail(), heads_, *talk, std::move(event)));
  const Committed committed{added->id(), now};
  if (!change.recall) {
    Entry shown = *added;
    shown.text = change.text;
    added = std::make_shared<const Entry>(std::move(shown));
  }
  return Appended{committed, std::move(added), talk->audience()};
}

Result<void> SqlMessageLog::may_change(const EntryChange& change, const Entry& entry,
                                       const ConversationHead& talk, Timestamp now) {
  const std::string id = "message " + std::to_string(entry.id().value);
  if (entry.kind != EntryKind::kMessage)
    return Error{Code::kBadRequest, std::to_string(entry.id().value) + " is no message"};
  bool admin = change.by == kSystemUser;
  if (talk.dissolved) return dissolved_error(talk.group);
  if (talk.group && !admin) {
    MPIM_TRY(const GroupPlace place, rights_.place(talk.id, change.by));
    if (!place.member)
      return Error{Code::kNotMember, "you are not a member of this group any more"};
    admin = may(place.role, GroupAct::kRecallOthers);
    // An edit says something new: who may not send may not do that either.
    if (!change.recall) MPIM_CHECKED(may_send_in(change.by, talk, now));
  }
  if (!talk.group && !change.recall) {
    const UserId other = talk.one == change.by ? talk.other : talk.one;
    MPIM_CHECKED(may_send(change.by, Destination(other), &talk, now));
  }
  const bool own = entry.sender == change.by;
  if (!own && !(admin && change.recall)) return Error{Code::kDenied, id + " is not yours"};
  const bool late = entry.at < now - limits_.change_window;
  if (late && !(admin && change.recall))
    return Error{Code::kDenied, "it is too late: messages may be changed for " +
                                    std::to_string(limits_.change_window.count() / 1'000) +
                                    " s (message.change_window_ms)"};
  if (entry.state == EntryState::kRecalled)
    return Error{Code::kConflict, id + " was recalled already"};
  if (!change.recall && entry.text == change.text)
    return Error{Code::kConflict, "the text is the same as before"};
  return {};
}

// The entry as this transaction has left it, and its place.
Result<LogTail::Row> SqlMessageLog::row_of(MessageId id) {
  const auto pending = view_.tail().replaced();
  const auto newest = std::find_if(pending.rbegin(), pending.rend(),
                                   [id](const LogTail::Row& row) { return row.entry->id() == id; });
  if (newest != pending.rend()) return *newest;
  if (std::optional<LogTail::Row> row = view_.tail().row_of(id)) return *std::move(row);
  MPIM_TRY(Rows rows, driver_.ask(kRow, id));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no message " + std::to_string(id.value)};
  return LogTail::Row{entry_from(rows, id.conversation(), rows.id<GroupId>(kEntryColumns + 1)),
                      rows.count(kEntryColumns)};
}

// What every reader but the operator needs: without what he hid, edits with their text.
Result<void> SqlMessageLog::show_to(UserId reader, ConversationId of, Seq after,
                                    std::vector<EntryPtr>& entries) {
  if (entries.empty()) return {};
  for (EntryPtr& entry : entries) {
    if (entry->kind != EntryKind::kEdit) continue;
    const Result<EntryPtr> edited = find(MessageId(of, entry->ref));
    if (!edited.ok() && edited.error().code != Code::kNotFound) return edited.error();
    Entry shown = *entry;
    if (edited.ok()) shown.text = (*edited)->text;
    entry = std::make_shared<const Entry>(std::move(shown));
  }
  MPIM_TRY(Rows rows, driver_.ask(kHidden, reader, of, after, entries.back()->seq));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return {};
    std::erase_if(entries,
                  [seq = rows.seq(0)](const EntryPtr& entry) { return entry->seq == seq; });
  }
}

Result<HistoryPage> SqlMessageLog::history(UserId reader, const HistoryPlace& from,
                                           uint32_t count_max, uint32_t bytes_max) {
  MPIM_TRY(const LogLook look, view_.look());
  const ConversationId of = from.conversation;
  MPIM_TRY(const Readable may_see, readable(driver_, look, reader, of));
  HistoryPage history{.conversation = of, .entries = {}, .reached = from.bound};
  // Backwards, a page is read from where it must begin; a shorter one when its bytes were too many.
  for (uint32_t count = count_max;; count /= 2) {
    const Seq after = from.forwards ? from.bound : may_see.before(from.bound, count);
    const Seq last = from.forwards ? may_see.last : Seq(from.bound.value - 1);
    std::vector<SeqInterval> intervals = may_see.intervals;
    for (SeqInterval& in : intervals) in.to = std::min(in.to, last);
    PageRoom room{count, bytes_max};
    MPIM_TRY(Page page, read_page(driver_, look, of, may_see.group, intervals, after,
                                  std::min(last, may_see.last), room));
    if (!from.forwards && page.through < std::min(last, may_see.last) && count > 1) continue;
    history.more = from.forwards ? page.through < may_see.last : may_see.any_below(after.next());
    history.reached = from.forwards ? page.through : after.next();
    history.entries = std::move(page.entries);
    MPIM_CHECKED(show_to(reader, of, after, history.entries));
    return history;
  }
}

Result<Seq> SqlMessageLog::last_before(ConversationId of, Timestamp at) {
  MPIM_TRY(const LogLook look, view_.look());
  Seq low;   // lies before `at`, or is none
  Seq high;  // does not
  {
    MPIM_TRY(Rows rows, driver_.ask(kFloor, of));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return Error{Code::kNotFound, "no such conversation"};
    low = Seq(std::max(rows.count(0), uint64_t{1}) - 1);
    high = look.head(of, rows.seq(1)).next();
  }
  while (low.next() < high) {
    const Seq middle(low.value + (high.value - low.value) / 2);
    MPIM_TRY(const EntryPtr entry, find(MessageId(of, middle)));
    (entry->at < at ? low : high) = middle;
  }
  return low;
}

Result<ConversationId> SqlMessageLog::conversation_of(UserId reader, const Recipient& with) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  if (const auto* const group = std::get_if<GroupId>(&with)) {
    MPIM_TRY(Rows rows, driver_.ask(kOfGroup, *group));
    return conversation_in(rows, "no group " + std::to_string(group->value));
  }
  UserId other;
  if (const auto* const user = std::get_if<UserId>(&with)) {
    other = *user;
  } else {
    const auto& name = std::get<UserName>(with);
    MPIM_TRY(Rows rows, driver_.ask(kNamed, name.key));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return Error{Code::kNotFound, "no user @" + name.shown};
    other = rows.id<UserId>(0);
  }
  const auto [low, high] = std::minmax(reader, other);
  MPIM_TRY(Rows rows, driver_.ask(kDirect, low, high));
  return conversation_in(rows, "you have no conversation with user " + std::to_string(other.value));
}

Result<void> SqlMessageLog::hide(UserId reader, MessageId message) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Readable may_see, readable(driver_, look, reader, message.conversation()));
  if (!may_see.has(message.seq()))
    return Error{Code::kNotFound, "no message " + std::to_string(message.value)};
  MPIM_CHECKED(driver_.run(kHide, reader, message.conversation(), message.seq()));
  return {};
}

}  // namespace mpim
