#include "client-cli/link/account.h"

#include "server/contract/convert.h"

namespace mpim::chat {

std::string ServerAddress::host_and_port() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string ServerAddress::text() const { return (tls ? "tls://" : "") + host_and_port(); }

Result<ServerAddress> server_address(std::string_view typed) {
  const Error malformed{
      Code::kBadRequest,
      "'" + std::string(typed) + "' is no server address: write HOST:PORT or tls://HOST:PORT"};
  ServerAddress address;
  for (const std::string_view scheme : {"tls://", "https://"}) {
    if (!typed.starts_with(scheme)) continue;
    address.tls = true;
    typed.remove_prefix(scheme.size());
    break;
  }
  std::string_view host = typed;
  std::string_view port;
  if (typed.starts_with('[')) {
    const size_t end = typed.find(']');
    if (end == std::string_view::npos) return malformed;
    host = typed.substr(1, end - 1);
    const std::string_view rest = typed.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return malformed;
    port = rest.empty() ? rest : rest.substr(1);
  } else if (const size_t colon = typed.find(':'); colon != std::string_view::npos) {
    host = typed.substr(0, colon);
    port = typed.substr(colon + 1);
    if (port.empty()) return malformed;
  }
  if (!host.empty()) address.host = host;
  if (host.empty() && port.empty()) return malformed;
  if (!port.empty()) {
    MPIM_TRY(const uint32_t number, parse_count(port, "port", 1, 65'535));
    address.port = static_cast<uint16_t>(number);
  }
  return address;
}

}  // namespace mpim::chat
