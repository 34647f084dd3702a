// What one reader may see of a conversation.
#pragma once

#include <vector>

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_pages.h"

namespace mpim {

// His memberships, cut to what the log has.
struct Readable {
  GroupId group;
  Seq last;                            // of what he may ever see
  std::vector<SeqInterval> intervals;  // ascending, within floor and head

  bool has(Seq seq) const;
  bool any_below(Seq bound) const;
  // Where to begin so that `count` readable entries lie between there and `bound`, itself not
  // counted; 0 when there are not so many.
  Seq before(Seq bound, uint64_t count) const;
};

// kNotFound when he never was a member. Operators (the system user) may see all there is.
Result<Readable> readable(Driver& driver, const LogLook& look, UserId reader, ConversationId of);

}  // namespace mpim
