#include "server/store/sql/presence/sql_presence.h"

#include <algorithm>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/presence/shared_groups.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr int kFriends = 3;  // friendships.state
constexpr int kBlocked = 1;  // blocks.state

#define MPIM_LAST_SEEN "(SELECT MAX(d.seen_at) FROM devices d WHERE d.user = u.id)"
#define MPIM_NOT_BLOCKED                          \
  " AND NOT EXISTS (SELECT 1 FROM blocks b WHERE" \
  " b.user = u.id AND b.blocked = ? AND b.state = ?)"
// friends' asker and state, user, asker, blocked state
constexpr Sql kPerson =
    "SELECT u.id, " MPIM_LAST_SEEN
    ", EXISTS (SELECT 1 FROM friendships f WHERE f.user = ? AND f.friend = u.id AND f.state = ?)"
    " FROM users u WHERE u.id = ? AND u.removed = 0" MPIM_NOT_BLOCKED;
constexpr Sql kFriendsOf = "SELECT u.id, " MPIM_LAST_SEEN
                           " FROM friendships f JOIN users u ON u.id = f.friend"
                           " WHERE f.user = ? AND f.state = ? AND u.removed = 0" MPIM_NOT_BLOCKED
                           " ORDER BY f.friend LIMIT ?";
#undef MPIM_NOT_BLOCKED
#undef MPIM_LAST_SEEN

constexpr Sql kSeen = "UPDATE devices SET seen_at = {greatest}(seen_at, ?) WHERE id = ?";

constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kTypingTo =
    "SELECT u.disabled, u.friends_only,"
    " EXISTS (SELECT 1 FROM blocks b WHERE b.user = u.id AND b.blocked = ? AND b.state = ?),"
    " EXISTS (SELECT 1 FROM friendships f WHERE f.user = u.id AND f.friend = ? AND f.state = ?),"
    " EXISTS (SELECT 1 FROM blocks o WHERE o.user = ? AND o.blocked = u.id AND o.state = ?)"
    " FROM users u WHERE u.id = ? AND u.removed = 0";
constexpr Sql kTalk = "SELECT id FROM conversations WHERE user_low = ? AND user_high = ?";
constexpr Sql kTypingIn =
    "SELECT c.id, c.members_version, g.members, g.muted_until, g.dissolved_at, m.user, m.role,"
    " m.muted_until FROM `groups` g JOIN conversations c ON c.id = g.conversation"
    " LEFT JOIN members m ON m.conversation = c.id AND m.user = ? AND m.to_seq = ?"
    " WHERE g.id = ?";

Result<std::vector<LastSeen>> seen_from(Rows rows) {
  std::vector<LastSeen> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({rows.id<UserId>(0), rows.time(1)});
  }
}

// Nothing when `asker` may not see him; `groups` are those of one of the two.
Result<std::optional<LastSeen>> look(Driver& driver, SharedGroups& groups, UserId asker,
                                     UserId user) {
  LastSeen seen;
  {
    MPIM_TRY(Rows rows, driver.ask(kPerson, asker, kFriends, user, asker, kBlocked));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return std::optional<LastSeen>();
    seen = {rows.id<UserId>(0), rows.time(1)};
    if (user == asker || rows.number(2) != 0) return std::optional(seen);
  }
  MPIM_TRY(const bool together, groups.with(groups.of() == asker ? user : asker));
  return together ? std::optional(seen) : std::nullopt;
}

std::string named(UserId user) { return "user " + std::to_string(user.value); }
std::string named(GroupId group) { return "group " + std::to_string(group.value); }

}  // namespace

Result<std::vector<LastSeen>> SqlPresence::visible(UserId asker, std::span<const UserId> users) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  SharedGroups groups(driver_, asker);
  std::vector<LastSeen> found;
  for (const UserId user : users) {
    MPIM_TRY(const std::optional<LastSeen> one, look(driver_, groups, asker, user));
    if (one) found.push_back(*one);
  }
  return found;
}

Result<std::vector<LastSeen>> SqlPresence::friends(UserId asker, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kFriendsOf, asker, kFriends, asker, kBlocked, count_max));
  return seen_from(std::move(rows));
}

Result<std::vector<bool>> SqlPresence::may_see(std::span<const Watching> pairs) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  std::optional<SharedGroups> groups;
  std::vector<bool> may;
  may.reserve(pairs.size());
  for (const Watching& pair : pairs) {
    if (!groups || groups->of() != pair.user) groups.emplace(driver_, pair.user);
    MPIM_TRY(const std::optional<LastSeen> one, look(driver_, *groups, pair.watcher, pair.user));
    may.push_back(one.has_value());
  }
  return may;
}

Result<void> SqlPresence::seen(std::span<const SeenDevice> devices) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  for (const SeenDevice& each : devices) MPIM_CHECKED(driver_.run(kSeen, each.at, each.device));
  return {};
}

Result<TypingAudience> SqlPresence::typing(UserId by, const Recipient& to, Timestamp now) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  if (const auto* const group = std::get_if<GroupId>(&to)) return typing_in(by, *group, now);
  if (const auto* const user = std::get_if<UserId>(&to)) return typing_to(by, *user);
  MPIM_TRY(const UserId user, user_named(std::get<UserName>(to).key));
  return typing_to(by, user);
}

Result<UserId> SqlPresence::user_named(const std::string& name_key) {
  MPIM_TRY(Rows rows, driver_.ask(kNamed, name_key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user @" + name_key};
  return rows.id<UserId>(0);
}

Result<TypingAudience> SqlPresence::typing_to(UserId by, UserId receiver) {
  {
    MPIM_TRY(Rows rows, driver_.ask(kTypingTo, by, kBlocked, by, kFriends, by, kBlocked, receiver));
    MPIM_TRY(const bool found, rows.next());
    if (!found || receiver == kSystemUser) return Error{Code::kNotFound, "no " + named(receiver)};
    if (rows.number(0) != 0) return Error{Code::kDisabled, named(receiver) + " is disabled"};
    if (rows.number(4) != 0)
      return Error{Code::kBlocked, "you blocked " + named(receiver) + ": unblock first"};
    if (rows.number(2) != 0) return Error{Code::kBlocked, named(receiver) + " has blocked you"};
    const bool friends = rows.number(3) != 0 || receiver == by;
    if (rows.number(1) != 0 && !friends)
      return Error{Code::kDenied, "only friends may write to " + named(receiver)};
  }
  TypingAudience told;
  told.receiver = receiver;
  MPIM_TRY(Rows rows, driver_.ask(kTalk, std::min(by, receiver), std::max(by, receiver)));
  MPIM_TRY(const bool talked, rows.next());
  if (talked)
    told.audience = {
        rows.id<ConversationId>(0), {}, std::min(by, receiver), std::max(by, receiver)};
  return told;
}

Result<TypingAudience> SqlPresence::typing_in(UserId by, GroupId group, Timestamp now) {
  MPIM_TRY(Rows rows, driver_.ask(kTypingIn, by, kStillMember, group));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no " + named(group)};
  if (rows.number(4) != 0) return Error{Code::kDissolved, named(group) + " is dissolved"};
  if (rows.null(5))
    return Error{Code::kNotMember, "you are not a member of " + named(group) + ": join it first"};
  const bool admin = static_cast<Role>(rows.number(6)) != Role::kMember;
  if ((!admin && rows.time(3) > now) || rows.time(7) > now)
    return Error{Code::kMuted, "you are muted in " + named(group)};
  TypingAudience told;
  told.audience = {rows.id<ConversationId>(0), group, {}, {}, rows.count(1)};
  told.members = rows.count(2);
  return told;
}

}  // namespace mpim
