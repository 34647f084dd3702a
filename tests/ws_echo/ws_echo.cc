// ws_echo: sends every WebSocket message back, with the server's own framing, so that suites can be
// pointed at it. One thread; prints the port it listens on. Where both sides want compression, what
// gets shorter by it is sent compressed.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "server/loop/unique_fd.h"
#include "server/protocol/ws/ws_handshake.h"
#include "server/protocol/ws/ws_reader.h"
#include "server/protocol/ws/ws_writer.h"

namespace mpim {
namespace {

constexpr size_t kReadBytes = 65'536;
// A client that does not read is not read from.
constexpr size_t kOutputBytesMax = 4'194'304;

struct EchoOptions {
  uint16_t port = 0;
  uint32_t message_bytes_max = 65'536;
  std::string deflate = "on";
};

// One client, from its handshake to its close.
class Echo {
 public:
  Echo(UniqueFd socket, const EchoOptions& options)
      : socket_(std::move(socket)), options_(options) {}

  pollfd wanted() const {
    const bool reads = out_.size() < kOutputBytesMax;
    return {socket_.get(), static_cast<short>((reads ? POLLIN : 0) | (out_.empty() ? 0 : POLLOUT)),
            0};
  }
  // False: it is over.
  bool ready(short events) {
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !read()) return false;
    return write();
  }

 private:
  bool read() {
    const size_t before = in_.size();
    in_.resize(before + kReadBytes);
    const ssize_t came = ::recv(socket_.get(), in_.data() + before, kReadBytes, MSG_DONTWAIT);
    in_.resize(before + static_cast<size_t>(std::max<ssize_t>(came, 0)));
    if (came <= 0) return came < 0 && (errno == EAGAIN || errno == EINTR);
    // Closed with bytes unread, the kernel would take our close away from the client.
    if (closing_) in_.clear();
    if (!reader_ && !closing_) shake_hands();
    if (reader_ && !closing_) take_frames();
    return true;
  }

  void shake_hands() {
    WsRules rules{.path = path_of(in_), .origins = {"*"}, .subprotocol = ""};
    rules.deflate = options_.deflate == "on";
    const std::optional<WsHandshake> done = answer_ws_handshake(in_, rules);
    if (!done) return;
    out_ += done->answer;
    closing_ = !done->accepted();
    if (closing_) return;
    in_.erase(0, done->head_bytes);
    deflate_ = done->deflate;
    reader_.emplace(options_.message_bytes_max, deflate_.has_value());
  }

  // Suites ask for paths of their own: all are good.
  static std::string path_of(std::string_view head) {
    const size_t from = std::min(head.find('/'), head.size());
    return std::string(head.substr(from, head.find_first_of(" ?", from) - from));
  }

  void take_frames() {
    std::span<char> left(in_);
    while (!closing_) {
      const WsEvent event = reader_->next(left);
      if (event.kind == WsEvent::Kind::kNone) break;
      answer(event);
    }
    in_.erase(0, in_.size() - left.size());
  }

  void answer(const WsEvent& event) {
    using Kind = WsEvent::Kind;
    const bool text = event.kind == Kind::kText;
    if (event.kind == Kind::kPing) return ws_append_pong(event.payload, out_);
    if (text || event.kind == Kind::kBinary) {
      if (deflate_)
        return (text ? ws_append_text_deflated : ws_append_binary_deflated)(event.payload,
                                                                            *deflate_, 0, out_);
      return (text ? ws_append_text : ws_append_binary)(event.payload, out_);
    }
    if (event.kind == Kind::kPong) return;
    const bool failed = event.kind == Kind::kFailed;
    ws_append_close(event.close, failed ? event.payload : std::string_view(), out_);
    closing_ = true;
  }

  bool write() {
    if (out_.empty()) return true;
    const ssize_t sent =
        ::send(socket_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    out_.erase(0, static_cast<size_t>(sent));
    if (closing_ && out_.empty()) ::shutdown(socket_.get(), SHUT_WR);
    return true;
  }

  UniqueFd socket_;
  const EchoOptions& options_;
  std::string in_;
  std::string out_;
  std::optional<WsReader> reader_;
  std::optional<WsDeflate> deflate_;
  bool closing_ = false;
};

UniqueFd listen_on(uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const address = reinterpret_cast<const sockaddr*>(&at);
  if (::bind(socket.get(), address, sizeof at) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
    socket.reset();
  return socket;
}

uint16_t port_of(const UniqueFd& socket) {
  sockaddr_in at{};
  socklen_t length = sizeof at;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &length);
  return ntohs(at.sin_port);
}

[[noreturn]] void serve(const UniqueFd& listener, const EchoOptions& options) {
  std::vector<std::unique_ptr<Echo>> clients;
  while (true) {
    std::vector<pollfd> polled{{listener.get(), POLLIN, 0}};
    for (const auto& client : clients) polled.push_back(client->wanted());
    ::poll(polled.data(), polled.size(), -1);
    for (size_t i = clients.size(); i > 0; --i) {
      const short events = polled[i].revents;
      if (events != 0 && !clients[i - 1]->ready(events))
        clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    if (polled[0].revents == 0) continue;
    UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) clients.push_back(std::make_unique<Echo>(std::move(socket), options));
  }
}

}  // namespace
}  // namespace mpim

int main(int count, char** arguments) {
  mpim::EchoOptions options;
  CLI::App app("Echoes WebSocket messages");
  app.add_option("--port", options.port, "port of 127.0.0.1; 0: any");
  app.add_option("--message-bytes-max", options.message_bytes_max, "the largest message")
      ->check(CLI::Range(uint32_t{1}, mpim::WsReader::kMessageBytesMost));
  app.add_option("--deflate", options.deflate, "on or off")->check(CLI::IsMember({"on", "off"}));
  CLI11_PARSE(app, count, arguments);
  const mpim::UniqueFd listener = mpim::listen_on(options.port);
  if (!listener) {
    std::perror("ws_echo: listen");
    return 1;
  }
  std::printf("port %u\n", mpim::port_of(listener));
  std::fflush(stdout);
  mpim::serve(listener, options);
}
