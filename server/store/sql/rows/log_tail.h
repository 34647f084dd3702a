// The newest part of the log in memory: what the index by (conversation, seq) does not reach yet.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/core/message.h"

namespace mpim {

// Where a row of `messages` lies: ascending in the order of appending, across all conversations.
using LogPos = uint64_t;

// A conversation whose head moved. The two users of a direct talk; of another nobody is named.
struct MovedHead {
  ConversationId conversation;
  Seq head;
  UserId one;
  UserId other;
};

// Shared by the writer, who adds to it, and the readers beside him.
// Threads  any; a mutex guards it.
// Order    add() before the transaction's commit, publish() after it: readers are shown only what
//          was published before they looked. indexed() when the index reaches a place durably; what
//          a reader holds by a Pin stays.
// Limits   whoever writes the index keeps the entries few. What moved before them is remembered of
//          at most kMovedMax conversations.
class LogTail {
 public:
  // Keeps everything above the index's reach of now, and tells what was published by now. Taken
  // before a snapshot of the database is, both together show every entry up to `upto`.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&& other) noexcept;
    ~Pin() { release(); }
    LogPos upto() const { return upto_; }
    void release();

   private:
    friend class LogTail;
    std::shared_ptr<LogTail> tail_;
    LogPos kept_ = 0;
    LogPos upto_ = 0;
  };
  static Pin pin(const std::shared_ptr<LogTail>& tail);

  struct Row {
    EntryPtr entry;
    LogPos pos;
  };

  // The writer's.
  void start_at(LogPos indexed);  // empty, and the index reaches so far
  void add(EntryPtr entry, LogPos pos);
  void drop_above(LogPos pos);  // they were undone
  void publish();               // all that was added or changed is durable
  // Puts another entry in the place of one that was added before; everybody else sees it after
  // publish(). Kept whether or not the old one is here.
  void replace(EntryPtr changed, LogPos pos);
  // What replace() was given since the last publish(), oldest first; the first `count` of it stay.
  std::span<const Row> replaced() const { return replaced_; }
  void keep_replaced(size_t count) { replaced_.resize(std::min(count, replaced_.size())); }
  void indexed(LogPos pos);
  LogPos last() const;  // of all that was added
  LogPos published() const { return published_.load(std::memory_order_acquire); }
  // What was added since the last publish(), ascending; good until something is added or dropped.
  std::span<const Row> unpublished() const { return added_; }
  // What the index has yet to take in.
  struct Backlog {
    uint64_t entries = 0;
    uint64_t bytes = 0;  // of text
  };
  Backlog backlog() const;

  // What the index has yet to take in, ascending by message id.
  std::vector<Row> not_indexed() const;

  // Questions about what lies at or below `upto`.
  Seq head(ConversationId of, LogPos upto) const;  // 0: nothing here
  // Entries after `after` up to `to`, at most `count_max`, ascending.
  std::vector<EntryPtr> entries(ConversationId of, Seq after, Seq to, LogPos upto,
                                size_t count_max) const;
  // The lowest seq here above `after`, up to `to`: from it on nothing need be read elsewhere.
  std::optional<Seq> first(ConversationId of, Seq after, Seq to, LogPos upto) const;
  // One entry and its place, published or not.
  std::optional<Row> row_of(MessageId id) const;
  LogPos index_reach() const;
  LogPos opened_at() const;  // where the log ended when its writer first read it
  // Every conversation that got an entry above `since`; nothing when that is longer ago than is
  // remembered.
  std::optional<std::vector<MovedHead>> moved_since(LogPos since, LogPos upto) const;
  // The newest entry under a client id.
  EntryPtr under_client_id(ConversationId of, UserId sender, const std::string& client_id) const;

 private:
  // Ascending by seq and by pos.
  using Rows = std::deque<Row>;
  struct ClientKey {
    ConversationId conversation;
    UserId sender;
    std::string client_id;
    bool operator==(const ClientKey&) const = default;
  };
  struct ClientHash {
    size_t operator()(const ClientKey& key) const noexcept;
  };

  struct Moved {
    MovedHead head;
    LogPos pos;
  };
  static MovedHead moved_by(const Entry& newest);

  const Rows* rows_of(ConversationId of) const;
  static size_t below(const Rows& rows, LogPos upto);
  void trim();
  void show_replaced();
  LogPos end() const { return order_.empty() ? indexed_ : order_.back().first; }
  void remember_moved(const Row& newest);
  void forget_client_id(const Row& row);
  void unpin(LogPos kept);

  mutable std::mutex mutex_;
  std::unordered_map<ConversationId, Rows> rows_;
  std::deque<std::pair<LogPos, ConversationId>> order_;  // whose entry lies where, ascending
  LogPos indexed_ = 0;
  Backlog backlog_;
  static constexpr size_t kMovedMax = 65'536;
  std::unordered_map<ConversationId, Moved> moved_;  // by entries that are here no more
  LogPos moved_floor_ = 0;                           // above it nothing is forgotten
  std::unordered_map<ClientKey, EntryPtr, ClientHash> client_ids_;
  std::multiset<LogPos> pins_;
  std::optional<LogPos> opened_at_;
  std::atomic<LogPos> published_{0};
  std::vector<Row> added_;     // the writer's own
  std::vector<Row> replaced_;  // the same
};

}  // namespace mpim
