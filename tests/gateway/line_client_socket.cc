#include "tests/gateway/line_client_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "server/gateway/socket_address.h"

namespace mpim {

ClientSocket::ClientSocket(const std::string& address, int receive_bytes) {
  if (address.starts_with('/')) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    address.copy(to.sun_path, sizeof to.sun_path - 1);
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    return;
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  REQUIRE(::inet_pton(AF_INET, host_of(address).c_str(), &to.sin_addr) == 1);
  socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(socket_);
  if (receive_bytes > 0) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
}

void ClientSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE(sent > 0);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

size_t ClientSocket::send_some(std::string_view bytes) {
  const ssize_t sent =
      ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

void ClientSocket::half_close() { ::shutdown(socket_.get(), SHUT_WR); }

void ClientSocket::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

bool ClientSocket::wait_readable(int ms) {
  pollfd one{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, ms) == 1;
}

std::string ClientSocket::some() {
  if (!buffer_.empty()) return std::exchange(buffer_, {});
  REQUIRE(wait_readable(kPatienceMs));
  std::string bytes(65'536, '\0');
  const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

std::optional<std::string> ClientSocket::line() {
  for (;;) {
    const size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string found = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (found.ends_with('\r')) found.pop_back();
      return found;
    }
    std::string before = std::exchange(buffer_, {});
    const std::string more = some();
    if (more.empty()) return std::nullopt;
    buffer_ = before + more;
  }
}

std::vector<std::string> ClientSocket::lines(size_t n) {
  std::vector<std::string> found;
  while (found.size() < n) {
    std::optional<std::string> next = line();
    if (!next) break;
    found.push_back(std::move(*next));
  }
  return found;
}

std::string ClientSocket::rest() {
  std::string all;
  for (std::string more = some(); !more.empty(); more = some()) all += more;
  return all;
}

bool ClientSocket::silent(int for_ms) { return buffer_.empty() && !wait_readable(for_ms); }

}  // namespace mpim
