#include "server/gateway/transport/transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mpim {
namespace {

constexpr size_t kRecordBytes = 16'384;

// The front of `parts`, skipping `skipped` bytes: at most one record, copied together.
std::span<const char> next_record(std::span<const iovec> parts, size_t skipped,
                                  std::array<char, kRecordBytes>& room) {
  size_t filled = 0;
  for (const iovec& part : parts) {
    if (skipped >= part.iov_len) {
      skipped -= part.iov_len;
      continue;
    }
    const size_t length = std::min(part.iov_len - skipped, room.size() - filled);
    std::memcpy(room.data() + filled, static_cast<const char*>(part.iov_base) + skipped, length);
    filled += length;
    skipped = 0;
    if (filled == room.size()) break;
  }
  return std::span<const char>(room).first(filled);
}

}  // namespace

Transport::Handshake Transport::handshake() {
  if (tls_ == nullptr) return Handshake::kDone;
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return Handshake::kDone;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Handshake::kWantsRead;
    case SSL_ERROR_WANT_WRITE: return Handshake::kWantsWrite;
    default: return Handshake::kFailed;
  }
}

// As errno tells of a plain socket.
ssize_t Transport::tls_error(int result) const {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_SYSCALL:
      if (errno == 0) errno = ECONNRESET;
      return -1;
    default: errno = EPROTO; return -1;
  }
}

ssize_t Transport::read(std::span<char> room) {
  if (tls_ == nullptr) return ::recv(socket_.get(), room.data(), room.size(), 0);
  ERR_clear_error();
  errno = 0;
  const int got = SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()));
  return got > 0 ? got : tls_error(got);
}

bool Transport::read_waits_for_write() const {
  return tls_ != nullptr && SSL_want_write(tls_.get());
}

ssize_t Transport::write(std::span<const iovec> parts, bool more) {
  if (tls_ == nullptr) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    return ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
  }
  std::array<char, kRecordBytes> room;
  size_t written = 0;
  while (true) {
    const std::span<const char> record = next_record(parts, written, room);
    if (record.empty()) return static_cast<ssize_t>(written);
    ERR_clear_error();
    errno = 0;
    const int taken = SSL_write(tls_.get(), record.data(), static_cast<int>(record.size()));
    if (taken > 0) {
      written += static_cast<size_t>(taken);
      continue;
    }
    if (written > 0) return static_cast<ssize_t>(written);  // the next call tells why
    const ssize_t failed = tls_error(taken);
    if (failed < 0) return failed;
    errno = EPIPE;
    return -1;
  }
}

void Transport::end_output() {
  if (tls_ != nullptr && SSL_is_init_finished(tls_.get())) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());  // best effort: a full socket does not take it
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

void Transport::reset() {
  tls_.reset();
  socket_.reset();
}

}  // namespace mpim
