// One client's WebSocket frames become messages (RFC 6455, and 7692 without context takeover).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/protocol/ws/ws_frame.h"
#include "server/protocol/ws/ws_utf8.h"

namespace mpim {

// What came, once it came whole.
struct WsEvent {
  enum class Kind : uint8_t { kNone, kText, kBinary, kPing, kPong, kClose, kFailed };

  Kind kind = Kind::kNone;
  // kClose: what the client gave, kNoCode for nothing. kFailed: what to close with.
  WsClose close = WsClose::kNoCode;
  // The message, unmasked and inflated; a ping's or pong's; a close's reason; of kFailed a
  // sentence.
  std::string_view payload;
};

// Reads the frames of one connection, each whole message and control frame an event.
// Threads  one at a time; its thread's decompressor is used.
// Order    as they came; control frames between the fragments of a message come before it.
// Limits   a message, inflated, has at most `message_bytes_max` bytes; a header that announces more
//          fails at once, and a bomb where it gets there. Compressed bytes that say nothing are
//          bounded by a quarter more than that. Idle it owns no heap.
// Errors   one kFailed, as early as the first byte that shows it; text that is not UTF-8 even
//          within a frame that has not ended, if it is not compressed.
class WsReader {
 public:
  static constexpr uint32_t kMessageBytesMost = 1U << 30;

  // `message_bytes_max` is at most kMessageBytesMost. `deflate`: it was agreed on.
  WsReader(uint32_t message_bytes_max, bool deflate)
      : message_bytes_max_(message_bytes_max), deflate_(deflate) {}

  // Takes bytes off the front of `bytes`, unmasking them where they lie, until there is an event.
  // kNone: what is left (less than a control frame) is to be offered again with more behind it;
  // call until then. A payload lies in `bytes` or in the reader: good until the next call.
  // After kClose and kFailed all bytes are taken and say nothing.
  WsEvent next(std::span<char>& bytes);

  // Neither within a message nor within a frame.
  bool idle() const { return !in_frame_ && opcode_ == WsOpcode::kContinuation; }

 private:
  struct Header;
  enum class Step : uint8_t { kGo, kWait };

  Step take_header(std::span<char>& bytes, WsEvent& event);
  Step take_control(const Header& header, std::span<char>& bytes, WsEvent& event);
  bool fits(const Header& header) const;
  void begin_frame(const Header& header);
  Step take_payload(std::span<char>& bytes, WsEvent& event);
  void end_message(std::string_view last, WsEvent& event);
  bool inflate(std::string_view packed, WsEvent& event);
  const char* fault_of(const Header& header) const;
  std::string too_big() const;
  void closed(std::string_view payload, WsEvent& event);
  void fail(WsClose close, std::string_view why, WsEvent& event);

  std::string message_;      // what came of an unfinished message; or what was just given
  uint32_t frame_left_ = 0;  // bytes of the frame's payload that have not come
  uint32_t mask_ = 0;        // of the frame, turned to where it is
  uint32_t message_bytes_max_;
  Utf8Check utf8_;
  WsOpcode opcode_ = WsOpcode::kContinuation;  // of the message; kContinuation: there is none
  bool deflate_;
  bool compressed_ = false;  // the message is
  bool final_ = false;       // the frame is its message's last
  bool in_frame_ = false;
  bool given_ = false;  // message_ was handed out
  bool over_ = false;
};
static_assert(sizeof(WsReader) <= 56, "an idle connection is cheap");

}  // namespace mpim
