// Delivered and read cursors, in SQL.
#pragma once

#include "server/store/cursors.h"
#include "server/store/sql/open.h"
#include "server/store/sql/reading/standings.h"
#include "server/store/sql/rows/conversation_heads.h"
#include "server/store/sql/rows/log_view.h"

namespace mpim {

// One table holds both kinds: a user's read cursor is that of device 0. A cursor without a row
// stands where the user's first membership begins.
class SqlCursors final : public Cursors {
 public:
  SqlCursors(Driver& driver, LogView& view, ConversationHeads& heads, const StoreLimits& limits)
      : driver_(driver), view_(view), heads_(heads), limits_(limits) {}

  Result<Inbox> inbox(UserId user, DeviceId device, const FirstPages& wanted) override;
  Result<Standing> standing(UserId user, DeviceId device, ConversationId of) override;
  Result<std::vector<CursorMove>> confirm(UserId user, DeviceId device,
                                          std::span<const MessageId> arrived) override;
  Result<void> raise_delivered(DeviceId device, uint64_t generation,
                               std::span<const CursorMove> moves) override;
  Result<ReadCursor> raise_read(UserId user, ConversationId of, Seq seq) override;
  Result<std::vector<Unread>> unread(UserId user, uint32_t count_max) override;
  Result<std::vector<ReceiptTold>> note_receipt(UserId user, ConversationId of, ReceiptKind kind,
                                                Seq through, Timestamp now) override;
  Result<Receipts> receipts(UserId asker, MessageId of, UserId after, uint32_t count_max) override;
  Result<std::vector<ConversationRow>> conversations(UserId user, MessageId before,
                                                     uint32_t count_max) override;
  Result<std::vector<OfflineRow>> offline(const OfflineFilter& filter,
                                          std::optional<OfflineRow> after,
                                          uint32_t count_max) override;
  Result<void> set_delivered(DeviceId device, ConversationId of, Seq to) override;

 private:
  bool all_own(UserId user, ConversationId of, Seq after, Seq through);
  Result<EntryPtr> newest_message(const LogLook& look, UserId user, const Stand& stand,
                                  uint32_t& looks_left);
  Result<std::string> shown_name(const LogLook& look, const Standing& at);

  Driver& driver_;
  LogView& view_;
  ConversationHeads& heads_;
  const StoreLimits& limits_;  // the store's; they may change between two transactions
};

}  // namespace mpim
