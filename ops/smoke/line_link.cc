#include "ops/smoke/line_link.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

namespace mpim::ops {
namespace {

using std::chrono::milliseconds;

// Ready for `events` within the time, or kDeadline.
Result<void> wait_for(int fd, short events, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd wait{fd, events, 0};
    const int changed =
        left <= 0 ? 0 : poll(&wait, 1, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
    if (changed > 0) return {};
    if (changed == 0) return Error{Code::kDeadline, "the server did not answer in time"};
    if (errno != EINTR) return Error{Code::kUnavailable, std::strerror(errno)};
  }
}

Error gone(const std::string& what) {
  return {Code::kUnavailable, what + ": " + std::strerror(errno)};
}

Result<void> connect_to(int fd, const addrinfo& to, Deadline deadline) {
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return gone("cannot connect");
  MPIM_CHECKED(wait_for(fd, POLLOUT, deadline));
  socklen_t size = sizeof errno;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &size);
  if (errno != 0) return gone("cannot connect");
  return {};
}

}  // namespace

Result<TimedSocket> TimedSocket::connect(const std::string& address, Deadline deadline) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos)
    return Error{Code::kBadRequest, "`" + address + "` is no ADDR:PORT"};
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), address.c_str() + colon + 1, &wanted, &found);
      failed != 0)
    return Error{Code::kUnavailable, address + ": " + gai_strerror(failed)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  TimedSocket made(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (made.fd_ < 0) return gone("cannot make a socket");
  if (const auto connected = connect_to(made.fd_, *found, deadline); !connected)
    return Error{connected.error().code, address + ": " + connected.error().message};
  return made;
}

TimedSocket::TimedSocket(TimedSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
TimedSocket& TimedSocket::operator=(TimedSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
TimedSocket::~TimedSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> TimedSocket::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    MPIM_CHECKED(wait_for(fd_, POLLOUT, deadline));
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return gone("the connection broke");
    if (count > 0) bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<std::string> TimedSocket::read(Deadline deadline) {
  std::string bytes(16'384, '\0');
  while (true) {
    MPIM_CHECKED(wait_for(fd_, POLLIN, deadline));
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count < 0) return gone("the connection broke");
    bytes.resize(static_cast<size_t>(count));
    return bytes;
  }
}

Result<void> check_plain(const std::string& address) {
  constexpr std::chrono::seconds kPatience{3};
  constexpr char kTlsAlert = 0x15;
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  auto probe = TimedSocket::connect(address, deadline);
  // A port for TLS would wait for its handshake in silence: this ends that, and any other answers.
  constexpr std::string_view kQuestion =
      "GET / HTTP/1.1\r\nHost: mpim\r\nConnection: close\r\n\r\n";
  if (!probe.ok() || !probe->write(kQuestion, deadline).ok()) return {};
  const auto said = probe->read(deadline);
  const bool hung_up = said.ok() ? said->empty() : said.error().code == Code::kUnavailable;
  const bool alert = said.ok() && !hung_up && said->front() == kTlsAlert;
  if (!hung_up && !alert) return {};
  return Error{Code::kBadRequest, address +
                                      " hangs up without a word: it wants TLS or a PROXY "
                                      "header, and this command speaks neither"};
}

Result<LineLink> LineLink::open(const std::string& address, Deadline deadline) {
  MPIM_TRY(TimedSocket socket, TimedSocket::connect(address, deadline));
  LineLink link(std::move(socket), deadline);
  MPIM_TRY(const ServerLine greeting, link.next_line());
  const auto* ok = std::get_if<ReplyOk>(&greeting);
  if (ok == nullptr || ok->head() != "welcome")
    return Error{Code::kInternal, address + " does not greet as the line protocol does"};
  return link;
}

Result<ServerLine> LineLink::next_line() {
  size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    MPIM_TRY(const std::string more, socket_.read(deadline_));
    if (more.empty()) return Error{Code::kUnavailable, "the server closed the connection"};
    buffer_ += more;
  }
  ServerLine line = parse_server_line(std::string_view(buffer_).substr(0, end));
  buffer_.erase(0, end + 1);
  return line;
}

void LineLink::keep(ServerLine& push) {
  if (auto* const entry = std::get_if<EntryPush>(&push)) {
    entries_.push_back(std::move(entry->entry));
  } else if (const auto* const notice = std::get_if<NoticePush>(&push)) {
    if (const auto* const gap = std::get_if<GapNotice>(&notice->notice))
      gaps_.insert_or_assign(gap->conversation, *gap);
  }
}

bool LineLink::told_missing(ConversationId conversation, Seq from, Seq next) const {
  const auto gap = gaps_.find(conversation);
  return gap != gaps_.end() && gap->second.from < from && gap->second.to.next() == next;
}

Result<ReplyOk> LineLink::ask(const std::string& line) {
  MPIM_CHECKED(socket_.write(line + "\n", deadline_));
  while (true) {
    MPIM_TRY(ServerLine answer, next_line());
    if (auto* ok = std::get_if<ReplyOk>(&answer)) return std::move(*ok);
    if (const auto* refused = std::get_if<ReplyError>(&answer)) return refused->error;
    keep(answer);
  }
}

Result<Entry> LineLink::next_entry() {
  while (entries_.empty()) {
    MPIM_TRY(ServerLine line, next_line());
    keep(line);
  }
  Entry first = std::move(entries_.front());
  entries_.pop_front();
  return first;
}

Result<ListLine> LineLink::next_row() {
  while (true) {
    MPIM_TRY(ServerLine line, next_line());
    if (auto* row = std::get_if<ListLine>(&line)) return std::move(*row);
    keep(line);
  }
}

Result<std::vector<Entry>> LineLink::settle() {
  MPIM_CHECKED(ask("PING"));
  std::vector<Entry> taken(std::make_move_iterator(entries_.begin()),
                           std::make_move_iterator(entries_.end()));
  entries_.clear();
  return taken;
}

}  // namespace mpim::ops
