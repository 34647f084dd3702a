#include "server/store/sql/sql_message_log.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <utility>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/reading/moved_heads.h"
#include "server/store/sql/reading/readable.h"
#include "server/store/sql/reading/sight.h"
#include "server/store/sql/rows/log_pages.h"
#include "server/store/sql/rows/log_rows.h"
#include "server/store/sql/rows/memberships.h"
#include "server/store/sql/sql_groups.h"

namespace mpim {
namespace {

constexpr Sql kKept =
    "SELECT seq, body_hash, at FROM client_ids WHERE conversation = ? AND sender = ? AND client_id "
    "= ?";
constexpr Sql kAudience =
    "SELECT id, group_id, user_low, user_high, members_version FROM conversations WHERE id = ?";
constexpr Sql kAppended =
    "SELECT pos, conversation, seq FROM messages WHERE pos > ? ORDER BY pos LIMIT ?";

// `receiver`: of a direct talk.
Entry entry_of(const Draft& draft, const UserId* receiver, Timestamp now, Millis skew_max) {
  Entry entry;
  entry.client_at = draft.client_at;
  if (draft.client_at.ms != 0) {
    const bool believed = draft.client_at >= now - skew_max && draft.client_at <= now + skew_max;
    entry.sent_at = believed ? draft.client_at : now;
  }
  entry.file = draft.file;
  entry.ext = draft.ext;
  entry.type = draft.type;
  entry.sender = draft.sender;
  entry.device = draft.device;
  if (receiver != nullptr) entry.subject = *receiver;
  entry.at = now;
  entry.client_id = draft.client_id;
  entry.text = draft.text;
  return entry;
}

std::string utc_text(Timestamp at) {
  const std::time_t seconds = at.ms / 1'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// `who` says whom it meets.
Error muted_error(const std::string& who, Timestamp until, Timestamp now) {
  if (until == kForGood) return {Code::kMuted, who + " send to this group until an admin lifts it"};
  const auto left = static_cast<uint32_t>(std::min<int64_t>(until.ms - now.ms, UINT32_MAX));
  return {Code::kMuted, who + " send to this group until " + utc_text(until), left};
}

Audience audience_from(Rows& rows) {
  return {rows.id<ConversationId>(0), rows.id<GroupId>(1), rows.id<UserId>(2), rows.id<UserId>(3),
          rows.count(4)};
}

}  // namespace

Result<Appended> SqlMessageLog::append(const Draft& draft, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "an append needs a transaction");
  MPIM_TRY(const Destination to, destination(draft));
  MPIM_TRY(ConversationHead * talk, target(draft.sender, to));
  if (const Result<void> may = may_send(draft.sender, to, talk, now); !may.ok()) {
    return refused(draft, talk, may.error(), now);
  }
  // A direct talk that does not exist yet has no first answer to repeat.
  if (talk == nullptr) {
    MPIM_CHECKED(may_send_file(draft));
    MPIM_TRY(talk, heads_.make_direct(draft.sender, std::get<UserId>(to), now));
  }
  if (talk->head >= limits_.seq_max) {
    return refused(draft, talk, {Code::kLimit, "this conversation is full: go on in a new one"},
                   now);
  }
  if (!draft.client_id.empty()) {
    MPIM_TRY(const std::optional<Kept> first, kept(draft, *talk, look_first_));
    if (first && remembered(*first, now)) return repeated(draft, *talk, *first);
  }
  MPIM_CHECKED(may_send_file(draft));
  if (draft.file) MPIM_CHECKED(files_.note_use(draft.file, MessageId(talk->id, talk->head.next())));
  Entry made = entry_of(draft, std::get_if<UserId>(&to), now, limits_.clock_skew_max);
  MPIM_TRY(EntryPtr entry, add_entry(view_.tail(), heads_, *talk, std::move(made)));
  const Committed committed{entry->id(), now};
  return Appended{committed, std::move(entry), talk->audience()};
}

Result<void> SqlMessageLog::expect(std::span<const Draft* const> drafts) {
  if (!driver_.dialect().many_writers) return {};
  std::vector<ConversationId> wanted;
  wanted.reserve(drafts.size());
  for (const Draft* const draft : drafts) {
    MPIM_TRY(const std::optional<ConversationId> of, expected(*draft));
    if (of) wanted.push_back(*of);
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  MPIM_CHECKED(heads_.hold(wanted));
  // Behind the hold: who was kicked before it is known to be kicked.
  return rights_.catch_up(false);
}

// None: a group that does not exist, or a talk of which nothing is remembered.
Result<std::optional<ConversationId>> SqlMessageLog::expected(const Draft& draft) {
  using Wanted = std::optional<ConversationId>;
  if (const auto* const user = std::get_if<UserId>(&draft.to))
    return heads_.known_direct(draft.sender, *user);
  if (const auto* const group = std::get_if<GroupId>(&draft.to)) {
    const Result<ConversationId> of = heads_.of_group(*group);
    if (of.ok()) return Wanted(*of);
    if (of.error().code == Code::kNotFound) return Wanted();
    return of.error();
  }
  const Result<UserId> named = rights_.user_named(std::get<UserName>(draft.to).key);
  if (named.ok()) return heads_.known_direct(draft.sender, *named);
  if (named.error().code == Code::kNotFound) return Wanted();
  return named.error();
}

// His own upload, or one that he may read: what was sent to him he may send on.
Result<void> SqlMessageLog::may_send_file(const Draft& draft) {
  if (!draft.file) return {};
  MPIM_TRY(const StoredFile file, files_.readable(draft.sender, draft.file));
  return goes_with(draft.type, file.mime);
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
                                     const ConversationHead* talk, Timestamp now) {
  MPIM_TRY(const AccountRights sender, rights_.account_rights(from));
  if (sender.state == AccountState::kAbsent)
    return Error{Code::kNotFound, "the sender does not exist"};
  if (sender.state == AccountState::kDisabled) {
    return Error{Code::kDisabled, "this account is disabled: ask the operator"};
  }
  if (const auto* const receiver = std::get_if<UserId>(&to))
    return may_send_to(from, sender, *receiver);
  return may_send_in(from, *talk, now);
}

Result<void> SqlMessageLog::may_send_in(UserId from, const ConversationHead& group, Timestamp now) {
  if (group.dissolved) return dissolved_error(group.group);
  if (from == kSystemUser) return {};
  MPIM_TRY(const GroupPlace place, rights_.place(group.id, from));
  if (!place.member) {
    const std::string name = "group " + std::to_string(group.group.value);
    MPIM_TRY(const bool kicked, was_kicked(group.id, place));
    return Error{Code::kNotMember, kicked ? "you were removed from " + name
                                          : "you are not a member of " + name + ": join it first"};
  }
  if (place.muted_until > now) return muted_error("you may not", place.muted_until, now);
  if (group.muted_until > now && place.role == Role::kMember)
    return muted_error("only admins may", group.muted_until, now);
  return {};
}

Result<bool> SqlMessageLog::was_kicked(ConversationId of, const GroupPlace& place) {
  if (place.left == Seq()) return false;
  const Result<LogTail::Row> last = row_at(driver_, view_.tail(), MessageId(of, place.left));
  if (!last.ok() && last.error().code == Code::kNotFound) return false;  // below the floor
  if (!last.ok()) return last.error();
  return last->entry->kind == EntryKind::kKick;
}

Result<void> SqlMessageLog::may_send_to(UserId from, const AccountRights& sender, UserId receiver) {
  MPIM_TRY(const AccountRights his, rights_.account_rights(receiver));
  const bool to_system = receiver == kSystemUser && from != kSystemUser;
  if (his.state == AccountState::kActive && !to_system)
    return rights_.may_write(from, sender, receiver, his);
  const std::string name = "user " + std::to_string(receiver.value);
  if (his.state == AccountState::kDisabled) return Error{Code::kDisabled, name + " is disabled"};
  return Error{Code::kNotFound, "no " + name};
}

// What was stored before its sender lost the right is still told to whoever asks again for its
// outcome.
Result<Appended> SqlMessageLog::refused(const Draft& draft, const ConversationHead* talk,
                                        const Error& why, Timestamp now) {
  if (talk == nullptr || draft.client_id.empty()) return why;
  MPIM_TRY(const std::optional<Kept> first, kept(draft, *talk, true));
  if (!first || !remembered(*first, now)) return why;
  return repeated(draft, *talk, *first);
}

Result<std::optional<SqlMessageLog::Kept>> SqlMessageLog::kept(const Draft& draft,
                                                               const ConversationHead& talk,
                                                               bool look) {
  if (const EntryPtr newest =
          view_.tail().under_client_id(talk.id, draft.sender, draft.client_id)) {
    return std::optional<Kept>({newest->seq, body_hash(*newest), newest->at});
  }
  if (!look) return std::optional<Kept>();
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

Result<Page> SqlMessageLog::after(UserId reader, ConversationId of, Seq after, uint32_t count_max,
                                  uint32_t bytes_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Readable may_see, readable(driver_, look, reader, of));
  PageRoom room{count_max, bytes_max};
  MPIM_TRY(Page page, read_page(driver_, look, of, may_see.group, may_see.intervals, after,
                                may_see.last, room));
  MPIM_CHECKED(show_to(driver_, look, reader, may_see.intervals, after, page.entries));
  return page;
}

Result<EntryPtr> SqlMessageLog::find(MessageId id) {
  MPIM_TRY(const LogLook look, view_.look());
  return entry_at(driver_, look, id);
}

Result<Audience> SqlMessageLog::audience(ConversationId of) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_CHECKED(heads_.flush());
  MPIM_TRY(Rows rows, driver_.ask(kAudience, of));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no such conversation"};
  return audience_from(rows);
}

Result<Changes> SqlMessageLog::changed_since(ChangePlace since, uint32_t entries_max) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_CHECKED(heads_.flush());
  if (driver_.dialect().many_writers) return heads_changed_since(driver_, since, entries_max);
  Changes changes;
  changes.next = {look.upto(), {}};
  const LogPos from = since.value == 0 ? look.opened_at() : since.value;
  std::optional<std::vector<MovedHead>> moved = look.moved_since(from);
  if (!moved) {
    MPIM_TRY(moved, moved_in_log(from, entries_max, changes));
  }
  changes.heads.reserve(moved->size());
  for (const MovedHead& each : *moved) {
    Audience to{each.conversation, {}, each.one, each.other, 0};
    if (!each.one) {
      MPIM_TRY(to, audience(each.conversation));
    }
    changes.heads.push_back({to, each.head});
  }
  return changes;
}

// Nobody remembers what moved: the end of the log tells, entry by entry.
Result<std::vector<MovedHead>> SqlMessageLog::moved_in_log(LogPos since, uint32_t entries_max,
                                                           Changes& changes) {
  MPIM_TRY(Rows rows, driver_.ask(kAppended, since, entries_max));
  std::map<ConversationId, Seq> heads;
  uint32_t seen = 0;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    heads[rows.id<ConversationId>(1)] = rows.seq(2);
    if (++seen < entries_max) continue;
    changes.next = {rows.count(0), {}};
    changes.more = true;
  }
  std::vector<MovedHead> moved;
  for (const auto& [conversation, head] : heads) moved.push_back({conversation, head, {}, {}});
  return moved;
}

}  // namespace mpim
