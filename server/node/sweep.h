// Looks for conversations that moved lately: whatever hint was lost, an idle gap heals by this.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "server/bus/bus.h"
#include "server/store/storage.h"

namespace mpim {

// Threads  one loop. `wake` runs there.
// Order    each sweep looks back over the one before and kOverlap more, longer than any transaction
//          takes: a head that was committed late is not passed over. After a failed read the next
//          one looks back as far as it must.
// Limits   kHeadsMax conversations a sweep, the oldest change first; the rest come with the next
//          ones, while they are in the overlap.
class Sweep {
 public:
  using Wake = std::function<void(const std::vector<EnvelopePtr>&)>;
  static constexpr Millis kOverlap{10'000};
  static constexpr uint32_t kHeadsMax = 65'536;

  Sweep(Executor& home, Storage& storage, Millis every, Wake wake);
  void start();

 private:
  void look();
  void tell(const std::vector<ChangedHead>& heads);

  Executor& home_;
  Storage& storage_;
  const Millis every_;
  const Wake wake_;
  Timestamp seen_;                                // everything committed before this was told
  std::unordered_map<ConversationId, Seq> told_;  // what the last sweep said: not said twice
};

}  // namespace mpim
