#include "server/protocol/line_codec.h"

#include <fmt/format.h>

#include <cstring>

#include "server/protocol/line_encoding.h"

namespace mpim {
namespace {

// What an idle connection may keep allocated for its next unfinished line.
constexpr size_t kPartialKeptBytes = 4'096;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

size_t LineCodec::feed(std::string_view bytes, size_t count_max, std::vector<Incoming>& out) {
  const size_t full =
      count_max > out.max_size() - out.size() ? out.max_size() : out.size() + count_max;
  size_t taken = 0;
  while (taken < bytes.size() && out.size() < full) {
    const std::string_view rest = bytes.substr(taken);
    const void* const end = std::memchr(rest.data(), '\n', rest.size());
    if (end == nullptr) {
      keep(rest, out);
      return bytes.size();
    }
    const auto length = static_cast<size_t>(static_cast<const char*>(end) - rest.data());
    taken += length + 1;
    take_line(rest.substr(0, length), out);
  }
  return taken;
}

void LineCodec::take_line(std::string_view line, std::vector<Incoming>& out) {
  if (discarding_) {
    discarding_ = false;
    return;
  }
  if (!partial_.empty()) {
    join(line);
    line = partial_;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > limits_.line_bytes_max) {
    out.emplace_back(Parsed(too_large()));
  } else if (!is_blank(line)) {
    out.push_back(parse_line(line, limits_));
  }
  partial_.clear();
  if (partial_.capacity() > kPartialKeptBytes) partial_.shrink_to_fit();
}

void LineCodec::keep(std::string_view unfinished, std::vector<Incoming>& out) {
  if (discarding_) return;
  join(unfinished);
  if (!too_long(partial_)) return;
  std::string().swap(partial_);  // assigning an empty one would keep its memory
  discarding_ = true;
  out.emplace_back(Parsed(too_large()));
}

// What is over the limit, even without a CR, is answered and not read: so far and no further.
void LineCodec::join(std::string_view more) {
  partial_.append(more.substr(0, limits_.line_bytes_max + size_t{2} - partial_.size()));
}

// A CR right behind the longest line may be the first half of its end.
bool LineCodec::too_long(std::string_view line) const {
  if (line.size() == limits_.line_bytes_max + size_t{1}) return line.back() != '\r';
  return line.size() > limits_.line_bytes_max;
}

Error LineCodec::too_large() const {
  return {Code::kTooLarge, fmt::format("the line is over {} bytes (line.bytes_max) and was skipped",
                                       limits_.line_bytes_max)};
}

void LineCodec::encode_greeting(std::string& out) const { line::encode_greeting(out); }

void LineCodec::encode(const Response& response, std::string_view, std::string& out) const {
  line::encode(response, out);
}

void LineCodec::encode_entry(const Entry& entry, bool to_sender, std::string& out) const {
  line::encode_entry(entry, to_sender, out);
}

void LineCodec::encode_notice(const NoticeLine& notice, std::string& out) const {
  line::encode_notice(notice, out);
}

void LineCodec::encode_signal(const Signal& signal, std::string& out) const {
  line::encode_signal(signal, out);
}

}  // namespace mpim
