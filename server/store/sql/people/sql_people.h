// Friends, blocks and profiles, in SQL.
#pragma once

#include "server/store/people.h"
#include "server/store/sql/open.h"
#include "server/store/sql/rows/rights.h"

namespace mpim {

// Whether somebody may be dealt with is asked of Rights, the writer's memory: every function that
// changes something is the writer's.
// Errors   after any error but a refusal by a check the caller undoes the transaction or savepoint.
class SqlPeople final : public People {
 public:
  SqlPeople(Driver& driver, Rights& rights, const StoreLimits& limits)
      : driver_(driver), rights_(rights), limits_(limits) {}

  Result<Profile> profile(UserId user) override;
  Result<PeopleChange> set_profile(UserId user, const ProfileChange& change) override;
  Result<PeopleChange> add_friend(UserId user, UserId whom, Timestamp now) override;
  Result<PeopleChange> accept(UserId user, UserId whom, Timestamp now) override;
  Result<PeopleChange> reject(UserId user, UserId whom, Timestamp now) override;
  Result<PeopleChange> remove_friend(UserId user, UserId whom, Timestamp now) override;
  Result<PeopleChange> befriend(UserId user, UserId whom, Timestamp now) override;
  Result<std::vector<Friend>> friends(UserId user, std::optional<FriendState> state, UserId after,
                                      uint32_t count_max) override;
  Result<PeopleChange> block(UserId user, UserId whom, Timestamp now) override;
  Result<PeopleChange> unblock(UserId user, UserId whom, Timestamp now) override;
  Result<std::vector<BlockedUser>> blocks(UserId user, UserId after, uint32_t count_max) override;
  Result<PrivateChanges> changes_since(UserId user, uint64_t since, uint32_t count_max) override;
  Result<uint64_t> version(UserId user) override;
  Result<std::vector<ToldChange>> end_all(UserId user, Timestamp now) override;

 private:
  Result<void> known(UserId user, UserId whom);
  Result<void> active(UserId user);
  Result<void> unblocked(UserId user, UserId whom);
  Result<FriendState> state_of(UserId user, UserId whom);
  Result<bool> all_taken(Sql more, UserId user, uint64_t max);
  Result<void> room_for_friend(UserId user, UserId asking);
  Result<void> room_for_request(UserId user, UserId asking);
  Result<ChangeSignal> set_side(UserId user, UserId whom, FriendState state, Timestamp now);
  Result<PeopleChange> settle(UserId user, FriendState state, UserId whom, FriendState his,
                              Timestamp now);
  Result<PeopleChange> make_friends(UserId user, UserId whom, Timestamp now);
  Result<ChangeSignal> set_block(UserId user, UserId whom, bool on, Timestamp now);

  Driver& driver_;
  Rights& rights_;
  const StoreLimits& limits_;  // the store's; they may change between two transactions
};

}  // namespace mpim
