#include "server/store/sql/presence/shared_groups.h"

#include <algorithm>

#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kMemberships =
    "SELECT m.conversation, m.to_seq FROM members m WHERE m.user = ? ORDER BY m.conversation"
    " LIMIT ?";
constexpr Sql kLives =
    "SELECT 1 FROM conversations c JOIN `groups` g ON g.id = c.group_id"
    " WHERE c.id = ? AND g.dissolved_at = 0";
// The tables in this order: one look-up by key for each conversation of the first user.
constexpr Sql kTogether =
    "SELECT 1 FROM members m CROSS JOIN members o ON o.conversation = m.conversation"
    " CROSS JOIN conversations c ON c.id = m.conversation"
    " CROSS JOIN `groups` g ON g.id = c.group_id"
    " WHERE m.user = ? AND m.to_seq = ? AND o.user = ? AND o.to_seq = ? AND g.dissolved_at = 0"
    " LIMIT 1";

}  // namespace

Result<bool> SharedGroups::with(UserId other) {
  if (!own_) MPIM_CHECKED(read_own());
  if (!all_) return together(other, of_);
  uint32_t count = 0;
  {
    MPIM_TRY(Rows rows, driver_.ask(kMemberships, other, kListed));
    while (true) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      ++count;
      const auto here = rows.id<ConversationId>(0);
      if (rows.number(1) != kStillMember || !std::ranges::binary_search(*own_, here)) continue;
      MPIM_TRY(const bool found, lives(here));
      if (found) return true;
    }
  }
  if (count < kListed) return false;
  return together(of_, other);
}

Result<void> SharedGroups::read_own() {
  std::vector<ConversationId> own;
  uint32_t count = 0;
  MPIM_TRY(Rows rows, driver_.ask(kMemberships, of_, kListed));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    ++count;
    if (rows.number(1) == kStillMember) own.push_back(rows.id<ConversationId>(0));
  }
  all_ = count < kListed;
  own_ = std::move(own);
  return {};
}

// A talk of the two is in both lists, and no group.
Result<bool> SharedGroups::lives(ConversationId group) {
  MPIM_TRY(Rows rows, driver_.ask(kLives, group));
  return rows.next();
}

Result<bool> SharedGroups::together(UserId walked, UserId other) {
  MPIM_TRY(Rows rows, driver_.ask(kTogether, walked, kStillMember, other, kStillMember));
  return rows.next();
}

}  // namespace mpim
