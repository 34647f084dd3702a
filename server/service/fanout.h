// From committed entries to envelopes for each node that may have somebody to tell: here it is
// decided whether who is written to is online.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "server/bus/bus.h"
#include "server/core/executor.h"
#include "server/directory/directory.h"
#include "server/service/tokens/known_tokens.h"
#include "server/store/message_log.h"

namespace mpim {

// Threads  one per worker, on its loop, `home`.
// Order    what is handed in on one worker is published in that order: what the directory knows at
//          once waits for what was asked before and is not answered yet.
// Lifetime a late answer may outlive it.
class Fanout {
 public:
  // `tokens`: this node's memory of them; null: it has none.
  Fanout(Executor& home, Directory& directory, Bus& bus, KnownTokens* tokens = nullptr)
      : home_(home),
        directory_(directory),
        tokens_(tokens),
        waiting_(std::make_shared<Waiting>(bus)) {}

  void committed(const Appended& appended);  // a duplicate is not fanned out again
  // What one transaction stored: each node hears of all of it at once. Refusals are passed over.
  void committed(std::span<const Result<Appended>> outcomes);
  // To every node with a session of this user. That sessions ended every node is told: it may know
  // their tokens.
  void tell(UserId user, Envelope envelope);
  // To every node that may have somebody of this audience.
  void tell(const Audience& audience, Envelope envelope);
  void tell_everybody(Envelope envelope);  // to every node with any session
  // Forgotten here at once, and by every node that hears of it.
  void tell_tokens_ended(UserId user, DeviceId device);

 private:
  struct Letter {
    EnvelopePtr envelope;
    std::vector<NodeId> nodes;
  };
  // Letters that are published together, once all their nodes are known.
  struct Batch {
    std::vector<Letter> letters;
    size_t unanswered = 0;
  };
  // Batches in the order in which they were handed in.
  struct Waiting {
    explicit Waiting(Bus& to) : bus(to) {}
    void publish_those_answered();

    Bus& bus;
    std::deque<std::shared_ptr<Batch>> batches;
  };
  template <class Whom>
  void ask(const std::shared_ptr<Batch>& batch, const Whom& whom, Envelope envelope,
           UserId counted = {});
  void count_where(UserId to);
  void hand_in(std::shared_ptr<Batch> batch);
  static void publish(Bus& bus, const Batch& batch);

  Executor& home_;
  Directory& directory_;
  KnownTokens* const tokens_;
  std::shared_ptr<Waiting> waiting_;
};

}  // namespace mpim
