#include "server/store/sql/people/sql_people.h"

#include <algorithm>

#include "server/store/sql/people/user_version.h"
#include "server/store/sql/rows/full_count.h"

namespace mpim {
namespace {

constexpr Sql kProfile =
    "SELECT id, name, display_name, about, avatar, friends_only, version FROM users"
    " WHERE id = ? AND removed = 0";
constexpr Sql kSetProfile =
    "UPDATE users SET display_name = ?, about = ?, avatar = ?, friends_only = ?,"
    " profile_version = ? WHERE id = ?";
constexpr Sql kOwnsFile = "SELECT 1 FROM files WHERE id = ? AND owner = ?";
constexpr Sql kState = "SELECT state FROM friendships WHERE user = ? AND friend = ?";
constexpr Sql kSetState =
    "INSERT INTO friendships (user, friend, state, version, changed_at) VALUES (?, ?, ?, ?, ?)"
    " {conflict user, friend} state = {new state}, version = {new version},"
    " changed_at = {new changed_at}";
// Each has a row when there are more than so many, which is all that a limit asks.
constexpr Sql kMoreFriends =
    "SELECT 1 FROM friendships WHERE user = ? AND state = 3 LIMIT 1 OFFSET ?";
constexpr Sql kMoreRequests =
    "SELECT 1 FROM friendships WHERE user = ? AND state IN (1, 2) LIMIT 1 OFFSET ?";
constexpr Sql kMoreBlocks = "SELECT 1 FROM blocks WHERE user = ? AND state = 1 LIMIT 1 OFFSET ?";
constexpr Sql kListFriends =
    "SELECT f.friend, u.name, f.state FROM friendships f JOIN users u ON u.id = f.friend"
    " WHERE f.user = ? AND f.friend > ? AND f.state <> 0 AND (? = 0 OR f.state = ?)"
    " ORDER BY f.friend LIMIT ?";
constexpr Sql kSetBlock =
    "INSERT INTO blocks (user, blocked, state, version, changed_at) VALUES (?, ?, ?, ?, ?)"
    " {conflict user, blocked} state = {new state}, version = {new version},"
    " changed_at = {new changed_at}";
constexpr Sql kListBlocks =
    "SELECT b.blocked, u.name FROM blocks b JOIN users u ON u.id = b.blocked"
    " WHERE b.user = ? AND b.blocked > ? AND b.state = 1 ORDER BY b.blocked LIMIT ?";

std::string named(UserId user) { return "user " + std::to_string(user.value); }

// A count that is full, said to `asking`, of whom it may be or of the other one.
Error full(UserId user, UserId asking, uint64_t max, std::string_view of_what,
           std::string_view setting, const std::string& remedy) {
  return full_count(counted_of(user, asking, "have", "has"), max, of_what, setting,
                    user == asking ? remedy : "he must " + remedy);
}

}  // namespace

Result<Profile> SqlPeople::profile(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kProfile, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no " + named(user)};
  return Profile{rows.id<UserId>(0), rows.text(1),        rows.text(2), rows.text(3),
                 rows.id<FileId>(4), rows.number(5) != 0, rows.count(6)};
}

Result<PeopleChange> SqlPeople::set_profile(UserId user, const ProfileChange& change) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(Profile now, profile(user));
  now.display_name = change.display_name.value_or(now.display_name);
  now.about = change.about.value_or(now.about);
  now.friends_only = change.friends_only.value_or(now.friends_only);
  if (change.avatar && *change.avatar) {
    MPIM_TRY(Rows rows, driver_.ask(kOwnsFile, *change.avatar, user));
    MPIM_TRY(const bool owned, rows.next());
    if (!owned)
      return Error{Code::kNotFound, "no upload " + std::to_string(change.avatar->value) + " of " +
                                        "your own to be the avatar"};
  }
  now.avatar = change.avatar.value_or(now.avatar);
  MPIM_TRY(const uint64_t version, next_version(driver_, user));
  MPIM_CHECKED(driver_.run(kSetProfile, now.display_name, now.about, now.avatar, now.friends_only,
                           version, user));
  rights_.account_changed(user);
  ChangeSignal signal;
  signal.version = version;
  signal.kind = ChangeKind::kProfile;
  return PeopleChange{FriendState::kNone, version, {{user, std::move(signal)}}};
}

// Somebody else, who exists.
Result<void> SqlPeople::known(UserId user, UserId whom) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  if (user == whom) return Error{Code::kBadRequest, "that is yourself: name somebody else"};
  if (whom == kSystemUser) return Error{Code::kDenied, "the system is nobody's friend or foe"};
  MPIM_TRY(const AccountState state, rights_.account(whom));
  if (state == AccountState::kAbsent) return Error{Code::kNotFound, "no " + named(whom)};
  return {};
}

Result<void> SqlPeople::active(UserId user) {
  MPIM_TRY(const AccountState state, rights_.account(user));
  if (state == AccountState::kActive) return {};
  if (state == AccountState::kDisabled) return Error{Code::kDisabled, named(user) + " is disabled"};
  return Error{Code::kNotFound, "no " + named(user)};
}

Result<void> SqlPeople::unblocked(UserId user, UserId whom) {
  MPIM_TRY(const Relation between, rights_.relation(user, whom));
  if (between.blocks)
    return Error{Code::kBlocked, "you blocked " + named(whom) + ": unblock first"};
  if (between.blocked) return Error{Code::kBlocked, named(whom) + " has blocked you"};
  return {};
}

Result<FriendState> SqlPeople::state_of(UserId user, UserId whom) {
  MPIM_TRY(Rows rows, driver_.ask(kState, user, whom));
  MPIM_TRY(const bool found, rows.next());
  return found ? static_cast<FriendState>(rows.number(0)) : FriendState::kNone;
}

Result<bool> SqlPeople::all_taken(Sql more, UserId user, uint64_t max) {
  MPIM_TRY(Rows rows, driver_.ask(more, user, max - 1));
  return rows.next();
}

Result<void> SqlPeople::room_for_friend(UserId user, UserId asking) {
  MPIM_TRY(const bool taken, all_taken(kMoreFriends, user, limits_.friends_max));
  if (!taken) return {};
  return full(user, asking, limits_.friends_max, "friends", "people.friends_max",
              "remove one first");
}

Result<void> SqlPeople::room_for_request(UserId user, UserId asking) {
  MPIM_TRY(const bool taken, all_taken(kMoreRequests, user, limits_.requests_max));
  if (!taken) return {};
  return full(user, asking, limits_.requests_max, "friend requests open", "people.requests_max",
              "answer or take back one first");
}

Result<PeopleChange> SqlPeople::add_friend(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_CHECKED(active(user));
  MPIM_CHECKED(active(whom));
  MPIM_CHECKED(unblocked(user, whom));
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state == FriendState::kFriend)
    return Error{Code::kExists, named(whom) + " is your friend already"};
  if (state == FriendState::kAsked)
    return Error{Code::kExists, "you asked " + named(whom) + " already: the answer is open"};
  if (state == FriendState::kRequested) return make_friends(user, whom, now);
  MPIM_CHECKED(room_for_friend(user, user));
  MPIM_CHECKED(room_for_request(user, user));
  MPIM_CHECKED(room_for_request(whom, user));
  return settle(user, FriendState::kAsked, whom, FriendState::kRequested, now);
}

Result<PeopleChange> SqlPeople::accept(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state == FriendState::kFriend)
    return Error{Code::kExists, named(whom) + " is your friend already"};
  if (state != FriendState::kRequested)
    return Error{Code::kNotFound, named(whom) + " does not ask to be your friend"};
  MPIM_CHECKED(active(user));
  MPIM_CHECKED(active(whom));
  return make_friends(user, whom, now);
}

Result<PeopleChange> SqlPeople::reject(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state != FriendState::kRequested)
    return Error{Code::kNotFound, named(whom) + " does not ask to be your friend"};
  return settle(user, FriendState::kNone, whom, FriendState::kNone, now);
}

Result<PeopleChange> SqlPeople::remove_friend(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state == FriendState::kRequested)
    return Error{Code::kNotFound, named(whom) + " only asks to be your friend: REJECT says no"};
  if (state == FriendState::kNone)
    return Error{Code::kNotFound, named(whom) + " is not your friend"};
  return settle(user, FriendState::kNone, whom, FriendState::kNone, now);
}

Result<PeopleChange> SqlPeople::befriend(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_CHECKED(unblocked(user, whom));
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state == FriendState::kFriend) return Error{Code::kExists, "they are friends already"};
  return make_friends(user, whom, now);
}

Result<PeopleChange> SqlPeople::make_friends(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(room_for_friend(user, user));
  MPIM_CHECKED(room_for_friend(whom, user));
  return settle(user, FriendState::kFriend, whom, FriendState::kFriend, now);
}

Result<ChangeSignal> SqlPeople::set_side(UserId user, UserId whom, FriendState state,
                                         Timestamp now) {
  ChangeSignal signal;
  MPIM_TRY(signal.version, next_version(driver_, user));
  signal.kind = ChangeKind::kFriend;
  signal.user = whom;
  signal.state = name_of(state);
  MPIM_CHECKED(
      driver_.run(kSetState, user, whom, static_cast<uint8_t>(state), signal.version, now));
  return signal;
}

Result<PeopleChange> SqlPeople::settle(UserId user, FriendState state, UserId whom, FriendState his,
                                       Timestamp now) {
  MPIM_TRY(ChangeSignal own, set_side(user, whom, state, now));
  MPIM_TRY(ChangeSignal other, set_side(whom, user, his, now));
  rights_.relation_changed(user, whom);
  const uint64_t version = own.version;
  return PeopleChange{state, version, {{user, std::move(own)}, {whom, std::move(other)}}};
}

Result<std::vector<Friend>> SqlPeople::friends(UserId user, std::optional<FriendState> state,
                                               UserId after, uint32_t count_max) {
  const auto wanted = static_cast<uint8_t>(state.value_or(FriendState::kNone));
  MPIM_TRY(Rows rows, driver_.ask(kListFriends, user, after, wanted, wanted, count_max));
  std::vector<Friend> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({rows.id<UserId>(0), rows.text(1), static_cast<FriendState>(rows.number(2))});
  }
}

Result<ChangeSignal> SqlPeople::set_block(UserId user, UserId whom, bool on, Timestamp now) {
  ChangeSignal signal;
  MPIM_TRY(signal.version, next_version(driver_, user));
  signal.kind = ChangeKind::kBlock;
  signal.user = whom;
  signal.state = on ? "on" : "off";
  MPIM_CHECKED(driver_.run(kSetBlock, user, whom, on, signal.version, now));
  rights_.account_changed(user);
  rights_.relation_changed(user, whom);
  return signal;
}

Result<PeopleChange> SqlPeople::block(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECKED(known(user, whom));
  MPIM_TRY(const Relation between, rights_.relation(user, whom));
  if (between.blocks) return Error{Code::kExists, "you blocked " + named(whom) + " already"};
  MPIM_TRY(const bool taken, all_taken(kMoreBlocks, user, limits_.blocks_max));
  if (taken)
    return full(user, user, limits_.blocks_max, "people blocked", "people.blocks_max",
                "unblock one first");
  PeopleChange done;
  MPIM_TRY(const FriendState state, state_of(user, whom));
  if (state != FriendState::kNone) {
    MPIM_TRY(done, settle(user, FriendState::kNone, whom, FriendState::kNone, now));
  }
  MPIM_TRY(ChangeSignal signal, set_block(user, whom, true, now));
  done.version = signal.version;
  done.told.push_back({user, std::move(signal)});
  return done;
}

Result<PeopleChange> SqlPeople::unblock(UserId user, UserId whom, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const Relation between, rights_.relation(user, whom));
  if (!between.blocks) {
    MPIM_CHECKED(known(user, whom));
    return Error{Code::kNotFound, "you have not blocked " + named(whom)};
  }
  MPIM_TRY(ChangeSignal signal, set_block(user, whom, false, now));
  const uint64_t version = signal.version;
  return PeopleChange{FriendState::kNone, version, {{user, std::move(signal)}}};
}

Result<std::vector<BlockedUser>> SqlPeople::blocks(UserId user, UserId after, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kListBlocks, user, after, count_max));
  std::vector<BlockedUser> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({rows.id<UserId>(0), rows.text(1)});
  }
}

// What others blocked stays as it is: a removed user's number never comes back.
Result<std::vector<ToldChange>> SqlPeople::end_all(UserId user, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  constexpr uint32_t kAll = UINT32_MAX;
  std::vector<ToldChange> told;
  MPIM_TRY(const std::vector<Friend> friends_now, friends(user, std::nullopt, UserId(), kAll));
  for (const Friend& each : friends_now) {
    MPIM_TRY(PeopleChange ended,
             settle(user, FriendState::kNone, each.user, FriendState::kNone, now));
    told.push_back(std::move(ended.told.back()));
  }
  MPIM_TRY(const std::vector<BlockedUser> blocked, blocks(user, UserId(), kAll));
  for (const BlockedUser& each : blocked) MPIM_CHECKED(set_block(user, each.user, false, now));
  return told;
}

}  // namespace mpim
