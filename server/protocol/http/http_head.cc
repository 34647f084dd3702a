#include "server/protocol/http/http_head.h"

#include <algorithm>
#include <array>

#include "server/protocol/http/http_syntax.h"

namespace mpim {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
// sorted
constexpr auto kOnce = std::to_array<std::string_view>(
    {"authorization", "content-length", "content-type", "expect", "host", "origin",
     "sec-websocket-key", "sec-websocket-version", "transfer-encoding"});
static_assert(std::ranges::is_sorted(kOnce));

Error broken(std::string what) { return {Code::kBadRequest, std::move(what)}; }

// A line without its CRLF, taken off `text`; the head was seen to end in one.
std::string_view line_of(std::string_view& text) {
  const size_t end = std::min(text.find("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 2));
  return line;
}

// Each LF has its CR, each CR its LF, and nothing else is a control character.
Result<void> check_lines(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c > 127 || (c >= 32 && c < 127) || c == '\t') continue;
    if (c == '\n') return broken("a line of a request ends in CR and LF, not in LF alone");
    if (c != '\r')
      return broken(c == 0 ? "a request's head has a NUL" : "a head has a control character");
    if (i + 1 == text.size()) return {};
    if (text[++i] != '\n') return broken("a CR is not followed by its LF");
  }
  return {};
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 32 && c < 127; });
}

// host, host:port or [v6]:port, roughly: no user, no path, no list.
bool is_authority(std::string_view text) {
  constexpr std::string_view kOthers = "-._~!$&'()*+;=%:[]";
  return !text.empty() && text.front() != ':' && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != kOthers.npos;
  });
}

// A proxy's form names the server again; it counts, whatever Host says.
Result<void> cut_authority(std::string_view& target, HttpHead& head) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_but_for_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    if (!is_authority(host)) return broken("a request's target names no server");
    head.headers["host"] = host;
    target.remove_prefix(host.size());
    if (target.empty()) target = "/";
  }
  return {};
}

Result<void> read_target(std::string_view target, HttpHead& head) {
  if (!is_visible(target) || target.find('#') != target.npos)
    return broken("a request's target has a character that must be percent-encoded");
  MPIM_CHECKED(cut_authority(target, head));
  head.path = target.substr(0, target.find('?'));
  if (head.path.size() < target.size()) head.query = target.substr(head.path.size() + 1);
  if (!head.path.starts_with('/') && (target != "*" || head.method != "OPTIONS"))
    return broken("a request's target is a path that begins with /");
  return {};
}

Result<std::string_view> read_request_line(std::string_view line, HttpHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == line.npos || last == first || !is_http_token(line.substr(0, first)))
    return broken("a request begins with its method, its target and HTTP/1.1");
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/");
    return other ? Error{Code::kVersion, "HTTP/1.1 is spoken here"}
                 : broken("a request begins with its method, its target and HTTP/1.1");
  }
  head.minor = version.back() == '1' ? 1 : 0;
  head.method = line.substr(0, first);
  return line.substr(first + 1, last - first - 1);
}

Result<void> read_header(std::string_view line, HttpHead& head) {
  if (line.front() == ' ' || line.front() == '\t')
    return broken("a header may not be folded over lines");
  const size_t colon = line.find(':');
  if (colon == line.npos) return broken("a header is a name, a colon and a value");
  const std::string_view name = line.substr(0, colon);
  if (name.ends_with(' ') || name.ends_with('\t'))
    return broken("a header's colon follows its name without a blank");
  if (!is_http_token(name)) return broken("a header's name has a character that no name has");
  const std::string_view value = http_trimmed(line.substr(colon + 1));
  std::string key = ascii_lower(name);
  const bool once = std::ranges::binary_search(kOnce, key);
  const auto [place, fresh] = head.headers.try_emplace(std::move(key), value);
  if (fresh) return {};
  if (once) return broken("a header comes twice: " + place->first);
  place->second.append(", ").append(value);
  return {};
}

Result<void> check_host(const HttpHead& head) {
  const auto host = head.headers.find("host");
  if (host == head.headers.end() && head.minor == 0) return {};
  if (host == head.headers.end()) return broken("a request of HTTP/1.1 has a Host");
  if (host->second.empty()) return broken("Host is empty");
  return is_authority(host->second) ? Result<void>() : broken("Host is a name and a port");
}

Result<void> check_framing(const HttpHead& head) {
  const bool sized = head.headers.contains("content-length");
  const bool encoded = head.headers.contains("transfer-encoding");
  if (sized && encoded)
    return broken("a request has one Content-Length or one Transfer-Encoding, not both");
  if (sized && !head.content_length()) return broken("Content-Length must be a number");
  if (encoded && !head.chunked()) return broken("Transfer-Encoding may be chunked alone");
  if (encoded && head.minor == 0) return broken("HTTP/1.0 has no Transfer-Encoding");
  return {};
}

// `text` ends before the empty line, with the last header's CRLF.
Result<HttpHead> parse(std::string_view text) {
  HttpHead head;
  MPIM_TRY(const std::string_view target, read_request_line(line_of(text), head));
  for (uint32_t count = 0; !text.empty(); ++count) {
    if (count == kHttpHeadersMax) return Error{Code::kTooLarge, "a request has too many headers"};
    MPIM_CHECKED(read_header(line_of(text), head));
  }
  MPIM_CHECKED(check_host(head));
  MPIM_CHECKED(read_target(target, head));
  MPIM_CHECKED(check_framing(head));
  return head;
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<uint64_t> HttpHead::content_length() const {
  return http_number(header("content-length"));
}

bool HttpHead::chunked() const { return same_but_for_case(header("transfer-encoding"), "chunked"); }

bool HttpHead::keep_alive() const {
  const std::string_view wish = header("connection");
  return minor == 1 ? !list_has(wish, "close") : list_has(wish, "keep-alive");
}

Result<std::optional<HttpHead>> take_http_head(std::string_view& bytes, size_t bytes_max) {
  std::string_view text = bytes;
  // Some clients end a body with a line too many.
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  const size_t before = bytes.size() - text.size();
  const size_t end = text.find(kHeadEnd);
  const size_t used = before + (end == text.npos ? text.size() : end + kHeadEnd.size());
  if (used > bytes_max)
    return Error{Code::kTooLarge,
                 "the head of the request is over " + std::to_string(bytes_max) + " bytes"};
  const std::string_view lines = text.substr(0, end == text.npos ? end : end + 2);
  MPIM_CHECKED(check_lines(lines));
  if (end == text.npos) return std::optional<HttpHead>();
  MPIM_TRY(HttpHead head, parse(lines));
  bytes.remove_prefix(used);
  return std::optional<HttpHead>(std::move(head));
}

Result<HttpHead> read_http_head(std::string_view text) {
  MPIM_TRY(std::optional<HttpHead> head, take_http_head(text, text.size()));
  if (!head) return broken("the request's head has no empty line behind it");
  return std::move(*head);
}

uint16_t http_status_of_head(const Error& why) {
  constexpr uint16_t kBad = 400;
  constexpr uint16_t kHeadersTooLarge = 431;
  constexpr uint16_t kVersionUnknown = 505;
  if (why.code == Code::kTooLarge) return kHeadersTooLarge;
  return why.code == Code::kVersion ? kVersionUnknown : kBad;
}

}  // namespace mpim
