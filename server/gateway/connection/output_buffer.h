// Bytes on their way to a socket.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpim {

class Transport;

// A queue of bytes: short pieces are copied together, long ones of several readers are shared.
// Threads  one.
// Limits   none of its own: the connection watches size(). Empty, it keeps no more than kKeptBytes.
class OutputBuffer {
 public:
  // From here on a piece is shared: below, copying is cheaper than another entry in the write's
  // list.
  static constexpr size_t kSharedBytes = 1'024;
  static constexpr size_t kKeptBytes = 512;

  void append(std::string_view bytes);
  void append(std::shared_ptr<const std::string> bytes);
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // One system call. Answers the bytes written, or -1 with errno. `last`: the end of the stream
  // follows, and travels with the last bytes.
  ssize_t write_to(Transport& transport, bool last = false);
  void clear();

 private:
  struct Piece {
    std::shared_ptr<const std::string> shared;  // or, when none:
    std::string own;
    std::string_view view() const { return shared ? std::string_view(*shared) : own; }
  };
  static constexpr size_t kPiecesAtOnce = 64;
  size_t front(std::span<iovec> parts) const;
  void consume(size_t written);

  std::vector<Piece> pieces_;
  size_t first_ = 0;  // pieces before it have left
  size_t taken_ = 0;  // bytes of pieces_[first_] that have left
  size_t size_ = 0;
};

}  // namespace mpim
