// What was accepted and can never be stored: kept aside for an operator.
#pragma once

#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

inline constexpr uint64_t kDeadLetterMax = 0x7FFF'FFFF'FFFF'FFFF;  // ids are positive and signed

struct DeadLetter {
  uint64_t id = 0;
  std::string source;  // where from, and its ticket there: "intake q3-1700000000000-0"
  std::string reason;  // why, in a sentence
  std::string body;    // its bytes as it came
  Timestamp at;
};

// Threads  the one that holds the Store.
class DeadLetters {
 public:
  virtual ~DeadLetters() = default;

  virtual Result<void> add(const DeadLetter& letter) = 0;  // whose id is not used
  // At most `count_max` above `after`, ascending by id.
  virtual Result<std::vector<DeadLetter>> list(uint64_t after, uint32_t count_max) = 0;
  virtual Result<DeadLetter> find(uint64_t id) = 0;  // kNotFound
  virtual Result<bool> remove(uint64_t id) = 0;      // false: it was not there
};

}  // namespace mpim
