#include "ops/doctor/zookeeper_seen.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "server/core/result.h"
#include "server/loop/unique_fd.h"

namespace mpim::ops {
namespace {

constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

Error failed(const std::string& host) {
  return {Code::kUnavailable, host + ": " + std::strerror(errno)};
}

Result<UniqueFd> dial(const std::string& host) {
  const size_t colon = host.rfind(':');
  if (colon == std::string::npos) return Error{Code::kBadRequest, host + ": it has no port"};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int unknown =
      ::getaddrinfo(host.substr(0, colon).c_str(), host.substr(colon + 1).c_str(), &hints, &found);
  if (unknown != 0) return Error{Code::kUnavailable, host + ": " + ::gai_strerror(unknown)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  UniqueFd link(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (link.get() < 0) return failed(host);
  ::setsockopt(link.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::connect(link.get(), found->ai_addr, found->ai_addrlen) != 0) return failed(host);
  return link;
}

// Its version; empty when it does not say.
Result<std::string> ask(const std::string& host) {
  constexpr std::string_view kField = "Zookeeper version: ";
  MPIM_TRY(const UniqueFd link, dial(host));
  if (::send(link.get(), "srvr", 4, MSG_NOSIGNAL) != 4) return failed(host);
  std::array<char, 1'024> room{};
  const ssize_t bytes = ::recv(link.get(), room.data(), room.size(), 0);
  if (bytes < 0) return failed(host);
  if (bytes == 0) return Error{Code::kUnavailable, host + ": it closed the connection"};
  const std::string_view said(room.data(), static_cast<size_t>(bytes));
  if (!said.starts_with(kField)) return std::string();
  const std::string_view version = said.substr(kField.size());
  return std::string(version.substr(0, version.find_first_of("-,\n")));
}

}  // namespace

ZookeeperSeen zookeeper_seen(std::string_view url) {
  url.remove_prefix(std::min(url.find("://"), url.size() - 3) + 3);
  url = url.substr(0, url.find('/'));
  if (const size_t at = url.rfind('@'); at != url.npos) url.remove_prefix(at + 1);
  ZookeeperSeen seen{std::string(url), 0, "", {}};
  while (!url.empty()) {
    const std::string host(url.substr(0, url.find(',')));
    url.remove_prefix(std::min(host.size() + 1, url.size()));
    ++seen.servers;
    Result<std::string> version = ask(host);
    if (!version.ok()) seen.missing.push_back(version.error().message);
    if (version.ok() && seen.version.empty()) seen.version = *std::move(version);
  }
  return seen;
}

}  // namespace mpim::ops
