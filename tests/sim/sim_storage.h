// The store on virtual time: the real statements on a database in memory, with a writer that
// collects, commits later, fails, and loses what it had not committed when the node dies.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "server/store/storage.h"
#include "tests/sim/virtual_world.h"

namespace mpim::sim {

// How badly the store behaves, in percent of its batches or reads.
struct StoreFaults {
  uint32_t commit_fails = 0;    // nothing was stored: kUnavailable
  uint32_t commit_unknown = 0;  // stored or not, nobody can tell: kUnknown
  uint32_t read_fails = 0;
  uint32_t busy = 0;
  int64_t commit_ms_max = 4;
};

// Threads  none: the world runs it. One node's storage; the Store beneath survives the node.
class SimStorage final : public Storage {
 public:
  SimStorage(World& world, Store& store, const StoreFaults& faults)
      : world_(world), store_(store), faults_(faults) {}

  void submit(ConversationId about, std::unique_ptr<WriteJob> job) override;
  void submit(std::unique_ptr<ReadJob> job) override;
  // The node died: what waits is lost, and answers nobody.
  void crash() { dead_ = true; }
  uint64_t commits() const { return commits_; }

 private:
  void start_batch();
  void commit(std::vector<std::unique_ptr<WriteJob>> batch);
  std::optional<Error> run_batch(std::vector<std::unique_ptr<WriteJob>>& batch);

  World& world_;
  Store& store_;
  const StoreFaults& faults_;
  std::deque<std::unique_ptr<WriteJob>> waiting_;
  bool committing_ = false;
  bool dead_ = false;
  uint64_t commits_ = 0;
};

}  // namespace mpim::sim
