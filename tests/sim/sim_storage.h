// The store on virtual time: the real statements on a database in memory, with a writer that
// collects, commits later, fails, and loses what it had not committed when the node dies.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "server/store/storage.h"
#include "tests/sim/faults.h"
#include "tests/sim/virtual_world.h"

namespace mpim::sim {

// Threads  one of the node's own: stopped with its process. The Store beneath survives the node.
// Errors   while the node does not reach the store: kUnavailable, and kUnknown for what was being
//          committed, which may have been.
class SimStorage final : public Storage {
 public:
  SimStorage(World& world, Store& store, const StoreFaults& faults, const Reach& reach)
      : world_(world), store_(store), faults_(faults), reach_(reach), thread_(world.new_thread()) {}

  void submit(ConversationId about, std::unique_ptr<WriteJob> job) override;
  void submit(std::unique_ptr<ReadJob> job) override;
  // What waits when the node dies is lost, and answers nobody.
  VirtualThread& thread() { return thread_; }
  uint64_t commits() const { return commits_; }

 private:
  void start_batch();
  void commit(std::vector<std::unique_ptr<WriteJob>> batch, bool began);
  std::optional<Error> run_batch(std::vector<std::unique_ptr<WriteJob>>& batch);

  bool reachable() const { return reach_.store && !faults_.away; }

  World& world_;
  Store& store_;
  const StoreFaults& faults_;
  const Reach& reach_;
  VirtualThread& thread_;
  std::deque<std::unique_ptr<WriteJob>> waiting_;
  bool committing_ = false;
  uint64_t commits_ = 0;
};

}  // namespace mpim::sim
