#include "server/service/ack_news.h"

namespace mpim {

void tell_receipts(Fanout& fanout, std::span<const ReceiptTold> told) {
  for (const ReceiptTold& each : told) fanout.tell(each.to, UserTold{each.to, each.signal});
}

void tell_ack(Fanout& fanout, const Ack& ack, const AckStored& stored) {
  tell_receipts(fanout, stored.told);
  const auto* const mark = std::get_if<ReadMark>(&ack);
  if (mark == nullptr || stored.read->version == 0) return;
  ChangeSignal change;
  change.version = stored.read->version;
  change.kind = ChangeKind::kRead;
  change.conversation = mark->through.id.conversation();
  change.through = stored.read->at;
  fanout.tell(mark->user, UserTold{mark->user, std::move(change), mark->device});
}

}  // namespace mpim
