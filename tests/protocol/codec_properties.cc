#include "tests/protocol/codec_properties.h"

#include <random>

#include "server/contract/names.h"
#include "server/protocol/line_client.h"
#include "server/protocol/line_codec.h"
#include "server/protocol/line_encoding.h"
#include "tests/protocol/describe.h"

namespace mpim {
namespace {

// Small, so that few bytes reach them.
constexpr LineLimits kLimits{.line_bytes_max = 64, .text_bytes_max = 24};

std::string written(const Parsed& parsed) {
  if (parsed.ok()) return describe(*parsed);
  std::string out;
  line::encode(Response(parsed.error()), out);
  return out;
}

// How many answers the bytes are owed, found without the codec.
size_t outcomes_owed(std::string_view bytes) {
  size_t owed = 0;
  while (true) {
    const size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    const bool whole = end != std::string_view::npos;
    if (line.ends_with('\r') && (whole || line.size() == kLimits.line_bytes_max + 1))
      line.remove_suffix(1);
    const bool too_long = line.size() > kLimits.line_bytes_max;
    const bool blank = line.find_first_not_of(" \t") == std::string_view::npos;
    if (too_long || (whole && !blank)) ++owed;
    if (!whole) return owed;
    bytes.remove_prefix(end + 1);
  }
}

std::vector<Incoming> fed_at_once(std::string_view bytes) {
  LineCodec codec(kLimits);
  std::vector<Incoming> out;
  codec.feed(bytes, out);
  return out;
}

// In pieces, pausing after one to four requests. An overstepped bound is told in `broken`.
std::vector<Incoming> fed_in_pieces(std::string_view bytes, uint32_t seed, std::string& broken) {
  std::mt19937 random(seed);
  LineCodec codec(kLimits);
  std::vector<Incoming> out;
  for (size_t at = 0; at < bytes.size();) {
    const size_t before = out.size();
    const size_t count_max = 1 + random() % 4;
    const std::string_view piece = bytes.substr(at, 1 + random() % 80);
    const size_t taken = codec.feed(piece, count_max, out);
    if (out.size() - before > count_max) broken = "feed gave more requests than asked";
    if (taken < piece.size() && out.size() - before < count_max)
      broken = "feed stopped without a reason";
    if (codec.held_bytes() > 2 * kLimits.line_bytes_max + 16)
      broken = "an unfinished line is held unbounded";
    at += taken;
  }
  return out;
}

std::string broken_outcome(const Parsed& parsed) {
  const std::string out = written(parsed);
  if (!is_text(out)) return "an outcome is no valid UTF-8: " + out;
  if (!parsed.ok()) {
    if (out.find_first_of("\n\r") != out.size() - 1)
      return "an error is more than one line: " + out;
    const ServerLine read = parse_server_line(std::string_view(out).substr(0, out.size() - 1));
    const auto* const error = std::get_if<ReplyError>(&read);
    return error != nullptr && error->error.code == parsed.error().code
               ? ""
               : "a client misreads " + out;
  }
  const auto* const send = std::get_if<SendRequest>(&*parsed);
  if (send == nullptr) return {};
  if (send->text.empty() || send->text.size() > kLimits.text_bytes_max)
    return "a text is out of bounds";
  const Parsed again = parse_line("SEND 1 " + quote(send->text), LineLimits{});
  const bool same = again.ok() && std::get<SendRequest>(*again).text == send->text;
  return same ? "" : "a text does not survive quoting: " + out;
}

}  // namespace

std::string broken_codec_property(std::string_view bytes, uint32_t seed) {
  std::string broken;
  const std::vector<Incoming> at_once = fed_at_once(bytes);
  const std::vector<Incoming> in_pieces = fed_in_pieces(bytes, seed, broken);
  if (!broken.empty()) return broken;
  if (at_once.size() != outcomes_owed(bytes)) return "not exactly one outcome for each line";
  if (at_once.size() != in_pieces.size())
    return "cutting the bytes changes how many outcomes there are";
  for (size_t i = 0; i < at_once.size(); ++i) {
    if (written(at_once[i]) != written(in_pieces[i])) return "cutting the bytes changes an outcome";
    if (std::string found = broken_outcome(at_once[i]); !found.empty()) return found;
  }
  return {};
}

}  // namespace mpim
