// Friends, blocks and profiles: what is private to a user and has versions.
#pragma once

#include <optional>
#include <vector>

#include "server/core/people.h"
#include "server/core/result.h"

namespace mpim {

// One change and whose it is.
struct ToldChange {
  UserId user;
  ChangeSignal change;
};

// What became of a change: how it stands now for who made it, and everybody it changed something
// for, himself first.
struct PeopleChange {
  FriendState state = FriendState::kNone;
  uint64_t version = 0;
  std::vector<ToldChange> told;
};

// A friendship has two sides, and both are changed in the caller's transaction, each at its own
// user's next version. What ended stays as a row that says so, for whoever asks what changed.
// Threads  the one that holds the Store.
// Limits   friends, blocks and open requests as the store was opened with: kLimit says which.
// Errors   kUnavailable when the database fails. Of any other person: kNotFound when he does not
//          exist (any more), kBadRequest when he is the user himself, kDenied for the system user.
class People {
 public:
  virtual ~People() = default;

  virtual Result<Profile> profile(UserId user) = 0;  // kNotFound
  // kNotFound: the avatar is no upload of his.
  virtual Result<PeopleChange> set_profile(UserId user, const ProfileChange& change) = 0;

  // Asks; who was asked by that one already becomes his friend at once. kExists: asked or friends
  // already. kBlocked, kDisabled, kLimit.
  virtual Result<PeopleChange> add_friend(UserId user, UserId whom, Timestamp now) = 0;
  // kNotFound: he did not ask (any more). kExists: friends already. kDisabled, kLimit.
  virtual Result<PeopleChange> accept(UserId user, UserId whom, Timestamp now) = 0;
  // kNotFound: he did not ask.
  virtual Result<PeopleChange> reject(UserId user, UserId whom, Timestamp now) = 0;
  // Ends a friendship, or takes back what one asked oneself. kNotFound: there is neither.
  virtual Result<PeopleChange> remove_friend(UserId user, UserId whom, Timestamp now) = 0;
  // An operator makes two users friends, whatever one asked of the other. kExists, kBlocked,
  // kLimit.
  virtual Result<PeopleChange> befriend(UserId user, UserId whom, Timestamp now) = 0;
  // Ascending by id above `after`; of one state, or of all but kNone.
  virtual Result<std::vector<Friend>> friends(UserId user, std::optional<FriendState> state,
                                              UserId after, uint32_t count_max) = 0;

  // Ends what friendship and requests there are. kExists, kLimit.
  virtual Result<PeopleChange> block(UserId user, UserId whom, Timestamp now) = 0;
  virtual Result<PeopleChange> unblock(UserId user, UserId whom, Timestamp now) = 0;  // kNotFound
  virtual Result<std::vector<BlockedUser>> blocks(UserId user, UserId after,
                                                  uint32_t count_max) = 0;

  // Everything after `since`, oldest first, at most `count_max`. A `since` above the user's version
  // is from another life of this database: then all there is.
  virtual Result<PrivateChanges> changes_since(UserId user, uint64_t since, uint32_t count_max) = 0;
  virtual Result<uint64_t> version(UserId user) = 0;  // kNotFound

  // Before a user is removed: friendships, requests and his blocks end. Answers who is told.
  virtual Result<std::vector<ToldChange>> end_all(UserId user, Timestamp now) = 0;
};

}  // namespace mpim
