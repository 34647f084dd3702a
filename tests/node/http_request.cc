#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "tests/node/node_rig.h"

namespace mpim::testing {
namespace {

int connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

int connect_tcp(const std::string& where) {
  const size_t colon = where.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(where.substr(colon + 1))));
  ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &address.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

HttpReceived http_request(const std::string& where, const std::string& method,
                          const std::string& target, const std::string& body,
                          const std::string& content_type) {
  return http_exchange(
      where, method + " " + target +
                 " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: " + content_type +
                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

HttpReceived http_exchange(const std::string& where, const std::string& request) {
  const int fd = where.starts_with('/') ? connect_unix(where) : connect_tcp(where);
  REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  std::string received;
  std::array<char, 65'536> piece;
  for (ssize_t got = 0; (got = ::recv(fd, piece.data(), piece.size(), 0)) > 0;)
    received.append(piece.data(), static_cast<size_t>(got));
  ::close(fd);
  const size_t end = received.find("\r\n\r\n");
  REQUIRE(end != received.npos);
  return {.status = std::stoi(received.substr(received.find(' ') + 1)),
          .head = received.substr(0, end),
          .body = received.substr(end + 4)};
}

}  // namespace mpim::testing
