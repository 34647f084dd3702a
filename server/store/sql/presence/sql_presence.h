// Presence rights and last-seen times, in SQL.
#pragma once

#include "server/store/presence_rights.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Reads rows alone, and keeps nothing in memory: readers use it beside the writer.
class SqlPresence final : public PresenceRights {
 public:
  explicit SqlPresence(Driver& driver) : driver_(driver) {}

  Result<std::vector<LastSeen>> visible(UserId asker, std::span<const UserId> users) override;
  Result<std::vector<LastSeen>> friends(UserId asker, uint32_t count_max) override;
  Result<std::vector<bool>> may_see(std::span<const Watching> pairs) override;
  Result<void> seen(std::span<const SeenDevice> devices) override;
  Result<TypingAudience> typing(UserId by, const Recipient& to, Timestamp now) override;

 private:
  Result<UserId> user_named(const std::string& name_key);
  Result<TypingAudience> typing_to(UserId by, UserId receiver);
  Result<TypingAudience> typing_in(UserId by, GroupId group, Timestamp now);

  Driver& driver_;
};

}  // namespace mpim
