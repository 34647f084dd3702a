#include "tests/protocol/ws/ws_properties.h"

#include "server/protocol/ws/ws_reader.h"
#include "server/protocol/ws/ws_writer.h"
#include "tests/protocol/ws/client_frames.h"

namespace mpim {
namespace {

using Kind = WsEvent::Kind;

// The same event, as a client would send it in one plain frame; nothing for a failure.
std::string written(const WsEvent& event) {
  const std::string_view payload = event.payload;
  if (event.kind == Kind::kText) return client_frame(kFin | 1, payload);
  if (event.kind == Kind::kBinary) return client_frame(kFin | 2, payload);
  if (event.kind == Kind::kPing) return client_frame(kFin | 9, payload);
  if (event.kind == Kind::kPong) return client_frame(kFin | 10, payload);
  if (event.kind != Kind::kClose) return {};
  if (event.close == WsClose::kNoCode) return client_frame(kFin | 8, {});
  return client_frame(kFin | 8, close_payload(static_cast<uint16_t>(event.close), payload));
}

std::string broken_compression(std::string_view payload, size_t choice) {
  const auto bits = static_cast<uint8_t>(8 + choice % 8);
  const std::optional<std::string_view> packed = ws_deflate(payload, {.window_bits = bits});
  if (!packed) return {};
  if (packed->size() >= payload.size()) return "compression made it longer";
  std::string plain;
  if (ws_inflate(*packed, payload.size(), plain) != Inflated::kWhole || plain != payload)
    return "what was compressed is something else";
  return {};
}

// Its failure, and what it left, are not written anew.
std::string without_end(std::string lines) {
  for (const std::string_view end : {"failed ", "left "}) {
    const size_t at = lines.starts_with(end) ? 0 : lines.rfind("\n" + std::string(end));
    if (at != lines.npos) lines.erase(at == 0 ? 0 : at + 1);
  }
  return lines;
}

}  // namespace

std::string broken_ws_property(std::string_view bytes, size_t choice) {
  Reading reading{.message_bytes_max = 1U << (choice >> 1 & 15), .deflate = (choice & 1) != 0};
  const std::string events = events_of(std::string(bytes), reading);
  for (const size_t cut : {size_t{1}, choice + 2}) {
    reading.cut_seed = cut;
    const std::string others = events_of(std::string(bytes), reading);
    if (others != events) return "cut, it is read as\n" + others + "and whole as\n" + events;
  }
  WsReader reader(reading.message_bytes_max, reading.deflate);
  std::string copy(bytes);
  std::span<char> left(copy);
  std::string again;
  while (true) {
    const WsEvent event = reader.next(left);
    if (event.kind == Kind::kNone) break;
    const bool message = event.kind == Kind::kText || event.kind == Kind::kBinary;
    if (message && event.payload.size() > reading.message_bytes_max) return "a message is too long";
    if (std::string broken = broken_compression(event.payload, choice); !broken.empty())
      return broken;
    again += written(event);
  }
  reading = {.message_bytes_max = reading.message_bytes_max};
  const std::string told = events_of(again, reading);
  if (told != without_end(events)) return "written anew it is\n" + told + "and was\n" + events;
  return {};
}

}  // namespace mpim
