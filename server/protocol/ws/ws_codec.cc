#include "server/protocol/ws/ws_codec.h"

#include <algorithm>
#include <span>

#include "server/protocol/json/envelope.h"
#include "server/protocol/json/json_answers.h"
#include "server/protocol/json/json_pushes.h"
#include "server/protocol/ws/ws_writer.h"

namespace mpim {
namespace {

// The tag of a client's close, which is answered by a close.
constexpr std::string_view kClosing = "close";

// What is shared by many must be readable by each of them: only with the whole window.
constexpr uint8_t kWholeWindow = 15;

// Of messages, unpacked, in one turn: a hundred bytes may stand for 65,536, and others wait.
constexpr size_t kTurnBytes = 65'536;

// As the other side may take it: come again later, never, or it was its own doing.
WsClose close_code(Code why) {
  switch (why) {
    case Code::kDraining: return WsClose::kGoingAway;
    case Code::kBusy:
    case Code::kUnavailable: return WsClose::kTryLater;
    case Code::kInternal: return WsClose::kInternal;
    default: return WsClose::kPolicy;
  }
}

// Room that each thread reads and writes in: nothing in it outlives a call.
std::string& reading_room() {
  thread_local std::string room;
  return room;
}
std::string& writing_room() {
  thread_local std::string room;
  return room;
}

}  // namespace

WsCodec::WsCodec(const WsLimits& limits)
    : limits_(limits), reader_(limits.message_bytes_max, false) {}

size_t WsCodec::feed(std::string_view bytes, size_t count_max, std::vector<Incoming>& out) {
  if (over_) return bytes.size();
  if (count_max == 0) return 0;
  const size_t full = out.size() + std::min(count_max, out.max_size() - out.size());
  std::string& room = reading_room();
  room.assign(held_);
  room.append(bytes);
  std::string().swap(held_);
  std::span<char> rest(room);
  if (!open_) {
    std::string_view head(rest.data(), rest.size());
    if (!shake_hands(head)) return bytes.size();
    rest = rest.last(head.size());
  }
  size_t turn_bytes = 0;
  while (!rest.empty() && !over_ && out.size() < full && turn_bytes < kTurnBytes) {
    const WsEvent event = reader_.next(rest);
    turn_bytes += event.payload.size();
    if (event.kind == WsEvent::Kind::kNone) {
      held_.assign(rest.data(), rest.size());
      return bytes.size();
    }
    take(event, out);
  }
  return over_ ? bytes.size() : bytes.size() - rest.size();
}

// False: there is nothing to be read behind it, yet or ever.
bool WsCodec::shake_hands(std::string_view& bytes) {
  std::optional<WsHandshake> handshake = answer_ws_handshake(bytes, limits_.rules);
  if (!handshake) {
    held_ = bytes;
    return false;
  }
  own_words_ += handshake->answer;
  over_ = !handshake->accepted();
  if (over_) return false;
  open_ = true;
  reader_ = WsReader(limits_.message_bytes_max, handshake->deflate.has_value());
  if (handshake->deflate && handshake->deflate->window_bits == kWholeWindow)
    deflate_ = handshake->deflate;
  bytes.remove_prefix(handshake->head_bytes);
  return true;
}

void WsCodec::take(const WsEvent& event, std::vector<Incoming>& out) {
  switch (event.kind) {
    case WsEvent::Kind::kText: {
      JsonRequest request = read_envelope(event.payload, limits_.json);
      out.emplace_back(std::move(request.parsed), std::move(request.tag));
      return;
    }
    case WsEvent::Kind::kBinary:
      return end_with(WsClose::kNotAccepted, "requests are JSON, in text messages");
    case WsEvent::Kind::kPing: return ws_append_pong(event.payload, own_words_);
    case WsEvent::Kind::kClose:
      // What it has acknowledged is to be kept before it is answered.
      out.emplace_back(Request(QuitRequest{}), std::string(kClosing));
      return end_with(event.close, {});
    case WsEvent::Kind::kFailed: return end_with(event.close, event.payload);
    case WsEvent::Kind::kPong:
    case WsEvent::Kind::kNone: return;
  }
}

void WsCodec::end_with(WsClose close, std::string_view why) {
  over_ = true;
  end_ = close;
  end_why_ = why;
}

void WsCodec::take_own_words(std::string& out) {
  if (own_words_.empty()) return;
  out += own_words_;
  std::string().swap(own_words_);
}

// What is said before hands were shaken, nobody would understand.
template <class Write>
void WsCodec::frame(std::string& out, Write write) const {
  if (!open_) return;
  std::string& room = writing_room();
  room.clear();
  write(room);
  if (packs()) return ws_append_text_deflated(room, *deflate_, limits_.deflate_over_bytes, out);
  ws_append_text(room, out);
}

void WsCodec::encode(const Response& response, std::string_view tag, std::string& out) const {
  if (tag == kClosing) return;
  frame(out, [&](std::string& text) { write_answer(response, tag, text); });
}

void WsCodec::encode_entry(const Entry& entry, bool to_sender, std::string& out) const {
  frame(out, [&](std::string& text) { write_entry(entry, to_sender, text); });
}

void WsCodec::encode_notice(const NoticeLine& notice, std::string& out) const {
  frame(out, [&](std::string& text) { write_notice(notice, text); });
}

void WsCodec::encode_signal(const Signal& signal, std::string& out) const {
  frame(out, [&](std::string& text) { write_signal(signal, text); });
}

void WsCodec::encode_heartbeat(std::string& out) const {
  if (open_) ws_append_ping({}, out);
}

void WsCodec::encode_end(const Error* why, std::string& out) const {
  if (open_ && (over_ || why == nullptr)) return ws_append_close(end_, end_why_, out);
  if (open_) {
    const std::string reason = std::string(name_of(why->code)) + " " + why->message;
    return ws_append_close(close_code(why->code), reason, out);
  }
  if (over_ || why == nullptr) return;  // refused, in words of its own; or nobody asked
  out += ws_refusal(*why);
}

}  // namespace mpim
