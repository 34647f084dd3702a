#include "client-cli/render.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

constexpr std::string_view kDim = "2";
constexpr std::string_view kRed = "31";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kBold = "1";
constexpr std::string_view kFound = "1;4";
// Names are told apart by colour; these are readable on light and dark grounds.
constexpr std::array<std::string_view, 6> kAuthors{"31", "32", "33", "34", "35", "36"};

std::string formatted(Timestamp at, const char* format, bool utc) {
  const time_t seconds = at.ms / 1'000;
  tm parts{};
  if (utc)
    ::gmtime_r(&seconds, &parts);
  else
    ::localtime_r(&seconds, &parts);
  std::array<char, 64> buffer{};
  const size_t size = ::strftime(buffer.data(), buffer.size(), format, &parts);
  return {buffer.data(), size};
}

std::string ago(Timestamp at, Timestamp now) {
  const int64_t seconds = std::max<int64_t>(now.ms - at.ms, 0) / 1'000;
  if (seconds < 60) return "now";
  if (seconds < 3'600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3'600);
  return fmt::format("{}d", seconds / 86'400);
}

// Lines of a text after its first are moved in, so that no text can pass for a line of somebody
// else.
std::string body(std::string_view text) { return harmless(text, "\n  | "); }

}  // namespace

std::string iso_time(Timestamp at) {
  return formatted(at, "%Y-%m-%dT%H:%M:%S", true) + fmt::format(".{:03}Z", at.ms % 1'000);
}

std::string until_text(std::string_view ms) {
  int64_t until = 0;
  const auto [end, error] = std::from_chars(ms.data(), ms.data() + ms.size(), until);
  const bool known = error == std::errc{} && end == ms.data() + ms.size();
  // So far away that no clock is right there.
  constexpr int64_t kFarAway = 253'402'300'800'000;
  if (!known || until >= kFarAway || until < 0) return "until it is lifted";
  return "until " + iso_time(Timestamp{until});
}

void Renderer::set_self(UserId self, std::string name) {
  self_ = self;
  self_name_ = std::move(name);
}

std::optional<std::string> Renderer::day_line(Timestamp at) {
  if (options_.time != TimeStyle::kLocal && options_.time != TimeStyle::kRelative)
    return std::nullopt;
  std::string day = formatted(at, "%A, %-d %B %Y", false);
  if (day == last_day_) return std::nullopt;
  last_day_ = std::move(day);
  return painted(kDim, "-- " + last_day_ + " --");
}

std::string Renderer::entry(const Entry& entry, Timestamp now) const {
  if (entry.kind != EntryKind::kMessage)
    return time(entry.at, now) + painted(kDim, "* " + change(entry));
  std::string line = time(entry.at, now);
  if (entry.group) line += painted(kBold, harmless(people_.name_of(entry.group), " ")) + " ";
  if (entry.sender == self_ && !entry.group) {
    const auto peer = people_.behind(entry.conversation);
    line += fmt::format("{} {}", arrow(), peer ? harmless(people_.name_of(*peer), " ") : "?");
  } else {
    line += author(entry.sender);
  }
  if (entry.file)
    line += fmt::format(" [{}, /save {} PATH]", mpim::name_of(entry.type), entry.file.value);
  else if (entry.type != ContentType::kText)
    line += fmt::format(" [{}]", mpim::name_of(entry.type));
  const bool mentioned = !self_name_.empty() && entry.sender != self_ &&
                         entry.text.find("@" + self_name_) != std::string::npos;
  if (entry.state == EntryState::kRecalled) return line + ": " + painted(kDim, "(taken back)");
  const std::string edited =
      entry.state == EntryState::kEdited ? " " + painted(kDim, "(changed)") : "";
  return line + ": " + (mentioned ? painted(kBold, body(entry.text)) : body(entry.text)) + edited;
}

std::string Renderer::found(const Entry& entry, std::string_view words) const {
  std::string line;
  if (options_.time != TimeStyle::kNone)
    line = painted(kDim, options_.time == TimeStyle::kIso
                             ? iso_time(entry.at)
                             : formatted(entry.at, "%Y-%m-%d %H:%M", false)) +
           " ";
  if (entry.group) line += painted(kBold, harmless(people_.name_of(entry.group), " ")) + " ";
  line += author(entry.sender);
  const auto peer = people_.behind(entry.conversation);
  if (entry.sender == self_ && !entry.group && peer)
    line += fmt::format(" {} {}", arrow(), harmless(people_.name_of(*peer), " "));
  return line + ": " + marked(body(entry.text), words);
}

// Letters of ASCII in either case; of other scripts what is equal.
std::string Renderer::marked(std::string_view text, std::string_view words) const {
  if (!options_.color) return std::string(text);
  const auto same = [](char a, char b) {
    return a == b || (static_cast<unsigned char>(a) < 0x80 && std::isalpha(a) && (a ^ b) == 0x20);
  };
  std::string out;
  while (!text.empty()) {
    size_t hit = 0;
    for (std::string_view rest = words; !rest.empty();) {
      std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (word.ends_with('*')) word.remove_suffix(1);
      if (word.size() > hit && word.size() <= text.size() &&
          std::equal(word.begin(), word.end(), text.begin(), same))
        hit = word.size();
    }
    if (hit > 0)
      out += painted(kFound, text.substr(0, hit));
    else
      out += text.front();
    text.remove_prefix(std::max<size_t>(hit, 1));
  }
  return out;
}

std::string Renderer::sent(const Outgoing& message, SentMark of, Timestamp now) const {
  const std::string_view mark = of == SentMark::kUnderWay ? ellipsis()
                                : of == SentMark::kQueued ? "(queued)"
                                : options_.ascii          ? "ok"
                                                          : "\u2713";
  return fmt::format("{}{} {}: {} {}", time(message.at, now), arrow(),
                     harmless(people_.name_of(message.to), " "), body(message.text),
                     painted(kDim, mark));
}

std::string Renderer::not_sent(const Outgoing& message, const Error& why) const {
  return painted(kRed, fmt::format("not sent to {}: {}", people_.name_of(message.to),
                                   shortened(harmless(message.text, " "), 40, ellipsis()))) +
         "\n" + error(why);
}

std::string Renderer::error(const Error& error) const {
  return painted(kRed,
                 fmt::format("{}: {}", mpim::name_of(error.code), harmless(error.message, " ")));
}

std::string Renderer::note(std::string_view text) const {
  return painted(kDim, harmless(text, "\n"));
}

std::string Renderer::gap(ConversationId conversation, uint64_t count, std::string_view why) const {
  const auto with = people_.behind(conversation);
  return painted(kYellow,
                 fmt::format("* {} entries with {} are not shown: {}", count,
                             with ? people_.name_of(*with) : "somebody", harmless(why, " ")));
}

std::string Renderer::status(const LinkStatus& status, const ServerAddress& server) const {
  switch (status.state) {
    case LinkState::kOnline: return painted(kDim, "* connected to " + server.text());
    case LinkState::kWaiting:
      return painted(kYellow, "* offline, trying again" +
                                  (status.why ? ": " + harmless(status.why->message, " ") : ""));
    case LinkState::kStopped:
      return status.why ? error(*status.why) : painted(kDim, "* disconnected");
    case LinkState::kConnecting:
    case LinkState::kLoggingIn: break;
  }
  return painted(kDim, "* connecting to " + server.text());
}

std::string Renderer::time(Timestamp at, Timestamp now) const {
  switch (options_.time) {
    case TimeStyle::kIso: return painted(kDim, iso_time(at)) + " ";
    case TimeStyle::kLocal: return painted(kDim, formatted(at, "%H:%M", false)) + " ";
    case TimeStyle::kRelative: return painted(kDim, ago(at, now)) + " ";
    case TimeStyle::kNone: break;
  }
  return "";
}

std::string Renderer::painted(std::string_view style, std::string_view text) const {
  if (!options_.color) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
}

std::string Renderer::author(UserId user) const {
  const std::string name = harmless(people_.name_of(user), " ");
  return user == self_ ? painted(kBold, name)
                       : painted(kAuthors[user.value % kAuthors.size()], name);
}

std::string Renderer::change(const Entry& entry) const {
  const std::string whom = harmless(people_.name_of(entry.subject), " ");
  const std::string who = harmless(people_.name_of(entry.sender), " ");
  // What an operator's command did, nobody in the group did.
  const std::string by = entry.sender == kSystemUser ? "" : " by " + who;
  const std::string group = harmless(people_.name_of(entry.group), " ");
  switch (entry.kind) {
    case EntryKind::kJoin:
      if (!entry.subject)
        return fmt::format("{} people were added to {}{}", harmless(entry.text, " "), group, by);
      return entry.sender == entry.subject ? fmt::format("{} joined {}", whom, group)
                                           : fmt::format("{} was added to {}{}", whom, group, by);
    case EntryKind::kLeave: return fmt::format("{} left {}", whom, group);
    case EntryKind::kKick: return fmt::format("{} was removed from {}{}", whom, group, by);
    case EntryKind::kRename:
      return fmt::format("{} renamed {} to {}", who, group, harmless(entry.text, " "));
    case EntryKind::kRecall: return fmt::format("{} took back a message", who);
    case EntryKind::kEdit:
      return fmt::format("{} changed a message: {}", who, harmless(entry.text, "\n  | "));
    case EntryKind::kNotice:
      return fmt::format("{} set the notice of {}: {}", who, group, harmless(entry.text, " "));
    case EntryKind::kRole:
      return fmt::format("{} is {} of {} now{}", whom, harmless(entry.text, " "), group, by);
    case EntryKind::kMute:
      return fmt::format("{} muted {} {}", who, entry.subject ? whom : group,
                         until_text(entry.text));
    case EntryKind::kUnmute: return fmt::format("{} unmuted {}", who, entry.subject ? whom : group);
    case EntryKind::kDissolve: return fmt::format("{} dissolved {}", who, group);
    case EntryKind::kSettings:
      return fmt::format("{} set how {} is joined: {}", who, group, harmless(entry.text, " "));
    case EntryKind::kMessage: break;
  }
  return "";
}

}  // namespace mpim::chat
