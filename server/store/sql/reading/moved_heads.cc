#include "server/store/sql/reading/moved_heads.h"

#include <algorithm>

#include "server/store/sql/driver/snapshot.h"

namespace mpim {
namespace {

constexpr Sql kNow = "SELECT ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000)";
constexpr Sql kChanged =
    "SELECT id, group_id, user_low, user_high, members_version, head, changed_at FROM conversations"
    " WHERE changed_at >= ? AND (changed_at > ? OR id > ?) AND head > 0"
    " ORDER BY changed_at, id LIMIT ?";

}  // namespace

Result<Changes> heads_changed_since(Driver& driver, ChangePlace since, uint32_t heads_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver));
  Changes changes;
  {
    MPIM_TRY(Rows now, driver.ask(kNow));
    MPIM_CHECKED(now.next());
    changes.next = {now.count(0) - static_cast<uint64_t>(kChangeOverlap.count()), {}};
  }
  if (since.value == 0) since = changes.next;
  MPIM_TRY(Rows rows, driver.ask(kChanged, since.value, since.value, since.after, heads_max));
  ChangePlace last;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const Audience to{rows.id<ConversationId>(0), rows.id<GroupId>(1), rows.id<UserId>(2),
                      rows.id<UserId>(3), rows.count(4)};
    changes.heads.push_back({to, rows.seq(5)});
    last = {rows.count(6), to.conversation};
  }
  if (changes.heads.size() < heads_max) return changes;
  changes.more = true;
  changes.next = last;
  return changes;
}

}  // namespace mpim
