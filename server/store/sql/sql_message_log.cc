#include "server/store/sql/sql_message_log.h"

#include <algorithm>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kClaim =
    "INSERT {ignore} INTO client_ids (conversation, sender, client_id, seq, body_hash, at)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr Sql kKept =
    "SELECT seq, body_hash, at FROM client_ids WHERE conversation = ? AND sender = ? AND client_id "
    "= ?";
constexpr Sql kClaimAgain =
    "UPDATE client_ids SET seq = ?, body_hash = ?, at = ?"
    " WHERE conversation = ? AND sender = ? AND client_id = ?";
constexpr Sql kReadable =
    "SELECT c.group_id, c.head, c.floor, m.from_seq, m.to_seq"
    " FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.conversation = ? AND m.user = ? ORDER BY m.from_seq";
constexpr Sql kPage = "SELECT " MPIM_ENTRY_COLUMNS
                      " FROM messages e WHERE e.conversation = ? AND e.seq > ? AND e.seq <= ?"
                      " ORDER BY e.seq LIMIT ?";
constexpr Sql kFind = "SELECT " MPIM_ENTRY_COLUMNS
                      ", c.group_id FROM messages e JOIN conversations c ON c.id = e.conversation"
                      " WHERE e.conversation = ? AND e.seq = ?";
constexpr Sql kAudience =
    "SELECT id, group_id, user_low, user_high, members_version FROM conversations WHERE id = ?";
constexpr Sql kChanged =
    "SELECT id, group_id, user_low, user_high, members_version, head FROM conversations"
    " WHERE changed_at >= ? ORDER BY changed_at LIMIT ?";

// changed_at lags behind the head by less than this.
constexpr Millis kChangedAtLag{1'000};

// FNV-1a, 64 bits: what tells two bodies under one client id apart. Stored: it must never change.
uint64_t body_hash(const Draft& draft) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100'0000'01B3ULL; };
  mix(static_cast<unsigned char>(draft.type));
  for (const char byte : draft.text) mix(static_cast<unsigned char>(byte));
  return hash;
}

Entry entry_of(const Draft& draft, Timestamp now) {
  Entry entry;
  entry.type = draft.type;
  entry.sender = draft.sender;
  entry.device = draft.device;
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

Result<Readable> readable(Driver& driver, UserId reader, ConversationId of) {
  MPIM_TRY(Rows rows, driver.ask(kReadable, of, reader));
  Readable found;
  bool member = false;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    member = true;
    const Seq before_floor(std::max(rows.count(2), uint64_t{1}) - 1);
    found.group = rows.id<GroupId>(0);
    found.last = std::min(rows.seq(1), rows.seq(4));
    found.intervals.push_back({std::max(rows.seq(3), before_floor), found.last});
  }
  if (!member) return Error{Code::kNotFound, "no such conversation"};
  return found;
}

Audience audience_from(Rows& rows) {
  return {rows.id<ConversationId>(0), rows.id<GroupId>(1), rows.id<UserId>(2), rows.id<UserId>(3),
          rows.count(4)};
}

// Adds what lies in (from, to]; true when the page is full.
Result<bool> read_interval(Driver& driver, ConversationId of, GroupId group, Interval interval,
                           uint32_t count_max, uint64_t& bytes_left, Page& page) {
  const auto room = count_max - static_cast<uint32_t>(page.entries.size());
  MPIM_TRY(Rows rows, driver.ask(kPage, of, interval.from, interval.to, room));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return false;
    EntryPtr entry = entry_from(rows, of, group);
    const uint64_t bytes = entry->text.size();
    page.through = entry->seq;
    page.entries.push_back(std::move(entry));
    if (page.entries.size() >= count_max || bytes >= bytes_left) return true;
    bytes_left -= bytes;
  }
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
    MPIM_TRY(const std::optional<Kept> first, claim_client_id(draft, *talk, now));
    if (first) return repeated(draft, *talk, *first);
  }
  MPIM_TRY(EntryPtr entry, add_entry(driver_, heads_, *talk, entry_of(draft, now)));
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
  if (kept.body_hash != body_hash(draft)) {
    return Error{Code::kConflict,
                 "this client id was used for another message: use a new one for each message"};
  }
  const Committed committed{{talk.id, kept.seq}, kept.at, true};
  return Appended{committed, nullptr, talk.audience()};
}

// Reserves the client id for the conversation's next seq; answers what it stands for already, if
// so.
Result<std::optional<SqlMessageLog::Kept>> SqlMessageLog::claim_client_id(
    const Draft& draft, const ConversationHead& talk, Timestamp now) {
  const Seq seq = talk.head.next();
  const uint64_t hash = body_hash(draft);
  MPIM_TRY(const uint64_t claimed,
           driver_.run(kClaim, talk.id, draft.sender, draft.client_id, seq, hash, now));
  if (claimed != 0) return std::optional<Kept>();
  MPIM_TRY(const std::optional<Kept> first, kept(draft, talk));
  MPIM_CHECK(first.has_value(), "a client id is neither free nor taken");
  if (remembered(*first, now)) return first;
  MPIM_CHECKED(driver_.run(kClaimAgain, seq, hash, now, talk.id, draft.sender, draft.client_id));
  return std::optional<Kept>();
}

Result<Page> SqlMessageLog::after(UserId reader, ConversationId of, Seq after, uint32_t count_max,
                                  uint32_t bytes_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_CHECKED(heads_.flush());
  MPIM_TRY(const Readable may_see, readable(driver_, reader, of));
  Page page{{}, after, may_see.last};
  if (count_max == 0) return page;
  uint64_t bytes_left = bytes_max;
  for (const Interval& interval : may_see.intervals) {
    if (interval.to <= after) continue;
    const Interval rest{std::max(interval.from, after), interval.to};
    MPIM_TRY(const bool full,
             read_interval(driver_, of, may_see.group, rest, count_max, bytes_left, page));
    if (full) return page;
  }
  page.through = std::max(after, may_see.last);
  return page;
}

Result<EntryPtr> SqlMessageLog::find(MessageId id) {
  MPIM_TRY(Rows rows, driver_.ask(kFind, id.conversation(), id.seq()));
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
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_CHECKED(heads_.flush());
  MPIM_TRY(Rows rows, driver_.ask(kChanged, since - kChangedAtLag, count_max));
  std::vector<ChangedHead> changed;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return changed;
    changed.push_back({audience_from(rows), rows.seq(5)});
  }
}

}  // namespace mpim
