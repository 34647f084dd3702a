// The framing of an HTTP/1.1 request's body: bytes in, no sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/protocol/http/http_head.h"

namespace mpim {

// kBadRequest: an upload that does not say where its body ends.
Result<void> check_upload(const HttpHead& head);

// Where a body ends, and what of the bytes on the wire is its content.
// Limits   of a chunked one: a size has 8 hexadecimal digits at most, its line with extensions
//          kChunkLineBytes, all trailers together kTrailerBytes. Extensions and trailers are
//          checked and thrown away.
class HttpBody {
 public:
  static constexpr size_t kChunkLineBytes = 256;
  static constexpr size_t kTrailerBytes = 4'096;

  HttpBody() = default;
  explicit HttpBody(const HttpHead& head);

  // Takes framing and content off the front of `bytes` and answers the content, as far as it goes;
  // what it leaves is not enough yet, or lies behind the body. kBadRequest: broken chunks, as soon
  // as they are seen.
  Result<std::string> take(std::string_view& bytes);
  bool done() const { return step_ == Step::kDone; }

 private:
  enum class Step : uint8_t { kPlain, kSize, kChunk, kChunkEnd, kTrailer, kDone };
  Result<bool> take_line(std::string_view& bytes);
  Result<void> take_size(std::string_view line);
  Result<void> take_trailer(std::string_view line);

  Step step_ = Step::kDone;
  uint64_t left_ = 0;  // of the body, or of this chunk
  size_t trailer_bytes_ = 0;
};

}  // namespace mpim
