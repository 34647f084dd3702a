// Beginning and ending memberships of groups, and who owns a group afterwards.
#pragma once

#include <limits>

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

  // He may read what comes after `from`. The first member of an empty group owns it.
  Result<void> open(ConversationHead& group, UserId user, Seq from, Timestamp now);
  // He may read up to `to`. An owner hands over to the oldest admin, else the oldest member.
  Result<void> close(ConversationHead& group, UserId user, Seq to);

 private:
  Result<void> hand_over(const ConversationHead& group);
  void changed(ConversationHead& group, UserId user);

  Driver& driver_;
  ConversationHeads& heads_;
  Rights& rights_;
};

}  // namespace mpim
