// What a consumer does with an entry of its stream that is not stored.
#pragma once

#include <string>

#include "server/core/clock.h"
#include "server/core/errors.h"
#include "server/store/dead_letters.h"

namespace mpim {

struct HeldUpOptions {
  uint32_t attempts_max = 10;  // of one entry, alone, with a store that works
  Millis again_max{5'000};  // between two of them; the first pause is kFirst, each twice the last
};

// One stream's. When a transaction fails, its entries are stored one by one; one that fails alone
// holds up its stream, with longer and longer pauses, until it is given up.
// Threads  its consumer's loop.
class HeldUp {
 public:
  static constexpr Millis kFirst{100};

  explicit HeldUp(const HeldUpOptions& options) : options_(options) {}

  // So many entries are stored together next.
  uint32_t together(uint32_t batch_max) const { return alone_ > 0 ? 1 : batch_max; }
  bool waits(Instant now) const { return now < again_; }
  uint32_t attempts() const { return attempts_; }
  bool given_up() const { return attempts_ >= options_.attempts_max; }

  void failed_together(size_t entries) { alone_ = entries; }
  // Answers the pause.
  Millis failed_alone(const std::string& ticket, Instant now);
  // It is about to be put aside.
  void at_once() { again_ = {}; }
  // So many are stored, refused or put aside.
  void passed(size_t entries);

 private:
  HeldUpOptions options_;
  uint32_t attempts_ = 0;  // of `failing_`, alone
  std::string failing_;    // its ticket
  size_t alone_ = 0;       // so many are stored one by one: one of them failed a transaction
  Instant again_{};        // not before
};

// The entry may be stored yet: its turn comes again.
bool may_pass(Code code);
// What is kept of an entry that is put aside. One that cannot be read is for an operator's eyes
// alone, and only its beginning is kept, which is a small statement for any database.
DeadLetter dead_entry(const std::string& ticket, const std::string& bytes, bool readable,
                      const Error& why);

}  // namespace mpim
