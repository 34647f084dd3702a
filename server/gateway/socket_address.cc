#include "server/gateway/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <charconv>
#include <filesystem>

namespace mpim {
namespace {

constexpr int kBacklog = 4'096;
constexpr int kKeepaliveProbes = 3;

std::string why(int error) {
  std::string text = ::strerror(error);
  if (!text.empty()) text[0] = static_cast<char>(::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Error cannot_listen(const std::string& where, int error) {
  return {Code::kUnavailable, "cannot listen on " + where + ": " + why(error)};
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Error not_an_address(const std::string& text) {
  return {Code::kBadRequest,
          "\"" + text + "\" is not an address to listen on; write 127.0.0.1:9000 or [::1]:9000"};
}

Result<SocketAddress> parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return not_an_address(text);
  std::string host = host_of(text);
  if (host == "localhost") host = "127.0.0.1";
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end) return not_an_address(text);

  SocketAddress address;
  auto* const four = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  const bool bracketed = text.front() == '[';
  if (bracketed && ::inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    address.length = sizeof(sockaddr_in6);
  } else if (!bracketed && ::inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    address.length = sizeof(sockaddr_in);
  } else {
    return not_an_address(text);
  }
  return address;
}

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

// Linux hands these to whatever is accepted from the socket (tcp(7), socket(7)).
void tune_connections(int fd, Millis dead_peer) {
  const int seconds = std::max(1, static_cast<int>(dead_peer.count() / 1'000));
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, std::max(1, seconds / 2));
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, seconds / 2 / kKeepaliveProbes));
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(dead_peer.count()));
}

UniqueFd stream_socket(int family) {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// A socket file stays behind when its server was killed; only one that nobody answers on is
// removed.
Result<void> remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return Error{Code::kUnavailable, "cannot listen on " + path + ": it exists and is no socket"};
  }
  const UniqueFd probe = stream_socket(AF_UNIX);
  const int answered =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (answered == 0 || errno != ECONNREFUSED) {
    return Error{Code::kUnavailable, "cannot listen on " + path + ": another server answers there"};
  }
  ::unlink(path.c_str());
  return {};
}

Result<void> make_private_directory(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (parent.empty() || std::filesystem::exists(parent, failed)) return {};
  std::filesystem::create_directories(parent.parent_path(), failed);
  if (::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error{Code::kUnavailable, "cannot make " + parent.string() + ": " + why(errno)};
  }
  return {};
}

}  // namespace

std::string host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return std::string(host);
}

Result<UniqueFd> listen_tcp(const std::string& text, Millis dead_peer) {
  MPIM_TRY(const SocketAddress address, parse_address(text));
  UniqueFd fd = stream_socket(address.storage.ss_family);
  if (!fd) return cannot_listen(text, errno);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // Before listen(): nobody is accepted without.
  if (dead_peer > Millis(0)) tune_connections(fd.get(), dead_peer);
  const auto* const where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(fd.get(), where, address.length) != 0) return cannot_listen(text, errno);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(text, errno);
  return fd;
}

Result<UniqueFd> listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{Code::kBadRequest, "\"" + path + "\" cannot be a socket's path: 1 to 107 bytes"};
  }
  path.copy(address.sun_path, path.size());
  MPIM_CHECKED(make_private_directory(path));
  MPIM_CHECKED(remove_stale_socket(path, address));
  UniqueFd fd = stream_socket(AF_UNIX);
  if (!fd) return cannot_listen(path, errno);
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(fd.get(), where, sizeof address) != 0) return cannot_listen(path, errno);
  // Nobody can connect before listen(), so nobody gets in before the mode is right.
  if (::chmod(path.c_str(), 0600) != 0) return cannot_listen(path, errno);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(path, errno);
  return fd;
}

std::string peer_address(const sockaddr_storage& from) {
  char host[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(four.sin_port));
  }
  if (from.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(from);
    ::inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(six.sin6_port));
  }
  return "unix";
}

std::string local_address(int fd) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return {};
  return peer_address(bound);
}

}  // namespace mpim
