#include "tests/client-cli/fake_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>

#include "server/core/ids.h"

namespace mpim::chat::testing {
namespace {

bool readable(int fd, std::chrono::milliseconds within) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(within.count())) == 1;
}

}  // namespace

std::string FakeConnection::line() {
  while (unread_.find('\n') == std::string::npos) {
    if (!readable(socket_.get(), kPatience)) FAIL("the client says nothing");
    std::array<char, 4'096> bytes{};
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) return "";
    unread_.append(bytes.data(), static_cast<size_t>(count));
  }
  const size_t end = unread_.find('\n');
  const std::string taken = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return taken;
}

std::string FakeConnection::request() {
  while (true) {
    const std::string taken = line();
    const bool aside =
        taken.starts_with("ACK ") || taken.starts_with("PING") || taken.starts_with("READ ");
    if (!aside) return taken;
    say("+OK\n");
  }
}

bool FakeConnection::speaks(std::chrono::milliseconds within) const {
  return !unread_.empty() || readable(socket_.get(), within);
}

void FakeConnection::say(std::string_view lines) {
  REQUIRE(::send(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(lines.size()));
}

std::string FakeConnection::welcome(std::string_view token, std::string_view epoch) {
  say("+OK welcome fake\n");
  const std::string log_in = line();
  say("+OK uid=1001 pending=0 unread=0 token=" + std::string(token) +
      " epoch=" + std::string(epoch) + "\n");
  return log_in;
}

FakeServer::FakeServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener_.get(), any, sizeof address) == 0);
  REQUIRE(::listen(listener_.get(), 16) == 0);
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
  port_ = ntohs(address.sin_port);
}

FakeConnection FakeServer::accept() {
  if (!is_called(FakeConnection::kPatience)) FAIL("nobody connects");
  return FakeConnection(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

bool FakeServer::is_called(std::chrono::milliseconds within) const {
  return readable(listener_.get(), within);
}

std::string message(uint64_t seq, std::string_view text) {
  const MessageId id(ConversationId(7), Seq(seq));
  return "MSG id=" + std::to_string(id.value) +
         " from=1002 ts=1767225600123 conv=7 seq=" + std::to_string(seq) + " text=\"" +
         std::string(text) + "\"\n";
}

}  // namespace mpim::chat::testing
