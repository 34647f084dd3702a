// What becomes of entries afterwards: edits, recalls, what one reader hides; and reading back.
#include <algorithm>
#include <utility>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/reading/readable.h"
#include "server/store/sql/reading/sight.h"
#include "server/store/sql/rows/log_index.h"
#include "server/store/sql/rows/log_pages.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"
#include "server/store/sql/sql_groups.h"
#include "server/store/sql/sql_message_log.h"

namespace mpim {
namespace {

constexpr Sql kHide =
    "INSERT INTO hidden (user, conversation, seq) VALUES (?, ?, ?)"
    " {conflict user, conversation, seq} seq = {new seq}";
constexpr Sql kFloor = "SELECT floor, head FROM conversations WHERE id = ?";
constexpr Sql kOfGroup = "SELECT conversation FROM `groups` WHERE id = ?";
constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kDirect = "SELECT id FROM conversations WHERE user_low = ? AND user_high = ?";

Result<ConversationId> conversation_in(Rows& rows, const std::string& none) {
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, none};
  return rows.id<ConversationId>(0);
}

// As it stands afterwards: whoever reads the log finds this. `by` is the change's own entry.
Entry changed(const Entry& entry, const EntryChange& change, Seq by, Timestamp now) {
  Entry after = entry;
  after.ref = by;
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
// the log is given the text when it is read. The one that is told has it unless readers differ in
// what they may see: then each reads the log for himself.
Result<Appended> SqlMessageLog::change(const EntryChange& change, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Readable may_see, readable(driver_, look, change.by, change.of.conversation()));
  if (!may_see.has(change.of.seq()))
    return Error{Code::kNotFound, "no message " + std::to_string(change.of.value)};
  MPIM_TRY(const LogTail::Row row, row_at(driver_, view_.tail(), change.of));
  const Entry& entry = *row.entry;
  MPIM_TRY(ConversationHead * talk, heads_.find(entry.conversation));
  MPIM_CHECKED(may_change(change, entry, *talk, now));
  const bool indexed = row.pos <= view_.index_reach();
  if (!entry.client_id.empty() && !indexed && entry.state == EntryState::kAsSent)
    MPIM_CHECKED(write_client_id(driver_, entry));
  view_.tail().replace(
      std::make_shared<const Entry>(changed(entry, change, talk->head.next(), now)), row.pos);
  if (change.recall && entry.file) MPIM_CHECKED(files_.drop_use(entry.file, entry.id()));
  Entry event;
  event.kind = change.recall ? EntryKind::kRecall : EntryKind::kEdit;
  event.sender = change.by;
  event.device = change.device;
  event.ref = entry.seq;
  event.at = now;
  MPIM_TRY(EntryPtr added, add_entry(view_.tail(), heads_, *talk, std::move(event)));
  const Committed committed{added->id(), now};
  MPIM_TRY(const bool told, may_tell_all(*talk, change));
  if (told) {
    Entry shown = *added;
    shown.text = change.text;
    added = std::make_shared<const Entry>(std::move(shown));
  }
  return Appended{committed, std::move(added), talk->audience()};
}

// Whether an edit's text may go to whoever is there: nobody came after the message, nobody hid it.
Result<bool> SqlMessageLog::may_tell_all(const ConversationHead& talk, const EntryChange& change) {
  if (change.recall || change.of.seq() <= talk.joined) return false;
  return hidden_by_nobody(driver_, change.of);
}

Result<void> SqlMessageLog::may_change(const EntryChange& change, const Entry& entry,
                                       const ConversationHead& talk, Timestamp now) {
  const std::string id = "message " + std::to_string(entry.id().value);
  if (entry.kind != EntryKind::kMessage)
    return Error{Code::kBadRequest, std::to_string(entry.id().value) + " is no message"};
  bool admin = change.by == kSystemUser;
  // What a dissolved group's members go on reading, an operator can still take back.
  if (talk.dissolved && !admin) return dissolved_error(talk.group);
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
    MPIM_CHECKED(show_to(driver_, look, reader, may_see.intervals, after, history.entries));
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
