#include "server/store/sql/erasure/sql_erasures.h"

#include <algorithm>

#include "server/store/sql/erasure/erasure_traces.h"
#include "server/store/sql/rows/log_pages.h"
#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

#define MPIM_ERASURE                                                               \
  "SELECT id, user, actor, started_at, finished_at, conversation, seq, messages, " \
  "conversations, files FROM erasures "
constexpr Sql kFind = MPIM_ERASURE "WHERE id = ?";
constexpr Sql kOfUser = MPIM_ERASURE "WHERE user = ?";
constexpr Sql kList = MPIM_ERASURE "WHERE id > ? ORDER BY id LIMIT ?";
#undef MPIM_ERASURE
constexpr Sql kBegin =
    "INSERT {or_fail} INTO erasures (user, actor, started_at, finished_at, conversation, seq,"
    " messages, conversations, files) VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0)";
constexpr Sql kGoOn =
    "UPDATE erasures SET conversation = ?, seq = ?, messages = ?, conversations = ?, files = ?,"
    " finished_at = ? WHERE id = ?";
constexpr Sql kNextConversation =
    "SELECT m.conversation, c.group_id FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.user = ? AND m.conversation >= ? ORDER BY m.conversation LIMIT 1";
constexpr Sql kEntries =
    "SELECT " MPIM_ENTRY_COLUMNS
    ", e.pos FROM {log_by_id} WHERE {log_id} > ? AND {log_id} <= ? ORDER BY {log_id} LIMIT ?";
constexpr Sql kHold = "SELECT id FROM conversations WHERE id = ? {for_update}";
constexpr Sql kNoClientId = "UPDATE messages SET client_id = NULL WHERE pos = ?";
constexpr Sql kUses =
    "SELECT conversation, seq FROM file_uses WHERE file = ? ORDER BY conversation, seq LIMIT ?";
// Where so many rows of one conversation end, and those before that place.
constexpr Sql kClientIdAt =
    "SELECT client_id FROM client_ids WHERE conversation = ? AND sender = ?"
    " ORDER BY client_id LIMIT 1 OFFSET ?";
constexpr Sql kDropClientIds = "DELETE FROM client_ids WHERE conversation = ? AND sender = ?";
constexpr Sql kDropClientIdsTo =
    "DELETE FROM client_ids WHERE conversation = ? AND sender = ? AND client_id < ?";
constexpr Sql kReceiptAt =
    "SELECT seq FROM receipts WHERE conversation = ? AND user = ? AND kind = ?"
    " ORDER BY seq LIMIT 1 OFFSET ?";
constexpr Sql kDropReceiptsTo =
    "DELETE FROM receipts WHERE conversation = ? AND user = ? AND kind = ? AND seq < ?";
constexpr Sql kHiddenAt =
    "SELECT seq FROM hidden WHERE user = ? AND conversation = ? ORDER BY seq LIMIT 1 OFFSET ?";
constexpr Sql kDropHiddenTo = "DELETE FROM hidden WHERE user = ? AND conversation = ? AND seq < ?";
constexpr Sql kEmptyProfile =
    "UPDATE users SET name = ?, password_hash = '', display_name = '', about = '', avatar = 0,"
    " friends_only = 0 WHERE id = ?";
constexpr Sql kCount = "UPDATE retention SET erased = erased + 1 WHERE id = 1";
constexpr Sql kCountFiles = "SELECT COUNT(*) FROM files WHERE owner = ?";
constexpr Sql kProfile =
    "SELECT name, display_name <> '' OR about <> '' OR avatar <> 0, removed FROM users"
    " WHERE id = ?";
constexpr Sql kName = "SELECT name FROM users WHERE id = ?";
constexpr Sql kCountDevices = "SELECT COUNT(*) FROM devices WHERE user = ?";

bool says_something(const Entry& entry) {
  return !entry.text.empty() || entry.file || !entry.ext.empty() || !entry.client_id.empty();
}

bool is_his(const Entry& entry, UserId user) {
  return entry.kind == EntryKind::kMessage && entry.sender == user && says_something(entry);
}

std::string name_of_nobody(UserId user) { return "erased-" + std::to_string(user.value); }

KeptErasure kept_from(Rows& rows) {
  return {{.id = rows.count(0),
           .user = rows.id<UserId>(1),
           .actor = rows.text(2),
           .started_at = rows.time(3),
           .finished_at = rows.time(4),
           .done = {rows.count(8), rows.count(7), rows.count(9)}},
          {rows.id<ConversationId>(5), rows.seq(6)}};
}

template <class... Args>
Result<KeptErasure> ask_one(Driver& driver, Sql sql, const Args&... args) {
  MPIM_TRY(Rows rows, driver.ask(sql, args...));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "there was no such erasure"};
  return kept_from(rows);
}

Result<uint64_t> count_of(Driver& driver, Sql sql, UserId user) {
  MPIM_TRY(Rows rows, driver.ask(sql, user));
  MPIM_CHECKED(rows.next());
  return rows.count(0);
}

// Removes rows that are numbered by seq, at most as many as there is room for; answers the rest of
// the room, and nothing when there may be more of them.
template <class... Of>
Result<uint32_t> drop_within(Driver& driver, Sql place, Sql drop, uint32_t room, const Of&... of) {
  Seq end = kSeqMax.next();
  {
    MPIM_TRY(Rows rows, driver.ask(place, of..., room));
    MPIM_TRY(const bool more, rows.next());
    if (more) end = rows.seq(0);
  }
  MPIM_TRY(const uint64_t gone, driver.run(drop, of..., end));
  return room - static_cast<uint32_t>(std::min<uint64_t>(gone, room));
}

}  // namespace

Result<ErasureLook> SqlErasures::look(UserId user, ErasurePlace from, uint32_t entries_max,
                                      size_t named_max) {
  MPIM_TRY(const LogLook look, view_.look());
  ErasureLook told;
  if (!from.conversation) {
    MPIM_TRY(told.found.files, count_files(user));
  }
  MPIM_TRY(const Stretch part, stretch(user, from, entries_max, &look));
  told.next = part.next;
  told.more = !part.over;
  told.found.conversations = part.begins ? 1 : 0;
  told.found.messages = part.own.size();
  for (const LogTail::Row& row : part.own)
    if (told.messages.size() < named_max) told.messages.push_back(row.entry->id());
  if (part.begins && named_max > 0) {
    MPIM_TRY(told.rows, traces_in(driver_, user, part.here));
  }
  return told;
}

Result<std::string> SqlErasures::name_of(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kName, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "there is no user " + std::to_string(user.value)};
  return rows.text(0);
}

Result<Erasure> SqlErasures::begin(UserId user, const std::string& actor, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  const Result<KeptErasure> before = ask_one(driver_, kOfUser, user);
  if (before.ok()) return before->erasure;
  if (before.error().code != Code::kNotFound) return before.error();
  if (user == kSystemUser) return Error{Code::kDenied, "the system user cannot be erased"};
  MPIM_CHECKED(name_of(user));
  MPIM_CHECKED(driver_.run(kBegin, user, actor, now));
  return Erasure{.id = driver_.inserted_id(), .user = user, .actor = actor, .started_at = now};
}

Result<ErasureStep> SqlErasures::step(uint64_t erasure, uint32_t rows_max, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(KeptErasure kept, ask_one(driver_, kFind, erasure));
  Erasure& done = kept.erasure;
  ErasureStep now_done;
  if (done.finished_at.ms != 0) return ErasureStep{done};
  if (!kept.at.conversation) {  // the first step: what he wrote last must be in the index
    index_wanted_ = true;
    kept.at = {ConversationId(1), {}};
  } else {
    MPIM_TRY(const Stretch part, stretch(done.user, kept.at, rows_max));
    if (part.over) {
      MPIM_TRY(const bool all, remove_files(done.user, rows_max, now, now_done.files));
      done.done.files += now_done.files.size();
      if (all) {
        MPIM_CHECKED(finish(done.user));
        done.finished_at = now;
      }
    } else {
      MPIM_CHECKED(empty_part(kept, part, rows_max, now));
    }
  }
  MPIM_CHECKED(driver_.run(kGoOn, kept.at.conversation, kept.at.seq, done.done.messages,
                           done.done.conversations, done.done.files, done.finished_at, done.id));
  now_done.erasure = done;
  return now_done;
}

// The rows beside the entries go first: until they have, the conversation begins anew.
Result<void> SqlErasures::empty_part(KeptErasure& kept, const Stretch& part, uint32_t rows_max,
                                     Timestamp now) {
  ErasureCounts& done = kept.erasure.done;
  if (part.begins) {
    kept.at = {part.here, {}};
    MPIM_TRY(const bool none, leave_no_rows(kept.erasure.user, part.here, rows_max));
    if (!none) return {};
    ++done.conversations;
  }
  for (const LogTail::Row& row : part.own) MPIM_CHECKED(empty(row, now));
  done.messages += part.own.size();
  kept.at = part.next;
  return {};
}

Result<std::vector<std::string>> SqlErasures::left_of(UserId user) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  std::vector<std::string> left;
  std::string name;
  {
    MPIM_TRY(Rows rows, driver_.ask(kProfile, user));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return Error{Code::kNotFound, "there is no user " + std::to_string(user.value)};
    name = rows.text(0) == name_of_nobody(user) ? "" : rows.text(0);
    if (!name.empty()) left.push_back("the name");
    if (rows.number(1) != 0) left.push_back("something in the profile");
    if (rows.number(2) == 0) left.push_back("the account");
  }
  MPIM_TRY(const uint64_t devices, count_of(driver_, kCountDevices, user));
  if (devices != 0) left.push_back(std::to_string(devices) + " devices");
  MPIM_TRY(const uint64_t files, count_files(user));
  if (files != 0) left.push_back(std::to_string(files) + " uploads");
  MPIM_CHECKED(add_own_traces(driver_, user, left));
  const Result<Erasure> erasure = find(user);
  if (erasure.ok()) {
    MPIM_CHECKED(add_audit_traces(driver_, *erasure, name, left));
  } else if (erasure.error().code != Code::kNotFound) {
    return erasure.error();
  }
  return left;
}

Result<Erasure> SqlErasures::find(UserId user) {
  MPIM_TRY(const KeptErasure kept, ask_one(driver_, kOfUser, user));
  return kept.erasure;
}

Result<std::vector<Erasure>> SqlErasures::list(uint64_t after, uint32_t count_max) {
  std::vector<Erasure> erasures;
  MPIM_TRY(Rows rows, driver_.ask(kList, after, count_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return erasures;
    erasures.push_back(kept_from(rows).erasure);
  }
}

// From `from` on, within one conversation. What lies in memory alone is seen with `look`, and has
// no place.
Result<SqlErasures::Stretch> SqlErasures::stretch(UserId user, ErasurePlace from,
                                                  uint32_t entries_max, const LogLook* look) {
  Stretch part;
  MPIM_TRY(const std::optional<Place> place, conversation_from(user, from.conversation));
  if (!place) {
    part.over = true;
    part.next = from;
    return part;
  }
  const ConversationId here = place->conversation;
  if (here != from.conversation) from.seq = {};
  part.begins = from.seq == Seq();
  part.here = here;
  part.next = {here, from.seq};
  uint32_t read = 0;
  if (look == nullptr) {  // who sends after it finds the user removed, on whatever node
    MPIM_TRY(Rows held, driver_.ask(kHold, here));
    MPIM_CHECKED(held.next());
  }
  MPIM_TRY(Rows rows,
           driver_.ask(kEntries, MessageId(here, from.seq), MessageId(here, kSeqMax), entries_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    MPIM_TRY(EntryPtr entry, entry_from(rows, here, place->group));
    ++read;
    part.next.seq = entry->seq;
    if (is_his(*entry, user)) part.own.push_back({std::move(entry), rows.count(kEntryColumns)});
  }
  if (look != nullptr && read < entries_max)
    for (const EntryPtr& entry : look->entries(here, part.next.seq, kSeqMax, entries_max - read)) {
      ++read;
      part.next.seq = entry->seq;
      if (is_his(*entry, user)) part.own.push_back({entry, LogPos{0}});
    }
  if (read < entries_max) part.next = {ConversationId(here.value + 1), {}};
  return part;
}

// The first of his conversations from this one on; none: there is no more.
Result<std::optional<SqlErasures::Place>> SqlErasures::conversation_from(UserId user,
                                                                         ConversationId from) {
  MPIM_TRY(Rows rows, driver_.ask(kNextConversation, user, from));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return std::optional<Place>();
  return std::optional(Place{rows.id<ConversationId>(0), rows.id<GroupId>(1)});
}

Result<void> SqlErasures::empty(const LogTail::Row& row, Timestamp now) {
  Entry nothing = *row.entry;
  if (nothing.file) MPIM_CHECKED(files_.drop_use(nothing.file, nothing.id()));
  if (!nothing.client_id.empty()) MPIM_CHECKED(driver_.run(kNoClientId, row.pos));
  nothing.state = EntryState::kRecalled;
  nothing.changed_at = now;
  nothing.text.clear();
  nothing.file = {};
  nothing.ext.clear();
  nothing.client_id.clear();
  view_.tail().replace(std::make_shared<const Entry>(std::move(nothing)), row.pos);
  return {};
}

// True when none is left; at most so many at once.
Result<bool> SqlErasures::leave_no_rows(UserId user, ConversationId of, uint32_t rows_max) {
  std::optional<std::string> end;
  {
    MPIM_TRY(Rows rows, driver_.ask(kClientIdAt, of, user, rows_max));
    MPIM_TRY(const bool more, rows.next());
    if (more) end = rows.text(0);
  }
  MPIM_TRY(const uint64_t gone, end ? driver_.run(kDropClientIdsTo, of, user, *end)
                                    : driver_.run(kDropClientIds, of, user));
  uint32_t room = rows_max - static_cast<uint32_t>(std::min<uint64_t>(gone, rows_max));
  for (const int kind : {0, 1}) {
    if (room == 0) return false;
    MPIM_TRY(room, drop_within(driver_, kReceiptAt, kDropReceiptsTo, room, of, user, kind));
  }
  if (room == 0) return false;
  MPIM_TRY(room, drop_within(driver_, kHiddenAt, kDropHiddenTo, room, user, of));
  return room > 0;
}

Result<void> SqlErasures::finish(UserId user) {
  MPIM_CHECKED(driver_.run(kEmptyProfile, name_of_nobody(user), user));
  MPIM_CHECKED(driver_.run(kCount));
  rights_.account_changed(user);
  return {};
}

// True when he has none any more; at most so many of them and their uses at once.
Result<bool> SqlErasures::remove_files(UserId user, uint32_t rows_max, Timestamp now,
                                       std::vector<StoredFile>& gone) {
  constexpr size_t kFilesAtOnce = 20;
  while (rows_max > 0 && gone.size() < kFilesAtOnce) {
    MPIM_TRY(const std::vector<StoredFile> next, files_.of_owner(user, FileId(), 1));
    if (next.empty()) return true;
    MPIM_TRY(const uint32_t uses, take_out(next.front().id, rows_max, now));
    rows_max -= uses;
    if (rows_max == 0) break;  // there may be more
    MPIM_TRY(const std::vector<StoredFile> removed, files_.remove_of_owner(user, 1));
    gone.insert(gone.end(), removed.begin(), removed.end());
    --rows_max;
  }
  return false;
}

// Of the messages of others who sent it on; answers of how many.
Result<uint32_t> SqlErasures::take_out(FileId file, uint32_t uses_max, Timestamp now) {
  std::vector<MessageId> uses;
  {
    MPIM_TRY(Rows rows, driver_.ask(kUses, file, uses_max));
    while (true) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      uses.emplace_back(rows.id<ConversationId>(0), rows.seq(1));
    }
  }
  for (const MessageId use : uses) {
    MPIM_TRY(const LogTail::Row row, row_at(driver_, view_.tail(), use));
    Entry without = *row.entry;
    without.file = {};
    without.changed_at = now;
    view_.tail().replace(std::make_shared<const Entry>(std::move(without)), row.pos);
    MPIM_CHECKED(files_.drop_use(file, use));
  }
  return static_cast<uint32_t>(uses.size());
}

Result<uint64_t> SqlErasures::count_files(UserId user) {
  return count_of(driver_, kCountFiles, user);
}

}  // namespace mpim
