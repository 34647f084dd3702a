#include "tests/protocol/http/head_properties.h"

#include "server/protocol/http/http_head.h"
#include "server/protocol/http/http_syntax.h"
#include "server/protocol/ws/ws_handshake.h"

namespace mpim {
namespace {

constexpr size_t kBytesMax = 2'048;

std::string written(const HttpHead& head) {
  std::string text = head.method + " " + head.path + (head.query.empty() ? "" : "?" + head.query) +
                     " HTTP/1." + std::to_string(head.minor) + "\r\n";
  for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

bool same(const HttpHead& one, const HttpHead& other) {
  const auto equal = [](const auto& a, const auto& b) {
    return a.first == b.first && http_trimmed(a.second) == http_trimmed(b.second);
  };
  return one.method == other.method && one.path == other.path && one.query == other.query &&
         one.minor == other.minor && one.headers.size() == other.headers.size() &&
         std::equal(one.headers.begin(), one.headers.end(), other.headers.begin(), equal);
}

std::string broken_fronts(std::string_view bytes, bool ok, size_t used) {
  bool refused = false;
  for (size_t length = 0; length <= bytes.size(); ++length) {
    std::string_view front = bytes.substr(0, length);
    const auto head = take_http_head(front, kBytesMax);
    if (!head.ok()) {
      if (ok) return "a front of what is good was refused: " + head.error().message;
      refused = true;
    } else if (refused) {
      return "with more behind it, it was refused no longer";
    } else if (head->has_value() && length < used) {
      return "a head was taken before its end";
    }
  }
  return {};
}

std::string broken_handshake(std::string_view bytes) {
  const std::optional<WsHandshake> done = answer_ws_handshake(bytes, {.head_bytes_max = kBytesMax});
  if (!done) return {};
  if (done->answer.find("\r\n\r\n") == done->answer.npos) return "an answer without an end";
  if (done->accepted() == done->answer.ends_with("}\n")) return "an answer with two meanings";
  return done->accepted() && done->head_bytes > bytes.size() ? "a head longer than what came" : "";
}

}  // namespace

std::string broken_head_property(std::string_view bytes) {
  std::string_view left = bytes;
  const auto head = take_http_head(left, kBytesMax);
  const bool whole = head.ok() && head->has_value();
  std::string broken = broken_fronts(bytes, head.ok(), bytes.size() - (whole ? left.size() : 0));
  if (broken.empty()) broken = broken_handshake(bytes);
  if (!broken.empty() || !whole) return broken;
  const Result<HttpHead> again = read_http_head(written(**head));
  if (!again.ok()) return "written anew it is refused: " + again.error().message;
  return same(**head, *again) ? "" : "written anew it is another head";
}

}  // namespace mpim
