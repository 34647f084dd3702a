// The log of every conversation, in SQL.
#pragma once

#include <optional>

#include "server/store/files.h"
#include "server/store/message_log.h"
#include "server/store/sql/open.h"
#include "server/store/sql/rows/conversation_heads.h"
#include "server/store/sql/rows/log_view.h"
#include "server/store/sql/rows/rights.h"

namespace mpim {

// An append checks everything before it writes, so that a refused one leaves nothing to undo. A
// retry is answered with its first id even when its sender has lost the right to send since.
class SqlMessageLog final : public MessageLog {
 public:
  SqlMessageLog(Driver& driver, LogView& view, ConversationHeads& heads, Rights& rights,
                Files& files, const StoreLimits& limits)
      : driver_(driver),
        view_(view),
        heads_(heads),
        rights_(rights),
        files_(files),
        limits_(limits) {}

  // A transaction begins. Without `look_first` client ids are believed to be new: the commit says
  // kBusy when one is not, and it is to be begun again with it.
  void begin(bool look_first) { look_first_ = look_first; }
  bool looks_first() const { return look_first_; }

  Result<Appended> append(const Draft& draft, Timestamp now) override;
  Result<void> expect(std::span<const Draft* const> drafts) override;
  Result<Page> after(UserId reader, ConversationId of, Seq after, uint32_t count_max,
                     uint32_t bytes_max) override;
  Result<Appended> change(const EntryChange& change, Timestamp now) override;
  Result<HistoryPage> history(UserId reader, const HistoryPlace& from, uint32_t count_max,
                              uint32_t bytes_max) override;
  Result<Seq> last_before(ConversationId of, Timestamp at) override;
  Result<ConversationId> conversation_of(UserId reader, const Recipient& with) override;
  Result<void> hide(UserId reader, MessageId message) override;
  Result<EntryPtr> find(MessageId id) override;
  Result<Audience> audience(ConversationId of) override;
  Result<Changes> changed_since(ChangePlace since, uint32_t entries_max) override;

 private:
  // What is stored under a client id.
  struct Kept {
    Seq seq;
    uint64_t body_hash;
    Timestamp at;
  };

  using Destination = std::variant<UserId, GroupId>;

  Result<void> may_send_file(const Draft& draft);
  Result<Destination> destination(const Draft& draft);
  Result<ConversationHead*> target(UserId sender, const Destination& to);
  Result<std::optional<ConversationId>> expected(const Draft& draft);
  Result<void> may_send(UserId from, const Destination& to, const ConversationHead* talk,
                        Timestamp now);
  Result<void> may_send_in(UserId from, const ConversationHead& group, Timestamp now);
  Result<bool> was_kicked(ConversationId of, const GroupPlace& place);
  Result<void> may_send_to(UserId from, const AccountRights& sender, UserId receiver);
  Result<Appended> refused(const Draft& draft, const ConversationHead* talk, const Error& why,
                           Timestamp now);
  Result<std::optional<Kept>> kept(const Draft& draft, const ConversationHead& talk, bool look);
  bool remembered(const Kept& kept, Timestamp now) const;
  Result<std::vector<MovedHead>> moved_in_log(LogPos since, uint32_t entries_max, Changes& changes);
  Result<bool> may_tell_all(const ConversationHead& talk, const EntryChange& change);
  Result<void> may_change(const EntryChange& change, const Entry& entry,
                          const ConversationHead& talk, Timestamp now);
  Result<Appended> repeated(const Draft& draft, const ConversationHead& talk, const Kept& kept);

  Driver& driver_;
  LogView& view_;
  ConversationHeads& heads_;
  Rights& rights_;
  Files& files_;
  const StoreLimits& limits_;  // the store's; they may change between two transactions
  bool look_first_ = true;
};

}  // namespace mpim
