#include "tests/sim/sim_storage.h"

#include <utility>

namespace mpim::sim {

void SimStorage::submit(ConversationId, std::unique_ptr<WriteJob> job) {
  if (thread_.killed()) return;
  if (world_.chance(faults_.busy))
    return job->settle(Error{Code::kBusy, "the writer's queue is full"});
  waiting_.push_back(std::move(job));
  if (!committing_) start_batch();
}

void SimStorage::submit(std::unique_ptr<ReadJob> job) {
  const auto shared = std::make_shared<std::unique_ptr<ReadJob>>(std::move(job));
  thread_.after(Millis(world_.between(0, 5)), [this, shared] {
    if (!reachable()) {
      (*shared)->refuse(Error{Code::kUnavailable, "the store is not reached"});
    } else if (world_.chance(faults_.read_fails)) {
      (*shared)->refuse(Error{Code::kUnavailable, "a planted read failure"});
    } else {
      (*shared)->run(store_);
    }
  });
}

// What arrives while one batch commits makes the next one.
void SimStorage::start_batch() {
  committing_ = true;
  auto batch = std::make_shared<std::vector<std::unique_ptr<WriteJob>>>();
  for (auto& job : waiting_) batch->push_back(std::move(job));
  waiting_.clear();
  const bool began = reachable();
  thread_.after(Millis(world_.between(0, faults_.commit_ms_max)), [this, batch, began] {
    commit(std::move(*batch), began);
    committing_ = false;
    if (!waiting_.empty()) start_batch();
  });
}

void SimStorage::commit(std::vector<std::unique_ptr<WriteJob>> batch, bool began) {
  const std::optional<Error> failed =
      began ? run_batch(batch)
            : std::optional(Error{Code::kUnavailable, "the store is not reached"});
  ++commits_;
  for (auto& job : batch) job->settle(failed);
}

std::optional<Error> SimStorage::run_batch(std::vector<std::unique_ptr<WriteJob>>& batch) {
  if (const auto begun = store_.begin(); !begun.ok()) return begun.error();
  for (auto& job : batch) {
    if (!job->needs_savepoint()) {
      job->run(store_);
      continue;
    }
    if (const auto marked = store_.savepoint(); !marked.ok()) return marked.error();
    if (job->run(store_)) {
      if (const auto released = store_.release(); !released.ok()) return released.error();
    } else {
      store_.rollback_to_savepoint();
    }
  }
  const bool unknown = world_.chance(faults_.commit_unknown) || !reachable();
  if (world_.chance(faults_.commit_fails) || (unknown && world_.chance(50))) {
    store_.rollback();
    return unknown ? Error{Code::kUnknown, "a planted failure while committing"}
                   : Error{Code::kUnavailable, "a planted failure before the commit"};
  }
  if (const auto committed = store_.commit(); !committed.ok()) return committed.error();
  if (unknown) return Error{Code::kUnknown, "a planted failure after the commit"};
  return std::nullopt;
}

}  // namespace mpim::sim
