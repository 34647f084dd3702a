#include "ops/bench/load/load_link.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace mpim::ops {
namespace {

constexpr size_t kReadBytes = 65'536;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS;
}

}  // namespace

Result<ServerPlace> find_server(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0)
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
  ServerPlace place{.length = found->ai_addrlen, .text = address};
  std::memcpy(&place.address, found->ai_addr, found->ai_addrlen);
  return place;
}

Result<void> LoadLink::open(const ServerPlace& server, LoadListener& listener) {
  close();
  UniqueFd made(::socket(server.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto failed = [](const std::string& what) {
    return Error{Code::kUnavailable, what + ": " + std::strerror(errno)};
  };
  if (!made) return failed("no socket is left (`ulimit -n`)");
  const int on = 1;
  ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  opened_at_ = LoadClock::now();
  const auto* const address = reinterpret_cast<const sockaddr*>(&server.address);
  if (::connect(made.get(), address, server.length) != 0 && !would_block(errno))
    return failed("cannot connect");
  MPIM_CHECKED(loop_.watch(made.get(), *this));
  socket_ = std::move(made);
  listener_ = &listener;
  asked_.push_back({.what = Asked::What::kGreeting});
  return {};
}

void LoadLink::close() {
  ++openings_;
  if (!socket_) return;
  loop_.forget(socket_.get(), *this);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
  connected_ = false;
  writable_ = false;
  flushing_ = false;
  asked_.clear();
  out_.clear();
  written_ = 0;
  begun_.clear();
  last_word_.reset();
}

void LoadLink::ask(const Asked& asked, std::string_view line) {
  if (!socket_) return;
  asked_.push_back(asked);
  out_ += line;
  out_ += '\n';
  if (!std::exchange(flushing_, true)) loop_.flush_later(*this);
}

void LoadLink::on_ready(bool readable, bool writable) {
  if (writable && !connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return end(std::string("cannot connect: ") + std::strerror(error));
    connected_ = true;
  }
  if (writable && !writable_) {
    writable_ = true;
    loop_.want_writable(socket_.get(), *this, false);
    flush();
  }
  if (readable && socket_) read();
}

void LoadLink::flush() {
  flushing_ = false;
  if (!socket_ || !writable_) return;
  while (written_ < out_.size()) {
    const ssize_t count =
        ::send(socket_.get(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (count > 0) {
      written_ += static_cast<size_t>(count);
    } else if (would_block(errno)) {
      writable_ = false;
      loop_.want_writable(socket_.get(), *this, true);
      return;
    } else {
      return;  // reading tells why, and what the server said before
    }
  }
  out_.clear();
  written_ = 0;
}

// False: the connection has ended, or is another one by now.
bool LoadLink::read() {
  static std::array<char, kReadBytes> room;  // one thread has all connections
  while (true) {
    const ssize_t count = ::recv(socket_.get(), room.data(), room.size(), 0);
    if (count < 0 && would_block(errno)) return true;
    if (count < 0) {
      const std::string why = std::strerror(errno);
      end("the connection broke: " + why);
      return false;
    }
    if (count == 0) return end("the server closed the connection"), false;
    if (!take_lines(std::string_view(room.data(), static_cast<size_t>(count)))) return false;
    if (static_cast<size_t>(count) < room.size()) return true;
  }
}

bool LoadLink::take_lines(std::string_view bytes) {
  const uint64_t opening = openings_;
  while (true) {
    const size_t end_of_line = bytes.find('\n');
    if (end_of_line == std::string_view::npos) break;
    if (begun_.empty()) {
      take_line(bytes.substr(0, end_of_line));
    } else {
      begun_ += bytes.substr(0, end_of_line);
      const std::string whole = std::exchange(begun_, "");
      take_line(whole);
    }
    if (openings_ != opening) return false;
    bytes.remove_prefix(end_of_line + 1);
  }
  begun_ += bytes;
  if (begun_.size() <= kLineBytes) return true;
  end("a line that never ends came: this is no mpim server");
  return false;
}

void LoadLink::take_line(std::string_view line) {
  if (const auto stored = read_stored(line)) return take_reply({.stored = *stored});
  if (const auto push = read_push(line)) return listener_->on_push(*this, *push);
  take_other_line(line);
}

void LoadLink::take_other_line(std::string_view line) {
  const ServerLine parsed = parse_server_line(line);
  if (const auto* const ok = std::get_if<ReplyOk>(&parsed)) return take_reply({.ok = ok});
  if (const auto* const refused = std::get_if<ReplyError>(&parsed))
    return take_reply({.error = &refused->error});
  const auto* const notice = std::get_if<NoticePush>(&parsed);
  if (notice == nullptr) return;  // new to this program: skipped
  if (const auto* const gap = std::get_if<GapNotice>(&notice->notice))
    return listener_->on_gap(*this, *gap);
  if (const auto* const closing = std::get_if<ClosingNotice>(&notice->notice))
    last_word_ = Error{closing->code, closing->text};
}

void LoadLink::take_reply(const LoadReply& reply) {
  if (asked_.empty()) return end("the server answered what nobody asked");
  const Asked asked = asked_.front();
  asked_.pop_front();
  listener_->on_reply(*this, asked, reply);
}

void LoadLink::end(const std::string& why) {
  const Error told = last_word_.value_or(Error{Code::kUnavailable, why});
  close();
  listener_->on_gone(*this, told);
}

}  // namespace mpim::ops
