// The two lines that a load test reads by the million, without building anything from them. All
// others go through server/protocol/line_client.h.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <optional>
#include <string_view>

#include "server/core/ids.h"

namespace mpim::ops {

// MSG or EVENT. The text is as it stands on the line, escapes and all, and empty for an EVENT: the
// texts of a load test need none.
struct LoadPush {
  MessageId id;
  std::string_view text;
};

// Nothing for any other line, and for one without a proper id.
std::optional<LoadPush> read_push(std::string_view line);
// The id of a `+OK msg_id=`; nothing for any other line.
std::optional<MessageId> read_stored(std::string_view line);

}  // namespace mpim::ops
