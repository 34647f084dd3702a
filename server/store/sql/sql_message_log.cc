#include "server/store/sql/sql_message_log.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kKept =
    "SELECT seq, body_hash, at FROM client_ids WHERE conversation = ? AND sender = ? AND client_id "
    "= ?";
constexpr Sql kReadable =
    "SELECT c.group_id, c.head, c.floor, m.from_seq, m.to_seq"
    " FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.conversation = ? AND m.user = ? ORDER BY m.from_seq";
constexpr Sql kPage = "SELECT " MPIM_ENTRY_COLUMNS
                      " FROM messages_by_seq i JOIN messages e ON e.pos = i.pos"
                      " WHERE i.id > ? AND i.id <= ? ORDER BY i.id LIMIT ?";
constexpr Sql kFind = "SELECT " MPIM_ENTRY_COLUMNS
                      ", c.group_id FROM messages_by_seq i JOIN messages e ON e.pos = i.pos"
                      " JOIN conversations c ON c.id = e.conversation WHERE i.id = ?";
constexpr Sql kAudience =
    "SELECT id, group_id, user_low, user_high, members_version FROM conversations WHERE id = ?";
constexpr Sql kChanged =
    "SELECT id, group_id, user_low, user_high, members_version, head, changed_at FROM conversations"
    " WHERE changed_at >= ? ORDER BY changed_at LIMIT ?";

// `receiver`: of a direct talk.
Entry entry_of(const Draft& draft, const UserId* receiver, Timestamp now) {
  Entry entry;
  entry.type = draft.type;
  entry.sender = draft.sender;
  entry.device = draft.device;
  if (receiver != nullptr) entry.subject = *receiver;
  entry.at = now;
  entry.client_id = draft.client_id;
  entry.text = draft.text;
  return entry;
}

// One membership of a reader: he may see (from, to].
struct Interval {
  Seq from;
  Seq to;
};

struct Readable {
  GroupId group;
  Seq last;                         // of what he may ever see
  std::vector<Interval> intervals;  // within floor and head
};

Result<Readable> readable(Driver& driver, const LogLook& look, UserId reader, ConversationId of) {
  MPIM_TRY(Rows rows, driver.ask(kReadable, of, reader));
  Readable found;
  bool member = false;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    member = true;
    const Seq before_floor(std::max(rows.count(2), uint64_t{1}) - 1);
    found.group = rows.id<GroupId>(0);
    found.last = std::min(look.head(of, rows.seq(1)), rows.seq(4));
    found.intervals.push_back({std::max(rows.seq(3), before_floor), found.last});
  }
  if (!member) return Error{Code::kNotFound, "no such conversation"};
  return found;
}

Audience audience_from(Rows& rows) {
  return {rows.id<ConversationId>(0), rows.id<GroupId>(1), rows.id<UserId>(2), rows.id<UserId>(3),
          rows.count(4)};
}

// A page as it fills.
struct Filling {
  Page& page;
  uint32_t count_max;
  uint64_t bytes_left;

  uint32_t room() const { return count_max - static_cast<uint32_t>(page.entries.size()); }
  // True when the page is full with it.
  bool add(EntryPtr entry) {
    const uint64_t bytes = entry->text.size();
    page.through = entry->seq;
    page.entries.push_back(std::move(entry));
    if (page.entries.size() >= count_max || bytes >= bytes_left) return true;
    bytes_left -= bytes;
    return false;
  }
};

// Adds what the index has of (from, to]; true when the page is full.
Result<bool> read_indexed(Driver& driver, ConversationId of, GroupId group, Interval interval,
                          Filling& filling) {
  MPIM_TRY(Rows rows, driver.ask(kPage, MessageId(of, interval.from), MessageId(of, interval.to),
                                 filling.room()));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return false;
    if (filling.add(entry_from(rows, of, group))) return true;
  }
}

// Adds what memory has of (from, to]; true when the page is full.
bool read_memory(const LogLook& look, ConversationId of, Interval interval, Filling& filling) {
  for (EntryPtr& entry : look.entries(of, interval.from, interval.to, filling.room()))
    if (filling.add(std::move(entry))) return true;
  return false;
}

// Adds what lies in (from, to], without a look at the index when memory has all of it; true when
// the page is full. The index may have what came after the tail was pinned: it has the last word.
Result<bool> read_interval(Driver& driver, const LogLook& look, ConversationId of, GroupId group,
                           Interval interval, Filling& filling) {
  const auto rest = [&] {
    return Interval{std::max(interval.from, filling.page.through), interval.to};
  };
  if (look.first(of, interval.from, interval.to) == interval.from.next() &&
      read_memory(look, of, interval, filling))
    return true;
  if (rest().from >= interval.to) return false;
  MPIM_TRY(const bool full, read_indexed(driver, of, group, rest(), filling));
  return full || read_memory(look, of, rest(), filling);
}

}  // namespace

Result<Appended> SqlMessageLog::append(const Draft& draft, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "an append needs a transaction");
  MPIM_TRY(const Destination to, destination(draft));
  MPIM_TRY(ConversationHead * talk, target(draft.sender, to));
  if (const Result<void> may = may_send(draft.sender, to, talk); !may.ok()) {
    return refused(draft, talk, may.error(), now);
  }
  if (talk == nullptr) {
    MPIM_TRY(talk, heads_.make_direct(draft.sender, std::get<UserId>(to), now));
  }
  if (talk->head >= limits_.seq_max) {
    return refused(draft, talk, {Code::kLimit, "this conversation is full: go on in a new one"},
                   now);
  }
  if (!draft.client_id.empty()) {
    MPIM_TRY(const std::optional<Kept> first, kept(draft, *talk));
    if (first && remembered(*first, now)) return repeated(draft, *talk, *first);
  }
  Entry made = entry_of(draft, std::get_if<UserId>(&to), now);
  MPIM_TRY(EntryPtr entry, add_entry(view_.tail(), heads_, *talk, std::move(made)));
  const Committed committed{entry->id(), now};
  return Appended{committed, std::move(entry), talk->audience()};
}

Result<SqlMessageLog::Destination> SqlMessageLog::destination(const Draft& draft) {
  if (const auto* const user = std::get_if<UserId>(&draft.to)) return Destination(*user);
  if (const auto* const group = std::get_if<GroupId>(&draft.to)) return Destination(*group);
  MPIM_TRY(const UserId named, rights_.user_named(std::get<UserName>(draft.to).key));
  return Destination(named);
}

Result<ConversationHead*> SqlMessageLog::target(UserId sender, const Destination& to) {
  if (const auto* const group = std::get_if<GroupId>(&to)) return heads_.find(*group);
  return heads_.find_direct(sender, std::get<UserId>(to));
}

Result<void> SqlMessageLog::may_send(UserId from, const Destination& to,
                                     const ConversationHead* talk) {
  MPIM_TRY(const AccountState sender, rights_.account(from));
  if (sender == AccountState::kAbsent) return Error{Code::kNotFound, "the sender does not exist"};
  if (sender == AccountState::kDisabled) {
    return Error{Code::kDisabled, "this account is disabled: ask the operator"};
  }
  if (const auto* const receiver = std::get_if<UserId>(&to)) return may_send_to(from, *receiver);
  if (from == kSystemUser) return {};
  MPIM_TRY(const bool member, rights_.is_member(talk->id, from));
  if (member) return {};
  return Error{Code::kNotMember, "you are not a member of group " +
                                     std::to_string(talk->group.value) + ": join it first"};
}

Result<void> SqlMessageLog::may_send_to(UserId from, UserId receiver) {
  MPIM_TRY(const AccountState state, rights_.account(receiver));
  const bool to_system = receiver == kSystemUser && from != kSystemUser;
  if (state == AccountState::kActive && !to_system) return {};
  const std::string name = "user " + std::to_string(receiver.value);
  if (state == AccountState::kDisabled) return Error{Code::kDisabled, name + " is disabled"};
  return Error{Code::kNotFound, "no " + name};
}

// What was stored before its sender lost the right is still told to whoever asks again for its
// outcome.
Result<Appended> SqlMessageLog::refused(const Draft& draft, const ConversationHead* talk,
                                        const Error& why, Timestamp now) {
  if (talk == nullptr || draft.client_id.empty()) return why;
  MPIM_TRY(const std::optional<Kept> first, kept(draft, *talk));
  if (!first || !remembered(*first, now)) return why;
  return repeated(draft, *talk, *first);
}

Result<std::optional<SqlMessageLog::Kept>> SqlMessageLog::kept(const Draft& draft,
                                                               const ConversationHead& talk) {
  if (const EntryPtr newest =
          view_.tail().under_client_id(talk.id, draft.sender, draft.client_id)) {
    return std::optional<Kept>({newest->seq, body_hash(newest->type, newest->text), newest->at});
  }
  MPIM_TRY(Rows rows, driver_.ask(kKept, talk.id, draft.sender, draft.client_id));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return std::optional<Kept>();
  return std::optional<Kept>({rows.seq(0), rows.count(1), rows.time(2)});
}

bool SqlMessageLog::remembered(const Kept& kept, Timestamp now) const {
  return kept.at > now - limits_.client_id_window;
}

Result<Appended> SqlMessageLog::repeated(const Draft& draft, const ConversationHead& talk,
                                         const Kept& kept) {
  if (kept.body_hash != body_hash(draft.type, draft.text)) {
    return Error{Code::kConflict,
                 "this client id was used for another message: use a new one for each message"};
  }
  const Committed committed{{talk.id, kept.seq}, kept.at, true};
  return Appended{committed, nullptr, talk.audience()};
}

Result<Page> SqlMessageLog::after(UserId reader, ConversationId of, Seq after, uint32_t count_max,
                                  uint32_t bytes_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Readable may_see, readable(driver_, look, reader, of));
  Page page{{}, after, may_see.last};
  if (count_max == 0) return page;
  Filling filling{page, count_max, bytes_max};
  for (const Interval& interval : may_see.intervals) {
    if (interval.to <= after) continue;
    const Interval rest{std::max(interval.from, after), interval.to};
    MPIM_TRY(const bool full, read_interval(driver_, look, of, may_see.group, rest, filling));
    if (full) return page;
  }
  page.through = std::max(after, may_see.last);
  return page;
}

Result<EntryPtr> SqlMessageLog::find(MessageId id) {
  MPIM_TRY(const LogLook look, view_.look());
  const Seq before(id.seq().value == 0 ? 0 : id.seq().value - 1);
  const std::vector<EntryPtr> newest = look.entries(id.conversation(), before, id.seq(), 1);
  if (!newest.empty()) return newest.front();
  MPIM_TRY(Rows rows, driver_.ask(kFind, id));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no message " + std::to_string(id.value)};
  return entry_from(rows, id.conversation(), rows.id<GroupId>(10));
}

Result<Audience> SqlMessageLog::audience(ConversationId of) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_CHECKED(heads_.flush());
  MPIM_TRY(Rows rows, driver_.ask(kAudience, of));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no such conversation"};
  return audience_from(rows);
}

Result<std::vector<ChangedHead>> SqlMessageLog::changed_since(Timestamp since, uint32_t count_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_CHECKED(heads_.flush());
  std::vector<std::pair<Timestamp, ChangedHead>> changed;
  std::unordered_set<ConversationId> newest;
  for (const LogTail::Moved& moved : look.moved_since(since)) {
    MPIM_TRY(Rows rows, driver_.ask(kAudience, moved.conversation));
    MPIM_TRY(const bool found, rows.next());
    MPIM_CHECK(found, "the log's tail has an entry of no conversation");
    newest.insert(moved.conversation);
    changed.push_back({moved.at, {audience_from(rows), moved.head}});
  }
  MPIM_TRY(Rows rows, driver_.ask(kChanged, since, count_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const Audience audience = audience_from(rows);
    if (newest.contains(audience.conversation)) continue;
    const Seq head = look.head(audience.conversation, rows.seq(5));
    changed.push_back({rows.time(6), {audience, head}});
  }
  std::ranges::stable_sort(changed, {}, [](const auto& each) { return each.first; });
  std::vector<ChangedHead> oldest_first;
  for (const auto& [at, head] : changed) {
    if (oldest_first.size() < count_max) oldest_first.push_back(head);
  }
  return oldest_first;
}

}  // namespace mpim
