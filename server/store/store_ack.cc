#include <algorithm>

#include "server/store/cursors.h"
#include "server/store/message_log.h"

namespace mpim {
namespace {

// With those that what its device made itself stands for, where nothing before it is owed.
Result<std::vector<CursorMove>> moves_of(Cursors& cursors, const DeviceAck& ack) {
  std::vector<CursorMove> moves = ack.moves;
  for (const SeenEntry& made : ack.own) {
    const ConversationId of = made.id.conversation();
    const auto at = cursors.standing(ack.user, ack.device, of);
    if (!at.ok() && at.error().code != Code::kNotFound) return at.error();
    if (!at.ok()) continue;
    Seq delivered = at->delivered;
    for (const CursorMove& move : moves)
      if (move.conversation == of) delivered = std::max(delivered, move.delivered);
    if (delivered.next() == made.id.seq()) moves.push_back({of, made.id.seq(), made.at});
  }
  return moves;
}

// What may refuse it comes first.
Result<AckStored> store(Cursors& cursors, const DeviceAck& ack, Timestamp now) {
  AckStored stored;
  MPIM_TRY(const std::vector<CursorMove> moves, moves_of(cursors, ack));
  MPIM_CHECKED(cursors.raise_delivered(ack.device, ack.generation, moves));
  for (const CursorMove& move : ack.moves) {
    MPIM_TRY(const std::vector<ReceiptTold> more,
             cursors.note_receipt(ack.user, move.conversation, ReceiptKind::kDelivered,
                                  move.delivered, now));
    stored.told.insert(stored.told.end(), more.begin(), more.end());
  }
  return stored;
}

Result<AckStored> store(Cursors& cursors, const ReadMark& mark, Timestamp now) {
  const ConversationId of = mark.through.id.conversation();
  AckStored stored;
  MPIM_TRY(stored.read, cursors.raise_read(mark.user, of, mark.through.id.seq()));
  MPIM_TRY(stored.told,
           cursors.note_receipt(mark.user, of, ReceiptKind::kRead, stored.read->at, now));
  return stored;
}

Error of_another() {
  return {Code::kReplaced, "what was acknowledged is not what the store has in its place"};
}

// Whether the log has that very entry: another may stand in its place, or none.
Result<bool> is_there(MessageLog& log, const SeenEntry& seen) {
  if (seen.at.ms == 0) return false;
  const Result<EntryPtr> found = log.find(seen.id);
  if (!found.ok() && found.error().code != Code::kNotFound) return found.error();
  return found.ok() && (*found)->at == seen.at;
}

Result<AckStored> store_late(Cursors& cursors, MessageLog& log, const DeviceAck& ack,
                             Timestamp now) {
  DeviceAck legal = ack;
  legal.moves.clear();
  legal.own.clear();
  for (const CursorMove& move : ack.moves) {
    MPIM_TRY(const Standing at, cursors.standing(ack.user, ack.device, move.conversation));
    if (move.delivered > at.head) continue;  // he may see less than that device was given
    MPIM_TRY(const bool same, is_there(log, {{move.conversation, move.delivered}, move.at}));
    if (same) legal.moves.push_back(move);
  }
  for (const SeenEntry& made : ack.own) {
    MPIM_TRY(const bool same, is_there(log, made));
    if (same) legal.own.push_back(made);
  }
  const size_t kept = legal.moves.size() + legal.own.size();
  if (kept == 0) return of_another();
  MPIM_TRY(AckStored stored, store(cursors, legal, now));
  stored.dropped = ack.moves.size() + ack.own.size() - kept;
  return stored;
}

Result<AckStored> store_late(Cursors& cursors, MessageLog& log, const ReadMark& mark,
                             Timestamp now) {
  MPIM_TRY(const bool same, is_there(log, mark.through));
  if (!same) return of_another();
  return store(cursors, mark, now);
}

}  // namespace

Result<AckStored> store_ack(Cursors& cursors, const Ack& ack, Timestamp now) {
  return std::visit([&](const auto& each) { return store(cursors, each, now); }, ack);
}

Result<AckStored> store_late_ack(Cursors& cursors, MessageLog& log, const Ack& ack, Timestamp now) {
  return std::visit([&](const auto& each) { return store_late(cursors, log, each, now); }, ack);
}

}  // namespace mpim
