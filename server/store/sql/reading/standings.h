// Memberships and cursors read together: where a device stands in each conversation.
#pragma once

#include <vector>

#include "server/core/cursor.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_pages.h"

namespace mpim {

// A Standing with the memberships behind it.
struct Stand {
  Standing standing;
  std::vector<SeqInterval> intervals;  // ascending, cut at floor and head

  uint64_t entries_above(Seq cursor) const;
  bool may_see(Seq seq) const;
};

// All conversations of a user, ascending; a device of none leaves `delivered` where membership
// begins.
Result<std::vector<Stand>> stands_of(Driver& driver, const LogLook& look, UserId user,
                                     DeviceId device);
// kNotFound when he never was a member.
Result<Stand> stand_in(Driver& driver, const LogLook& look, UserId user, DeviceId device,
                       ConversationId of);

// How many entries a question about unread messages looks at.
inline constexpr uint32_t kUnreadLooksMax = 100'000;

// Messages of others above the read cursor that he did not hide, newest looked at first: the exact
// number, or kCountedMax + 1 when there are more, or more entries than may be looked at.
Result<uint32_t> count_unread(Driver& driver, const LogLook& look, UserId user, const Stand& stand,
                              uint32_t& looks_left);
// The same of a stand whose entries above the read cursor have all been read already.
uint32_t count_unread(UserId user, Seq read, std::span<const EntryPtr> entries);

}  // namespace mpim
