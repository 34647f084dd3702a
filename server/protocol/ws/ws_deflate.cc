#include "server/protocol/ws/ws_deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/core/check.h"
#include "server/protocol/http/http_syntax.h"

namespace mpim {
namespace {

constexpr int kWindowBits = 15;
constexpr int kWindowBitsMin = 8;
constexpr int kMemoryLevel = 8;
// 4,000 bytes of messages become 453 in 15 us; with level 6 they become 439 in 23 us.
constexpr int kLevel = 1;
constexpr size_t kPieceBytes = 16'384;
// What RFC 7692 takes off the end of each message.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

Bytef* in_bytes(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

// A thread's compressor, and room for what it made last.
class Deflater {
 public:
  Deflater() {
    const int made =
        deflateInit2(&stream_, kLevel, Z_DEFLATED, -kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY);
    MPIM_CHECK(made == Z_OK, "there is no memory for a compressor");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::optional<std::string_view> run(std::string_view plain) {
    deflateReset(&stream_);
    const size_t room = plain.size() + kTail.size();
    if (room_.size() < room) room_.resize(room);
    stream_.next_in = in_bytes(plain);
    stream_.avail_in = static_cast<uInt>(plain.size());
    stream_.next_out = reinterpret_cast<Bytef*>(room_.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int done = deflate(&stream_, Z_SYNC_FLUSH);
    // Room that is used up: it is not shorter, and perhaps not at its end.
    if (done != Z_OK || stream_.avail_out == 0) return std::nullopt;
    return std::string_view(room_).substr(0, room - stream_.avail_out - kTail.size());
  }

 private:
  z_stream stream_{};
  std::string room_;
};

// A thread's decompressor: some 55 KiB.
class Inflater {
 public:
  Inflater() {
    MPIM_CHECK(inflateInit2(&stream_, -kWindowBits) == Z_OK,
               "there is no memory for a decompressor");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Inflated run(std::string_view packed, size_t bytes_max, std::string& out) {
    inflateReset(&stream_);
    for (const std::string_view part : {packed, kTail}) {
      const Inflated done = take(part, bytes_max, out);
      if (done != Inflated::kWhole) return done;
    }
    constexpr int kBetweenBlocks = 128;
    constexpr int kBitsLeft = 63;
    const int at = stream_.data_type;
    return (at & kBetweenBlocks) != 0 && (at & kBitsLeft) == 0 ? Inflated::kWhole
                                                               : Inflated::kBroken;
  }

 private:
  Inflated take(std::string_view part, size_t bytes_max, std::string& out) {
    stream_.next_in = in_bytes(part);
    stream_.avail_in = static_cast<uInt>(part.size());
    while (true) {
      // One byte more than there may be tells that there is one.
      const size_t room = std::min(piece_.size(), bytes_max - out.size() + 1);
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(room);
      const int done = inflate(&stream_, Z_SYNC_FLUSH);
      const size_t came = room - stream_.avail_out;
      if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) return Inflated::kBroken;
      if (came > bytes_max - out.size()) return Inflated::kTooLarge;
      out.append(piece_.data(), came);
      // A final block ends a stream, not the message: others may follow.
      if (done == Z_STREAM_END) inflateReset(&stream_);
      if (stream_.avail_in == 0 && stream_.avail_out > 0) return Inflated::kWhole;
    }
  }

  z_stream stream_{};
  std::array<char, kPieceBytes> piece_{};
};

struct Offer {
  bool no_server_takeover = false;
  bool no_client_takeover = false;
  std::optional<int> server_bits;
  std::optional<int> client_bits;
};

std::optional<int> window_bits(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  const std::optional<uint64_t> bits = http_number(value);
  if (!bits || value.front() == '0' || *bits < kWindowBitsMin || *bits > kWindowBits) return {};
  return static_cast<int>(*bits);
}

bool take_flag(bool& flag, bool has_value) { return !has_value && !std::exchange(flag, true); }

bool take_bits(std::optional<int>& bits, std::string_view value) {
  const bool first = !bits;
  bits = window_bits(value);
  return first && bits.has_value();
}

// False: with it the whole offer is not to be taken.
bool take_parameter(std::string_view parameter, Offer& offer) {
  const size_t equals = parameter.find('=');
  const bool has_value = equals != parameter.npos;
  const std::string name = ascii_lower(http_trimmed(parameter.substr(0, equals)));
  const std::string_view value =
      has_value ? http_trimmed(parameter.substr(equals + 1)) : std::string_view();
  if (name == "server_no_context_takeover") return take_flag(offer.no_server_takeover, has_value);
  if (name == "client_no_context_takeover") return take_flag(offer.no_client_takeover, has_value);
  if (name == "server_max_window_bits") return take_bits(offer.server_bits, value);
  // Without a value it says that we may name one.
  if (name == "client_max_window_bits")
    return take_bits(offer.client_bits, has_value ? value : std::string_view("15"));
  return false;
}

std::optional<WsDeflateAnswer> answer_offer(std::string_view text) {
  const std::optional<std::string_view> name = take_list_element(text, ';');
  if (!name || !same_but_for_case(*name, "permessage-deflate")) return std::nullopt;
  Offer offer;
  while (const std::optional<std::string_view> parameter = take_list_element(text, ';'))
    if (!take_parameter(*parameter, offer)) return std::nullopt;
  WsDeflateAnswer answer;
  // Both, asked for or not: neither side keeps anything from one message to the next.
  answer.extension = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (offer.server_bits) {
    answer.agreed.window_bits = static_cast<uint8_t>(*offer.server_bits);
    answer.extension += "; server_max_window_bits=" + std::to_string(*offer.server_bits);
  }
  return answer;
}

}  // namespace

std::optional<WsDeflateAnswer> answer_deflate_offers(std::string_view extensions) {
  while (const std::optional<std::string_view> offer = take_list_element(extensions))
    if (std::optional<WsDeflateAnswer> answer = answer_offer(*offer)) return answer;
  return std::nullopt;
}

Inflated ws_inflate(std::string_view packed, size_t bytes_max, std::string& out) {
  thread_local Inflater inflater;
  return inflater.run(packed, bytes_max, out);
}

std::optional<std::string_view> ws_deflate(std::string_view plain, WsDeflate agreed) {
  // With no distance longer than the message none is longer than the window.
  const size_t window_bytes = size_t{1} << agreed.window_bits;
  const bool fits = agreed.window_bits == kWindowBits || plain.size() <= window_bytes;
  if (plain.empty() || !fits) return std::nullopt;
  thread_local Deflater deflater;
  return deflater.run(plain);
}

}  // namespace mpim
