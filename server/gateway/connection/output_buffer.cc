#include "server/gateway/connection/output_buffer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "server/gateway/transport/transport.h"

namespace mpim {
namespace {

constexpr size_t kGrownBytes = 8'192;    // what is more than one answer is soon much more
constexpr size_t kOwnBytesMax = 65'536;  // then a new piece, so that growing never moves much

}  // namespace

void OutputBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (pieces_.empty() || pieces_.back().shared || pieces_.back().own.size() >= kOwnBytesMax) {
    pieces_.emplace_back();
  }
  std::string& own = pieces_.back().own;
  if (own.size() + bytes.size() > kKeptBytes && own.capacity() < kGrownBytes)
    own.reserve(std::max(kGrownBytes, own.size() + bytes.size()));
  own.append(bytes);
  size_ += bytes.size();
}

void OutputBuffer::append(std::shared_ptr<const std::string> bytes) {
  if (bytes->size() < kSharedBytes) return append(std::string_view(*bytes));
  size_ += bytes->size();
  pieces_.push_back({std::move(bytes), {}});
}

size_t OutputBuffer::front(std::span<iovec> parts) const {
  size_t count = 0;
  for (size_t i = first_; i < pieces_.size() && count < parts.size(); ++i) {
    std::string_view bytes = pieces_[i].view();
    if (i == first_) bytes.remove_prefix(taken_);
    parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return count;
}

ssize_t OutputBuffer::write_to(Transport& transport, bool last) {
  std::array<iovec, kPiecesAtOnce> parts;
  const ssize_t written = transport.write(std::span(parts).first(front(parts)), last);
  if (written > 0) consume(static_cast<size_t>(written));
  return written;
}

void OutputBuffer::consume(size_t written) {
  size_ -= written;
  if (size_ == 0) return clear();
  while (written > 0) {
    const size_t left = pieces_[first_].view().size() - taken_;
    const size_t now = std::min(left, written);
    written -= now;
    taken_ += now;
    if (now < left) return;
    pieces_[first_++] = {};
    taken_ = 0;
  }
  // A reader that never quite catches up must not let finished pieces pile up.
  if (first_ * 2 > pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutputBuffer::clear() {
  size_ = first_ = taken_ = 0;
  const bool keep =
      pieces_.size() == 1 && !pieces_[0].shared && pieces_[0].own.capacity() <= kKeptBytes;
  if (keep) {
    pieces_[0].own.clear();
  } else {
    std::vector<Piece>().swap(pieces_);
  }
}

}  // namespace mpim
