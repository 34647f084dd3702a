#include "ops/bench/load/load_line.h"

#include <charconv>

namespace mpim::ops {
namespace {

std::optional<MessageId> id_behind(std::string_view line, std::string_view start) {
  if (!line.starts_with(start)) return std::nullopt;
  uint64_t id = 0;
  const auto [end, failed] =
      std::from_chars(line.data() + start.size(), line.data() + line.size(), id);
  if (failed != std::errc{} || id == 0) return std::nullopt;
  if (end != line.data() + line.size() && *end != ' ') return std::nullopt;
  return MessageId(id);
}

}  // namespace

std::optional<LoadPush> read_push(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (const auto event = id_behind(line, "EVENT id=")) return LoadPush{*event, {}};
  const auto id = id_behind(line, "MSG id=");
  if (!id) return std::nullopt;
  constexpr std::string_view kText = " text=\"";  // the last field
  const size_t at = line.find(kText);
  if (at == std::string_view::npos || !line.ends_with('"')) return std::nullopt;
  const size_t from = at + kText.size();
  if (from >= line.size()) return std::nullopt;
  return LoadPush{*id, line.substr(from, line.size() - from - 1)};
}

std::optional<MessageId> read_stored(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return id_behind(line, "+OK msg_id=");
}

}  // namespace mpim::ops
