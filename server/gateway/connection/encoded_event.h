// An entry encoded once per wire format and shared by all its recipients.
#pragma once

#include <memory>
#include <string>

#include "server/protocol/codec.h"
#include "server/session/outlet.h"

namespace mpim {

// Without the client id, which only the sender's own devices are told. Encoded by whoever asks
// first.
// Threads  the worker's.
std::shared_ptr<const std::string> encoded(LiveEntry& live, const Codec& codec);

NoticeLine notice_line(const Notice& notice);

}  // namespace mpim
