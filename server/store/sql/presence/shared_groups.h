// Whether one person is in a group with others, asked about many of them.
#pragma once

#include <optional>
#include <vector>

#include "server/store/sql/driver/driver.h"

namespace mpim {

// Both belong now, and the group lives.
// Threads  its driver's, within one transaction.
// Limits   his conversations are read once, kListed of them at most. Of whoever is asked about no
//          more are read either; who has more is looked for in the conversations of the other.
class SharedGroups {
 public:
  static constexpr uint32_t kListed = 2'048;

  SharedGroups(Driver& driver, UserId of) : driver_(driver), of_(of) {}
  UserId of() const { return of_; }
  Result<bool> with(UserId other);

 private:
  Result<void> read_own();
  Result<bool> lives(ConversationId group);
  Result<bool> together(UserId walked, UserId other);

  Driver& driver_;
  const UserId of_;
  std::optional<std::vector<ConversationId>> own_;  // where he belongs now, ascending
  bool all_ = false;                                // there are no others
};

}  // namespace mpim
