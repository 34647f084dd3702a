// Who is told of an acknowledgement that was stored.
#pragma once

#include <span>

#include "server/service/fanout.h"
#include "server/store/storage.h"

namespace mpim {

// Each whom a cursor's move concerns.
void tell_receipts(Fanout& fanout, std::span<const ReceiptTold> told);
// They, and the other devices of one whose read cursor moved.
void tell_ack(Fanout& fanout, const Ack& ack, const AckStored& stored);

}  // namespace mpim
