#include "tests/support/line_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace mpim::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kReadBytes = 65'536;

std::optional<sockaddr_in> address_of(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  sockaddr_in address{};
  uint16_t port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1)
    return std::nullopt;
  return address;
}

bool is_reply(std::string_view line) { return line.starts_with("+OK") || line.starts_with("-ERR"); }

int milliseconds_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return std::max(0, static_cast<int>(left.count()));
}

}  // namespace

LineConnection::LineConnection(const std::string& address) : LineConnection(address, Options{}) {}

LineConnection::LineConnection(const std::string& address, const Options& options) {
  const auto to = address_of(address);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (options.receive_bytes > 0)
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &options.receive_bytes,
               sizeof options.receive_bytes);
  const int at_once = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  if (!to || ::connect(socket_, reinterpret_cast<const sockaddr*>(&*to), sizeof *to) != 0) close();
}

LineConnection::LineConnection(LineConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      ended_(std::exchange(other.ended_, true)),
      received_(std::move(other.received_)),
      taken_(std::exchange(other.taken_, 0)),
      kept_(std::move(other.kept_)) {}

LineConnection& LineConnection::operator=(LineConnection&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(ended_, other.ended_);
  std::swap(received_, other.received_);
  std::swap(taken_, other.taken_);
  std::swap(kept_, other.kept_);
  return *this;
}

LineConnection::~LineConnection() { close(); }

void LineConnection::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  ended_ = true;
}

bool LineConnection::send(std::string_view line) { return send_raw(std::string(line) + "\n"); }

bool LineConnection::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void LineConnection::finish_sending() { ::shutdown(socket_, SHUT_WR); }

std::optional<std::string> LineConnection::take_line() {
  const size_t end = received_.find('\n', taken_);
  if (end == std::string::npos) {
    received_.erase(0, std::exchange(taken_, 0));
    return std::nullopt;
  }
  std::string line = received_.substr(taken_, end - taken_);
  taken_ = end + 1;
  if (line.ends_with('\r')) line.pop_back();
  if (!receipts_ && line.starts_with("RECEIPT ")) return take_line();
  return line;
}

// False when the time is over or the server has closed.
bool LineConnection::receive(Deadline deadline) {
  if (ended_) return false;
  pollfd wait{socket_, POLLIN, 0};
  const int changed = ::poll(&wait, 1, milliseconds_until(deadline));
  if (changed < 0 && errno == EINTR) return true;
  if (changed <= 0) return false;
  const size_t before = received_.size();
  received_.resize(before + kReadBytes);
  const ssize_t count = ::recv(socket_, received_.data() + before, kReadBytes, 0);
  received_.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0 && errno == EINTR) return true;
  ended_ = count <= 0;
  return !ended_;
}

std::optional<std::string> LineConnection::next_line(milliseconds patience) {
  if (!kept_.empty()) {
    std::string line = std::move(kept_.front());
    kept_.pop_front();
    return line;
  }
  const auto deadline = steady_clock::now() + patience;
  do {
    if (auto line = take_line()) return line;
  } while (receive(deadline));
  return std::nullopt;
}

std::optional<std::string> LineConnection::next_reply(milliseconds patience) {
  return next_of(true, patience);
}

std::optional<std::string> LineConnection::next_push(milliseconds patience) {
  return next_of(false, patience);
}

std::optional<std::string> LineConnection::next_of(bool reply, milliseconds patience) {
  const auto wanted = [reply](const std::string& line) { return is_reply(line) == reply; };
  const auto found = std::ranges::find_if(kept_, wanted);
  if (found != kept_.end()) {
    std::string line = std::move(*found);
    kept_.erase(found);
    return line;
  }
  const auto deadline = steady_clock::now() + patience;
  do {
    while (auto line = take_line()) {
      if (wanted(*line)) return line;
      kept_.push_back(std::move(*line));
    }
  } while (receive(deadline));
  return std::nullopt;
}

std::string LineConnection::ask(std::string_view request) {
  if (!send(request)) return {};
  return next_reply().value_or("");
}

bool LineConnection::closes(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  do {
    while (auto line = take_line()) kept_.push_back(std::move(*line));
  } while (receive(deadline));
  return ended_;
}

std::string field(std::string_view line, std::string_view key) {
  // The fields of any line are read the same way; as an answer none of them is taken for damaged.
  const std::string as_reply = "+OK " + std::string(line);
  const ServerLine parsed = parse_server_line(as_reply);
  const auto* const reply = std::get_if<ReplyOk>(&parsed);
  return reply == nullptr ? std::string() : reply->fields.text(key);
}

uint64_t number_field(std::string_view line, std::string_view key) {
  const std::string text = field(line, key);
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string exchange(const std::string& address, std::string_view bytes) {
  LineConnection connection(address);
  if (!connection.send_raw(bytes)) return {};
  connection.finish_sending();
  std::string everything;
  while (const auto line = connection.next_line()) everything += *line + "\n";
  return everything;
}

}  // namespace mpim::testing
