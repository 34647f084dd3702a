// Stores the acknowledgements that wait, once the store is back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/core/executor.h"
#include "server/intake/ack_intake.h"
#include "server/service/fanout.h"
#include "server/service/intake/held_up.h"
#include "server/store/storage.h"

namespace mpim {

// Every node has one; one node's stores at a time.
// Threads  one loop, `home`.
// Order    many to one transaction; they leave the queue when it is committed. Who takes over after
//          a crash stores some again, which changes nothing.
// Errors   what is not legal any more (the device logged in again, its user may not read that, the
//          store was restored meanwhile) is dropped and counted: it is judged as if it came now.
//          What fails is held up as HeldUp says; what cannot be read, or is given up, becomes a
//          dead letter.
// Lifetime its loop stopped, before it is destroyed.
class AckRunner {
 public:
  AckRunner(Executor& home, Storage& storage, Fanout& fanout, AckIntake& acks,
            std::function<bool()> store_healthy, const HeldUpOptions& options);
  void start();

 private:
  static constexpr Millis kEvery{100};
  static constexpr uint32_t kBatchMax = 256;

  // What became of a batch: of each what it means to others, or why it was dropped.
  using Outcomes = std::vector<Result<AckStored>>;

  void tick();
  void learn_epoch();
  void drain();
  void taken(TakenAcks found);
  void store(std::vector<QueuedAck> batch);
  void stored(const std::vector<QueuedAck>& batch, const Result<Outcomes>& outcomes);
  void failed(const std::vector<QueuedAck>& batch, const Error& why);
  void bury(const QueuedAck& entry, const Error& why);
  void remove(const std::vector<std::string>& tickets);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  AckIntake& acks_;
  const std::function<bool()> store_healthy_;
  HeldUp held_up_;
  bool busy_ = false;
  bool epoch_known_ = false;  // since the store was away last
  bool asking_epoch_ = false;
};

}  // namespace mpim
