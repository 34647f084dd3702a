// What can never be stored where it belongs, in SQL.
#pragma once

#include "server/store/dead_letters.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Ids only ever grow. A body is kept in base 16; what somebody wrote otherwise is taken as it is.
class SqlDeadLetters final : public DeadLetters {
 public:
  explicit SqlDeadLetters(Driver& driver) : driver_(driver) {}
  Result<void> add(const DeadLetter& letter) override;
  Result<std::vector<DeadLetter>> list(uint64_t after, uint32_t count_max) override;
  Result<DeadLetter> find(uint64_t id) override;
  Result<bool> remove(uint64_t id) override;

 private:
  Driver& driver_;
};

}  // namespace mpim
