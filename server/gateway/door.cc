#include "server/gateway/door.h"

#include <fmt/format.h>

namespace mpim {

std::string_view name_of(Door door) { return door == Door::kLine ? "line" : "websocket"; }

std::string refusal(Door door, const Error& why) {
  const CodeEntry& code = entry_of(why.code);
  const std::string said = fmt::format("{} {}", code.name, why.message);
  if (door == Door::kLine) return "-ERR " + said + "\r\n";
  return fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain; "
      "charset=utf-8\r\nContent-Length: {}\r\n\r\n{}\n",
      said.size() + 1, said);
}

}  // namespace mpim
