#include "server/gateway/http/http_body.h"

#include <algorithm>
#include <optional>

#include "server/protocol/http/http_syntax.h"

namespace mpim {
namespace {

constexpr size_t kSizeDigits = 8;

Error broken(std::string what) { return {Code::kBadRequest, std::move(what)}; }

// A line without its CRLF, taken off `text`; none: its end has not come.
Result<std::optional<std::string_view>> take_crlf_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  const size_t cr = line.find('\r');
  if (end == text.npos) {
    if (line.size() > HttpBody::kChunkLineBytes) return broken("a chunk's line is too long");
    if (cr != line.npos && cr + 1 < line.size()) return broken("a CR is not followed by its LF");
    return std::optional<std::string_view>();
  }
  if (cr == line.npos) return broken("a chunk's line ends in CR and LF, not in LF alone");
  if (cr + 1 != line.size()) return broken("a CR is not followed by its LF");
  if (line.size() > HttpBody::kChunkLineBytes) return broken("a chunk's line is too long");
  const auto is_control = [](unsigned char c) { return (c < 32 && c != '\t') || c == 127; };
  if (std::ranges::any_of(line.substr(0, cr), is_control))
    return broken("a chunk's line has a control character");
  text.remove_prefix(end + 1);
  return std::optional(line.substr(0, cr));
}

}  // namespace

Result<void> check_upload(const HttpHead& head) {
  if (head.chunked() || head.content_length()) return {};
  return broken("an upload says its Content-Length, or comes chunked");
}

HttpBody::HttpBody(const HttpHead& head)
    : step_(head.chunked() ? Step::kSize : Step::kPlain), left_(head.content_length().value_or(0)) {
  if (step_ == Step::kPlain && left_ == 0) step_ = Step::kDone;
}

Result<std::string> HttpBody::take(std::string_view& bytes) {
  std::string content;
  while (step_ != Step::kDone && !bytes.empty()) {
    if (step_ == Step::kPlain || step_ == Step::kChunk) {
      const size_t length = std::min<uint64_t>(left_, bytes.size());
      content.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
      left_ -= length;
      if (left_ == 0) step_ = step_ == Step::kPlain ? Step::kDone : Step::kChunkEnd;
      continue;
    }
    MPIM_TRY(const bool whole, take_line(bytes));
    if (!whole) break;
  }
  return content;
}

// A chunk's size, the line end behind it, or a trailer.
Result<bool> HttpBody::take_line(std::string_view& bytes) {
  // Content where the line should end is not waited through.
  if (step_ == Step::kChunkEnd && bytes.front() != '\r')
    return broken("a chunk is longer than its size");
  MPIM_TRY(const std::optional<std::string_view> line, take_crlf_line(bytes));
  if (!line) return false;
  if (step_ == Step::kSize) {
    MPIM_CHECKED(take_size(*line));
  } else if (step_ == Step::kTrailer) {
    MPIM_CHECKED(take_trailer(*line));
  } else {
    if (!line->empty()) return broken("a chunk is longer than its size");
    step_ = Step::kSize;
  }
  return true;
}

Result<void> HttpBody::take_size(std::string_view line) {
  const size_t digits = std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
  const std::string_view rest = http_trimmed(line.substr(digits));
  const std::optional<uint64_t> size = http_number(line.substr(0, digits), 16);
  if (!size || (!rest.empty() && rest.front() != ';')) return broken("a chunk has no size");
  if (digits > kSizeDigits) return broken("a chunk's size has more than 8 digits");
  left_ = *size;
  step_ = left_ == 0 ? Step::kTrailer : Step::kChunk;
  return {};
}

Result<void> HttpBody::take_trailer(std::string_view line) {
  trailer_bytes_ += line.size() + 2;
  if (line.empty()) {
    step_ = Step::kDone;
  } else if (trailer_bytes_ > kTrailerBytes) {
    return broken("the trailers have more than " + std::to_string(kTrailerBytes) + " bytes");
  } else if (line.find(':') == line.npos || !is_http_token(line.substr(0, line.find(':')))) {
    return broken("a trailer is a name, a colon and a value");
  }
  return {};
}

}  // namespace mpim
