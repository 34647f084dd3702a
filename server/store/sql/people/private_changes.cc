// What changed for a user outside the log, gathered from wherever it is kept.
#include <algorithm>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/people/sql_people.h"

namespace mpim {
namespace {

constexpr Sql kVersions = "SELECT version, profile_version FROM users WHERE id = ? AND removed = 0";
// Each: the version, then what read_one() takes. Parameters: user, since, count.
constexpr Sql kFriendRows =
    "SELECT version, friend, state FROM friendships WHERE user = ? AND version > ?"
    " ORDER BY version LIMIT ?";
constexpr Sql kBlockRows =
    "SELECT version, blocked, state FROM blocks WHERE user = ? AND version > ?"
    " ORDER BY version LIMIT ?";
constexpr Sql kReadRows =
    "SELECT version, conversation, seq FROM cursors"
    " WHERE user = ? AND version > 0 AND version > ? ORDER BY version LIMIT ?";
constexpr Sql kInviteRows =
    "SELECT version, made_by, state, group_id FROM group_requests"
    " WHERE user = ? AND kind = 1 AND version > ? ORDER BY version LIMIT ?";

ChangeSignal read_one(Rows& rows, ChangeKind kind) {
  ChangeSignal change;
  change.version = rows.count(0);
  change.kind = kind;
  if (kind == ChangeKind::kRead) {
    change.conversation = rows.id<ConversationId>(1);
    change.through = rows.seq(2);
    return change;
  }
  change.user = rows.id<UserId>(1);
  const bool on = rows.number(2) != 0;
  if (kind == ChangeKind::kFriend) change.state = name_of(static_cast<FriendState>(rows.number(2)));
  if (kind == ChangeKind::kBlock) change.state = on ? "on" : "off";
  if (kind == ChangeKind::kInvite) {
    change.group = rows.id<GroupId>(3);
    change.state = on ? "open" : "none";
  }
  return change;
}

struct Source {
  ChangeKind kind;
  Sql question;
};
constexpr Source kSources[] = {{ChangeKind::kFriend, kFriendRows},
                               {ChangeKind::kBlock, kBlockRows},
                               {ChangeKind::kRead, kReadRows},
                               {ChangeKind::kInvite, kInviteRows}};

}  // namespace

Result<uint64_t> SqlPeople::version(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kVersions, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user " + std::to_string(user.value)};
  return rows.count(0);
}

Result<PrivateChanges> SqlPeople::changes_since(UserId user, uint64_t since, uint32_t count_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  PrivateChanges all;
  uint64_t profile_version = 0;
  {
    MPIM_TRY(Rows rows, driver_.ask(kVersions, user));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return Error{Code::kNotFound, "no user " + std::to_string(user.value)};
    all.version = rows.count(0);
    profile_version = rows.count(1);
  }
  if (since > all.version) since = 0;
  if (profile_version > since) {
    all.changes.emplace_back().version = profile_version;
    all.changes.back().kind = ChangeKind::kProfile;
  }
  for (const Source& source : kSources) {
    MPIM_TRY(Rows rows, driver_.ask(source.question, user, since, uint64_t{count_max} + 1));
    while (true) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      all.changes.push_back(read_one(rows, source.kind));
    }
  }
  std::ranges::sort(all.changes, {}, &ChangeSignal::version);
  if (all.changes.size() > count_max) {
    all.changes.resize(count_max);
    all.version = all.changes.back().version;
    all.more = true;
  }
  return all;
}

}  // namespace mpim
