// What was accepted and can never be stored: kept aside for an operator.
#pragma once

#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

struct DeadLetter {
  uint64_t id = 0;
  std::string source;  // "intake"
  std::string reason;  // why, in a sentence
  std::string body;    // as it came, its bytes in base 16
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
  virtual Result<void> remove(uint64_t id) = 0;
};

}  // namespace mpim
