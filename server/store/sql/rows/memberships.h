// Beginning and ending memberships of groups, and who owns a group afterwards.
#pragma once

#include <limits>
#include <span>

#include "server/store/groups.h"
#include "server/store/sql/rows/conversation_heads.h"
#include "server/store/sql/rows/rights.h"

namespace mpim {

// members.to_seq of somebody who has not left.
inline constexpr int64_t kStillMember = std::numeric_limits<int64_t>::max();

// The rows of a group's members; the entries of its log are its caller's affair.
// Threads  the Store's.
class Memberships {
 public:
  Memberships(Driver& driver, ConversationHeads& heads, Rights& rights)
      : driver_(driver), heads_(heads), rights_(rights) {}

  // He may read what comes after `from`. The first member of an empty group owns it. A mute that
  // has not run out outlasts his leaving, unless he owns the group now.
  Result<void> open(ConversationHead& group, UserId user, Seq from, Timestamp now);
  // The same for many at once, none of whom belongs; in a group that has an owner.
  Result<void> open_all(ConversationHead& group, std::span<const ImportedMember> members, Seq from,
                        Timestamp now);
  // What an owner does before he goes: the oldest admin, else the oldest member, owns the group
  // then; a disabled account when there is no other. Nobody: `user` is no owner, or the last one.
  Result<UserId> hand_over(ConversationHead& group, UserId user);
  // He may read up to `to`. An owner who has not handed over does.
  Result<void> close(ConversationHead& group, UserId user, Seq to);
  // Nobody belongs or owns the group any more.
  Result<void> close_all(ConversationHead& group, Seq to);
  Result<void> set_role(ConversationHead& group, UserId user, Role role);
  // The old owner, if there is one, becomes an admin. The new one is muted no more.
  Result<void> set_owner(ConversationHead& group, UserId to);
  Result<void> set_muted(const ConversationHead& group, UserId user, Timestamp until);

 private:
  Result<UserId> heir_of(const ConversationHead& group, UserId user);
  Result<void> write_role(const ConversationHead& group, UserId user, Role role);
  void changed(ConversationHead& group, UserId user);

  Driver& driver_;
  ConversationHeads& heads_;
  Rights& rights_;
};

}  // namespace mpim
