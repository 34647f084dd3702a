#include "server/protocol/ws/ws_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "server/protocol/ws/ws_deflate.h"

namespace mpim {
namespace {

constexpr size_t kShortest = 2;  // a header without length and mask
constexpr uint8_t kFinalBit = 0x80;
constexpr uint8_t kCompressedBit = 0x40;  // RSV1
constexpr uint8_t kReservedBits = 0x30;   // RSV2, RSV3
constexpr uint8_t kOpcodeBits = 0x0f;
constexpr uint8_t kMaskBit = 0x80;
constexpr uint8_t kLengthBits = 0x7f;
constexpr uint8_t kLength16 = 126;
constexpr uint8_t kLength64 = 127;
constexpr uint64_t kCompressedBytesMore = 64;

std::string_view view_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

uint64_t big_endian(std::span<const char> bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

bool is_control(WsOpcode opcode) { return opcode >= WsOpcode::kClose; }

bool is_known(WsOpcode opcode) {
  return opcode <= WsOpcode::kBinary || (opcode >= WsOpcode::kClose && opcode <= WsOpcode::kPong);
}

}  // namespace

// What the front of a frame says, as far as it has come.
struct WsReader::Header {
  explicit Header(std::span<const char> bytes);

  uint8_t bytes_come;  // up to two: what can be judged
  bool final = false;
  bool compressed = false;
  bool reserved = false;
  bool masked = false;
  WsOpcode opcode = WsOpcode::kContinuation;
  uint8_t short_length = 0;
  bool length_come = false;
  uint64_t length = 0;
  bool whole = false;  // the mask is there, too
  uint32_t mask = 0;
  size_t bytes = kShortest;  // its own

 private:
  void read_length(std::span<const char> from);
};

WsReader::Header::Header(std::span<const char> from)
    : bytes_come(static_cast<uint8_t>(std::min(from.size(), kShortest))) {
  if (from.empty()) return;
  const auto first = static_cast<uint8_t>(from[0]);
  final = (first & kFinalBit) != 0;
  compressed = (first & kCompressedBit) != 0;
  reserved = (first & kReservedBits) != 0;
  opcode = static_cast<WsOpcode>(first & kOpcodeBits);
  if (from.size() < kShortest) return;
  const auto second = static_cast<uint8_t>(from[1]);
  masked = (second & kMaskBit) != 0;
  short_length = second & kLengthBits;
  read_length(from.subspan(kShortest));
}

void WsReader::Header::read_length(std::span<const char> from) {
  const size_t more = short_length == kLength64   ? sizeof(uint64_t)
                      : short_length == kLength16 ? sizeof(uint16_t)
                                                  : 0;
  bytes += more + sizeof mask;
  if (from.size() < more) return;
  length_come = true;
  length = more == 0 ? short_length : big_endian(from.first(more));
  if (from.size() < more + sizeof mask) return;
  std::memcpy(&mask, from.data() + more, sizeof mask);
  whole = true;
}

// The first of its faults; none: nullptr.
const char* WsReader::fault_of(const Header& header) const {
  const bool control = is_control(header.opcode);
  const bool begins = header.opcode == WsOpcode::kText || header.opcode == WsOpcode::kBinary;
  const bool within = opcode_ != WsOpcode::kContinuation;
  if (header.bytes_come == 0) return nullptr;
  if (header.reserved) return "a frame has a reserved bit that nobody agreed on";
  if (!is_known(header.opcode)) return "a frame has a reserved opcode";
  if (header.compressed && !deflate_) return "a frame is compressed, and nobody agreed on that";
  if (header.compressed && !begins) return "only a message's first frame says it is compressed";
  if (control && !header.final) return "a control frame may not be fragmented";
  if (begins && within) return "a message begins before the one before it has ended";
  if (!control && !begins && !within) return "a fragment continues no message";
  if (header.bytes_come < kShortest) return nullptr;
  if (!header.masked) return "a client's frames must be masked";
  if (control && header.short_length > kWsControlBytesMax)
    return "a control frame has more than 125 bytes";
  if (!header.length_come) return nullptr;
  if (header.length >> 63 != 0) return "a frame's length has its highest bit set";
  const bool shorter16 = header.short_length == kLength16 && header.length < kLength16;
  const bool shorter64 = header.short_length == kLength64 && header.length <= UINT16_MAX;
  return shorter16 || shorter64 ? "a frame's length is not in its shortest form" : nullptr;
}

WsEvent WsReader::next(std::span<char>& bytes) {
  if (std::exchange(given_, false)) std::string().swap(message_);
  WsEvent event;
  Step step = Step::kGo;
  while (!over_ && step == Step::kGo && event.kind == WsEvent::Kind::kNone)
    step = in_frame_ ? take_payload(bytes, event) : take_header(bytes, event);
  if (over_) bytes = bytes.last(0);
  return event;
}

WsReader::Step WsReader::take_header(std::span<char>& bytes, WsEvent& event) {
  const Header header(bytes);
  if (const char* const fault = fault_of(header)) {
    fail(WsClose::kProtocol, fault, event);
    return Step::kGo;
  }
  if (is_control(header.opcode)) return take_control(header, bytes, event);
  if (!header.length_come) return Step::kWait;
  if (!fits(header)) {
    fail(WsClose::kTooBig, too_big(), event);
    return Step::kGo;
  }
  if (!header.whole) return Step::kWait;
  begin_frame(header);
  bytes = bytes.subspan(header.bytes);
  return Step::kGo;
}

WsReader::Step WsReader::take_control(const Header& header, std::span<char>& bytes,
                                      WsEvent& event) {
  if (!header.whole || bytes.size() < header.bytes + header.length) return Step::kWait;
  const std::span<char> payload = bytes.subspan(header.bytes, header.length);
  bytes = bytes.subspan(header.bytes + header.length);
  ws_mask(payload, header.mask);
  if (header.opcode == WsOpcode::kClose) {
    closed(view_of(payload), event);
    return Step::kGo;
  }
  event.kind = header.opcode == WsOpcode::kPing ? WsEvent::Kind::kPing : WsEvent::Kind::kPong;
  event.payload = view_of(payload);
  return Step::kGo;
}

void WsReader::closed(std::string_view payload, WsEvent& event) {
  constexpr size_t kCodeBytes = sizeof(uint16_t);
  if (payload.size() == 1) return fail(WsClose::kProtocol, "a close has half a code", event);
  event.kind = WsEvent::Kind::kClose;
  if (payload.size() >= kCodeBytes) {
    const auto code = static_cast<uint16_t>(big_endian(payload.substr(0, kCodeBytes)));
    if (!ws_close_code_sendable(code))
      return fail(WsClose::kProtocol, "a close has a code that may not be sent", event);
    event.close = static_cast<WsClose>(code);
    event.payload = payload.substr(kCodeBytes);
    Utf8Check check;
    if (!check.take(event.payload) || !check.complete())
      return fail(WsClose::kBadText, "a close's reason is not UTF-8", event);
  }
  over_ = true;
  std::string().swap(message_);
}

bool WsReader::fits(const Header& header) const {
  const bool begins = header.opcode != WsOpcode::kContinuation;
  uint64_t bytes_max = message_bytes_max_;
  // Compressed bytes may be more than what they say, by what a careless compressor adds.
  if (begins ? header.compressed : compressed_) bytes_max += bytes_max / 4 + kCompressedBytesMore;
  return header.length <= bytes_max && message_.size() + header.length <= bytes_max;
}

std::string WsReader::too_big() const {
  return "a message may have " + std::to_string(message_bytes_max_) + " bytes";
}

void WsReader::begin_frame(const Header& header) {
  if (header.opcode != WsOpcode::kContinuation) {
    opcode_ = header.opcode;
    compressed_ = header.compressed;
  }
  final_ = header.final;
  frame_left_ = static_cast<uint32_t>(header.length);
  mask_ = header.mask;
  in_frame_ = true;
}

WsReader::Step WsReader::take_payload(std::span<char>& bytes, WsEvent& event) {
  const std::span<char> part = bytes.first(std::min<size_t>(frame_left_, bytes.size()));
  if (part.empty() && frame_left_ > 0) return Step::kWait;
  bytes = bytes.subspan(part.size());
  mask_ = ws_mask(part, mask_);
  frame_left_ -= static_cast<uint32_t>(part.size());
  const bool text = opcode_ == WsOpcode::kText && !compressed_;
  if (text && !utf8_.take(view_of(part))) {
    fail(WsClose::kBadText, "a text is not UTF-8", event);
    return Step::kGo;
  }
  in_frame_ = frame_left_ > 0;
  if (!in_frame_ && final_)
    end_message(view_of(part), event);
  else
    message_.append(part.data(), part.size());
  return Step::kGo;
}

// A message that came in one piece stays where it lies.
void WsReader::end_message(std::string_view last, WsEvent& event) {
  if (!message_.empty()) {
    message_.append(last);
    last = message_;
    given_ = true;
  }
  if (compressed_) {
    if (!inflate(last, event)) return;
    last = message_;
  }
  const bool text = opcode_ == WsOpcode::kText;
  if (text && compressed_ && !utf8_.take(last))
    return fail(WsClose::kBadText, "a text is not UTF-8", event);
  if (text && !utf8_.complete())
    return fail(WsClose::kBadText, "a text ends within a character", event);
  event.kind = text ? WsEvent::Kind::kText : WsEvent::Kind::kBinary;
  event.payload = last;
  opcode_ = WsOpcode::kContinuation;
}

bool WsReader::inflate(std::string_view packed, WsEvent& event) {
  std::string plain;
  const Inflated done = ws_inflate(packed, message_bytes_max_, plain);
  if (done == Inflated::kBroken)
    fail(WsClose::kBadText, "a compressed message is broken, or refers to another one", event);
  if (done == Inflated::kTooLarge) fail(WsClose::kTooBig, too_big(), event);
  if (done != Inflated::kWhole) return false;
  message_ = std::move(plain);
  given_ = true;
  return true;
}

void WsReader::fail(WsClose close, std::string_view why, WsEvent& event) {
  message_ = std::string(why);
  given_ = true;
  over_ = true;
  in_frame_ = false;
  opcode_ = WsOpcode::kContinuation;
  event = {WsEvent::Kind::kFailed, close, message_};
}

}  // namespace mpim
