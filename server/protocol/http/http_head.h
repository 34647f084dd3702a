// The head of an HTTP/1 request: bytes in, no sockets. What proxies and servers are known to read
// in two ways is refused, so that whoever stands in front of us sees the same requests as we do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// A request line and its headers; names in lower case. A header that came more than once has its
// values joined by ", "; those that may come only once did.
struct HttpHead {
  std::string method;
  std::string path;   // as it came, without the query: begins with '/', or is "*"
  std::string query;  // as it came
  uint8_t minor = 1;  // of HTTP/1.x: 1, or 0 as old health checks send it
  std::map<std::string, std::string, std::less<>> headers;

  std::string_view header(std::string_view name) const;  // empty: it did not come
  std::optional<uint64_t> content_length() const;        // of a head that was read, a number
  bool chunked() const;
  // The client wants to ask again on this connection.
  bool keep_alive() const;
};

// How many headers a head may have.
inline constexpr uint32_t kHttpHeadersMax = 100;

// Takes a head with its empty line off the front of `bytes`; none: it is not complete, ask again
// with more behind it. What is refused is refused as soon as it is seen, each with a sentence:
//   kTooLarge    more than `bytes_max` bytes, or than kHttpHeadersMax headers
//   kVersion     another version than HTTP/1.1 and HTTP/1.0
//   kBadRequest  a bare LF or CR, NUL or another control character, blanks before a colon, a header
//                folded over lines, a name that is no token, no Host or an empty one or two, two
//                Content-Length or one that is no number, Transfer-Encoding beside it, in HTTP/1.0,
//                or anything but chunked, others twice that may come once, a target that is no path
// A head that was refused has no certain end: answer and close.
Result<std::optional<HttpHead>> take_http_head(std::string_view& bytes, size_t bytes_max);

// The same of a whole head, its empty line with it.
Result<HttpHead> read_http_head(std::string_view text);

// 400, 431 or 505, for an error of take_http_head().
uint16_t http_status_of_head(const Error& why);

}  // namespace mpim
