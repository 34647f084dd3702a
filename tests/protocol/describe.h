// Requests and server lines in words, so that transcripts can say what was understood.
#pragma once

#include <string>

#include "server/protocol/line_client.h"
#include "server/protocol/request.h"

namespace mpim {

std::string describe(const Request& request);  // SEND to=user:1002 type=text text="hi"
std::string describe(const ServerLine& line);  // push MSG conv=3 seq=1 from=1001 text="hi"

}  // namespace mpim
