#include "tests/protocol/ws/client_frames.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "server/core/check.h"
#include "server/protocol/ws/ws_reader.h"

namespace mpim {
namespace {

std::string shown(std::string_view payload) {
  constexpr size_t kShownBytes = 64;
  std::string out;
  if (payload.size() <= kShownBytes) {
    for (const char c : payload)
      out += c >= 32 && c < 127 ? std::string(1, c)
                                : fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
    return out;
  }
  uint64_t sum = 14'695'981'039'346'656'037U;
  for (const char c : payload) sum = (sum ^ static_cast<uint8_t>(c)) * 1'099'511'628'211U;
  return fmt::format("{} bytes #{}", payload.size(), sum % 1'000'000);
}

std::string line_of(const WsEvent& event) {
  constexpr std::string_view kNames[] = {"none", "text",  "binary", "ping",
                                         "pong", "close", "failed"};
  std::string line(kNames[static_cast<size_t>(event.kind)]);
  if (event.kind >= WsEvent::Kind::kClose)
    line += ' ' + std::to_string(static_cast<uint16_t>(event.close));
  if (event.kind == WsEvent::Kind::kFailed) return line + ' ' + std::string(event.payload) + '\n';
  return line + (event.payload.empty() ? "" : ' ' + shown(event.payload)) + '\n';
}

}  // namespace

std::string client_frame(uint8_t first, std::string_view payload, uint32_t mask) {
  std::string frame(1, static_cast<char>(first));
  const size_t more = payload.size() < 126 ? 0 : payload.size() < 65'536 ? 2 : 8;
  frame += static_cast<char>(kMask | (more == 0 ? payload.size() : more == 2 ? 126 : 127));
  for (size_t i = more; i-- > 0;) frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  const size_t key = frame.size();
  frame.append(reinterpret_cast<const char*>(&mask), sizeof mask);
  for (size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ frame[key + i % sizeof mask]);
  return frame;
}

std::string close_payload(uint16_t code, std::string_view reason) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)}.append(reason);
}

std::string deflated(std::string_view plain, int level) {
  z_stream stream{};
  MPIM_CHECK(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  std::string out(plain.size() + plain.size() / 8 + 128, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  MPIM_CHECK(deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_out > 0, "zlib");
  out.resize(out.size() - stream.avail_out - 4);
  deflateEnd(&stream);
  return out;
}

std::string events_of(std::string bytes, const Reading& reading) {
  WsReader reader(reading.message_bytes_max, reading.deflate);
  std::string told;
  std::string pending;
  size_t seed = reading.cut_seed;
  while (!bytes.empty()) {
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const size_t drawn = reading.cut_seed == 1 ? 1 : 1 + (seed >> 40) % 17;
    const size_t length = reading.cut_seed == 0 ? bytes.size() : std::min(drawn, bytes.size());
    pending.append(bytes, 0, length);
    bytes.erase(0, length);
    std::span<char> left(pending);
    while (true) {
      const WsEvent event = reader.next(left);
      if (event.kind == WsEvent::Kind::kNone) break;
      told += line_of(event);
    }
    pending.erase(0, pending.size() - left.size());
  }
  return pending.empty() ? told : told + "left " + std::to_string(pending.size()) + '\n';
}

}  // namespace mpim
