#include "server/registry/zookeeper/zoo_address.h"

namespace mpim {

Result<ZooAddress> zoo_address(std::string_view url) {
  constexpr std::string_view kScheme = "zookeeper://";
  const Error refused{Code::kBadRequest,
                      "registry.url must be zookeeper://HOST:PORT[,HOST:PORT...]/PATH"};
  if (!url.starts_with(kScheme)) return refused;
  url.remove_prefix(kScheme.size());
  const size_t slash = std::min(url.find('/'), url.size());
  ZooAddress address{std::string(url.substr(0, slash)), std::string(url.substr(slash))};
  while (address.path.ends_with('/')) address.path.pop_back();
  if (address.path.empty()) address.path = "/mpim";
  if (address.hosts.find(':') == std::string::npos || address.path.find("//") != std::string::npos)
    return refused;
  return address;
}

}  // namespace mpim
