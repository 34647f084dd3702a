// What a question may see of the log: one state of the database and, beside it, the tail in memory.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/log_tail.h"

namespace mpim {

// One look at the log, as long as this object lives. Where the database's columns lag behind, the
// tail has the rest.
class LogLook {
 public:
  // The head of a conversation whose row says `stored`.
  Seq head(ConversationId of, Seq stored) const { return std::max(stored, tail_->head(of, upto_)); }
  std::vector<EntryPtr> entries(ConversationId of, Seq after, Seq to, size_t count_max) const {
    return tail_->entries(of, after, to, upto_, count_max);
  }
  std::optional<Seq> first(ConversationId of, Seq after, Seq to) const {
    return tail_->first(of, after, to, upto_);
  }
  LogPos opened_at() const { return tail_->opened_at(); }
  // The last place this look shows; of the tail.
  LogPos upto() const { return std::min(upto_, tail_->last()); }
  std::optional<std::vector<MovedHead>> moved_since(LogPos since) const {
    return tail_->moved_since(since, upto_);
  }

 private:
  friend class LogView;
  LogLook(std::shared_ptr<const LogTail> tail, LogPos upto) : tail_(std::move(tail)), upto_(upto) {}

  std::shared_ptr<const LogTail> tail_;
  LogPos upto_;
  LogTail::Pin pin_;
  std::optional<Snapshot> snapshot_;
};

// Keeps a connection's transactions and the tail in step. Where many write, the tail has no more
// than what the writer's own transaction adds.
// Threads  the Store's.
class LogView {
 public:
  // `shared` is the writer's tail. A reader that has none reads what lies above the index's reach
  // from the database, each time anew.
  LogView(Driver& driver, std::shared_ptr<LogTail> shared, bool writer)
      : driver_(driver),
        writer_(writer),
        alone_(!writer && shared == nullptr && !driver.dialect().many_writers),
        tail_(shared ? std::move(shared) : std::make_shared<LogTail>()) {}

  // The transaction's own course: the tail is pinned before the database is looked at.
  Result<void> begin();
  void end() { pin_.release(); }

  // Joins the transaction that is open, or looks at one state of its own.
  Result<LogLook> look();
  LogTail& tail() { return *tail_; }
  // Up to here the database's own index of the log has everything.
  LogPos index_reach() const;

 private:
  Driver& driver_;
  const bool writer_;
  const bool alone_;
  const std::shared_ptr<LogTail> tail_;
  LogTail::Pin pin_;
};

}  // namespace mpim
