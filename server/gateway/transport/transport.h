// The bytes of one accepted connection, plain or in TLS.
#pragma once

#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "server/gateway/transport/tls_context.h"
#include "server/loop/unique_fd.h"

namespace mpim {

// Whether what a socket refused with this errno may be tried again when it is ready.
inline bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// Owns the socket. read() and write() behave as recv() and writev() on a non-blocking socket: how
// many bytes, 0 from read() at the end of input, -1 with errno; EAGAIN: wait until fd() can be
// read, or written. In TLS
// - bytes count as written once their record is with the kernel, never sooner;
// - what write() did not take is given to it again, with nothing before it;
// - an end without close_notify is an end as any other.
// Threads  one.
// Cost     plain, 16 bytes; in TLS, what OpenSSL takes besides.
class Transport {
 public:
  // read() is given so much room at least: a record of TLS fits, so that nothing that came stays
  // where the loop does not see it.
  static constexpr size_t kReadBytesMin = 16'384;

  // What a handshake waits for.
  enum class Handshake : uint8_t { kDone, kWantsRead, kWantsWrite, kFailed };

  Transport() = default;
  explicit Transport(UniqueFd socket, TlsOwner tls = nullptr)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}
  Transport(Transport&&) noexcept = default;
  Transport& operator=(Transport&&) noexcept = default;
  ~Transport() { reset(); }

  // Until it is done, nothing else. Of a plain one it is.
  Handshake handshake();
  ssize_t read(std::span<char> room);
  // After read() said EAGAIN: it can only go on when fd() can be written (TLS answers to the other
  // side). As long as that is so, do not wait for input.
  bool read_waits_for_write() const;
  // `more`: the end is not in it yet, and follows at once.
  ssize_t write(std::span<const iovec> parts, bool more = false);
  // Nothing will be written any more; the other side sees the end.
  void end_output();

  int fd() const { return socket_.get(); }
  bool is_tls() const { return tls_ != nullptr; }
  explicit operator bool() const { return static_cast<bool>(socket_); }
  void reset();

 private:
  ssize_t tls_error(int result) const;

  UniqueFd socket_;
  TlsOwner tls_;
};

}  // namespace mpim
