// Looks for conversations that moved lately: whatever hint was lost, an idle gap heals by this.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "server/bus/bus.h"
#include "server/store/storage.h"

namespace mpim {

// Threads  one loop. `wake` runs there.
// Order    each sweep begins where the one before ended, in the order in which heads move; a failed
//          one is done again from the same place.
// Limits   a head is told once in kRepeatsFor, however often the store tells it. One read tells
//          what the store remembers to have moved; where it must look at the log, at kEntriesMax
//          entries, and the next follows at once. What was answered later than kPromptly may be
//          of an older state than it says: the next goes on where this one did.
class Sweep {
 public:
  using Wake = std::function<void(const std::vector<EnvelopePtr>&)>;
  static constexpr uint32_t kEntriesMax = 16'384;
  static constexpr Millis kRepeatsFor{30'000};
  static constexpr Millis kPromptly{5'000};

  // `pace` says how long to wait before the next.
  Sweep(Executor& home, Storage& storage, std::function<Millis()> pace, Wake wake);
  void start();
  // Now, or as soon as the one under way is done.
  void at_once();

 private:
  void look();
  void look_after(Millis pause);
  void tell(const std::vector<ChangedHead>& heads);
  bool told_lately(const ChangedHead& head);
  void forget_by_and_by();

  Executor& home_;
  Storage& storage_;
  const std::function<Millis()> pace_;
  const Wake wake_;
  ChangePlace seen_;  // everything that moved before it was told
  // What was told since the last change of the two, and between the two before it.
  std::unordered_map<ConversationId, Seq> told_;
  std::unordered_map<ConversationId, Seq> told_before_;
  Instant changed_{};
  TimerId timer_;  // none: a read is under way
  bool again_ = false;
};

}  // namespace mpim
