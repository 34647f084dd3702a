// Work for a store's writer.
#pragma once

#include <optional>
#include <span>

#include "server/store/store.h"

namespace mpim {

// Work for the writer: run() inside a transaction shared with other jobs, settle() once that
// transaction is durable, or has failed.
class WriteJob {
 public:
  virtual ~WriteJob() = default;
  // False: this job writes nothing when it fails (it checks first), so that it needs no savepoint.
  virtual bool needs_savepoint() const { return true; }
  // True: messages of devices, whose senders wait. What is not, lets others join its transaction
  // for a moment: what a log-in costs is mostly its share of a commit.
  virtual bool urgent() const { return false; }
  // What it appends, when that is all it does.
  virtual std::span<const Draft> drafts() const { return {}; }
  // How many places it takes in the writer's queue.
  virtual uint32_t weight() const { return 1; }
  // False: undo what this job wrote. Runs again when its transaction has to be done again.
  virtual bool run(Store& store) = 0;
  virtual void settle(const std::optional<Error>& failed) = 0;
};

}  // namespace mpim
