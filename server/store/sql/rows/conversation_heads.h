// Where each conversation's log ends: what the writer needs for every message, kept in memory.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "server/core/conversation.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_tail.h"

namespace mpim {

// A row of `conversations`.
struct ConversationHead {
  ConversationId id{};
  GroupId group{};  // none in a direct talk
  UserId one{};     // the smaller user id of a direct talk
  UserId other{};
  Seq head{};
  uint64_t members_version = 0;
  Seq joined{};             // whoever belongs to it may see what is above; never too low
  Timestamp muted_until{};  // of a group: until then only its admins may send
  bool dissolved = false;
  bool moved = false;  // its members changed: the database must be told with this transaction
  bool held = true;    // nobody else can change it before this transaction ends

  Audience audience() const { return {id, group, one, other, members_version}; }
};

// The column `head` is the index's: it lags behind, and the tail knows the rest. members_version
// does not lag: flush() writes it before the commit, and before any question that reads it.
// Where many write, a head is of this transaction alone, and is held from find() on: a seq that was
// taken is nobody else's. Only which conversation is whose never changes, and stays remembered.
// Threads  the Store's.
// Limits   kRememberedMax conversations; beyond that all are forgotten between two transactions.
// Lifetime a pointer stays good until the transaction ends.
class ConversationHeads {
 public:
  ConversationHeads(Driver& driver, const LogTail& tail, Seq seq_max)
      : driver_(driver), tail_(tail), seq_max_(seq_max) {}

  // To be changed: held.
  Result<ConversationHead*> find(ConversationId of);  // kNotFound
  Result<ConversationHead*> find(GroupId group);      // kNotFound
  // Null when the two never talked.
  Result<ConversationHead*> find_direct(UserId one, UserId other);
  // To be looked at only; others may move it on meanwhile. kNotFound.
  Result<const ConversationHead*> read(ConversationId of);

  // The conversation of two users, if that is remembered; of a group. kNotFound.
  std::optional<ConversationId> known_direct(UserId one, UserId other) const;
  Result<ConversationId> of_group(GroupId group);
  // Holds all of these at once, in the order in which everybody does (so that no two wait for each
  // other); what does not exist is passed over. `of` ascending, each once.
  Result<void> hold(std::span<const ConversationId> of);

  Result<ConversationHead*> make_direct(UserId one, UserId other, Timestamp now);
  Result<ConversationHead*> make_group(Timestamp now);  // assign() gives it its group
  Result<void> assign(ConversationHead& head, GroupId group);

  Result<Seq> take_seq(ConversationHead& head);  // kLimit: the conversation is full
  void members_changed(ConversationHead& head, uint64_t changes = 1);
  // What the row of the group has from now on.
  void set_muted(ConversationHead& head, Timestamp until);
  void set_dissolved(ConversationHead& head);
  Result<void> flush();

  // What follows the transaction's own course.
  void begin();
  void savepoint();
  void release() { in_savepoint_ = false; }
  void rollback_to_savepoint();
  void undone();  // the transaction
  void forget();

 private:
  static constexpr size_t kRememberedMax = 65'536;

  Result<ConversationHead*> adopt(Rows& rows, bool held);
  ConversationHead* remember(const ConversationHead& head);
  void about_to_change(const ConversationHead& head);
  Result<void> insert(ConversationHead& head, int kind, Timestamp now);
  void forget_owners(std::span<const ConversationId> made);

  Driver& driver_;
  const LogTail& tail_;
  const Seq seq_max_;
  std::unordered_map<ConversationId, ConversationHead> heads_;
  std::unordered_map<uint64_t, ConversationId> directs_;  // by both users, 32 bits each
  std::unordered_map<GroupId, ConversationId> groups_;
  std::vector<ConversationId> moved_;

  std::vector<ConversationId> fresh_;  // made by this transaction

  // Since the savepoint: what heads were before, which were made, which were flushed.
  bool in_savepoint_ = false;
  std::vector<ConversationHead> before_;
  std::vector<ConversationId> made_;
  std::vector<ConversationId> flushed_;
};

}  // namespace mpim
