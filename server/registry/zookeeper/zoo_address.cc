#include "server/registry/zookeeper/zoo_address.h"

namespace mpim {

Result<ZooAddress> zoo_address(std::string_view url) {
  constexpr std::string_view kScheme = "zookeeper://";
  const Error refused{Code::kBadRequest,
                      "registry.url must be "
                      "zookeeper://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/PATH"};
  if (!url.starts_with(kScheme)) return refused;
  url.remove_prefix(kScheme.size());
  const size_t slash = std::min(url.find('/'), url.size());
  std::string_view servers = url.substr(0, slash);
  const size_t at = servers.find('@');
  const std::string_view who = servers.substr(0, at == servers.npos ? 0 : at);
  if (at != servers.npos) servers.remove_prefix(at + 1);
  const size_t colon = who.find(':');
  if (at != servers.npos && (colon == 0 || colon == who.npos || colon + 1 == who.size()))
    return refused;
  ZooAddress address{std::string(servers), std::string(url.substr(slash)), std::string(who)};
  while (address.path.ends_with('/')) address.path.pop_back();
  if (address.path.empty()) address.path = "/mpim";
  if (address.hosts.find(':') == std::string::npos ||
      address.hosts.find('@') != std::string::npos || address.path.find("//") != std::string::npos)
    return refused;
  return address;
}

}  // namespace mpim
