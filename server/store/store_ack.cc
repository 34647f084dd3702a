#include "server/store/cursors.h"

namespace mpim {
namespace {

Result<AckStored> store(Cursors& cursors, const DeviceAck& ack, Timestamp now) {
  AckStored stored;
  MPIM_CHECKED(cursors.raise_delivered(ack.device, ack.generation, ack.moves));
  for (const CursorMove& move : ack.moves) {
    MPIM_TRY(const std::vector<ReceiptTold> more,
             cursors.note_receipt(ack.user, move.conversation, ReceiptKind::kDelivered,
                                  move.delivered, now));
    stored.told.insert(stored.told.end(), more.begin(), more.end());
  }
  for (const MessageId made : ack.own) {
    const ConversationId of = made.conversation();
    const auto at = cursors.standing(ack.user, ack.device, of);
    if (!at.ok() && at.error().code != Code::kNotFound) return at.error();
    if (!at.ok() || at->delivered.next() != made.seq()) continue;
    const CursorMove move{of, made.seq()};
    MPIM_CHECKED(cursors.raise_delivered(ack.device, ack.generation, {&move, 1}));
  }
  return stored;
}

Result<AckStored> store(Cursors& cursors, const ReadMark& mark, Timestamp now) {
  const ConversationId of = mark.through.conversation();
  AckStored stored;
  MPIM_TRY(stored.read, cursors.raise_read(mark.user, of, mark.through.seq()));
  MPIM_TRY(stored.told,
           cursors.note_receipt(mark.user, of, ReceiptKind::kRead, stored.read->at, now));
  return stored;
}

}  // namespace

Result<AckStored> store_ack(Cursors& cursors, const Ack& ack, Timestamp now) {
  return std::visit([&](const auto& each) { return store(cursors, each, now); }, ack);
}

Result<AckStored> store_late_ack(Cursors& cursors, const Ack& ack, Timestamp now) {
  if (const auto* const device = std::get_if<DeviceAck>(&ack)) {
    for (const CursorMove& move : device->moves) {
      MPIM_TRY(const Standing at,
               cursors.standing(device->user, device->device, move.conversation));
      if (move.delivered > at.head)
        return Error{Code::kReplaced, "he may see less than that device was given"};
    }
  }
  return store_ack(cursors, ack, now);
}

}  // namespace mpim
