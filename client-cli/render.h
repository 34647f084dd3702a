// Entries and events as lines for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client-cli/link/link.h"
#include "client-cli/people.h"
#include "server/core/clock.h"

namespace mpim::chat {

// How a time stands before a line: 2026-01-05T10:03:00Z, 10:03, 5m, or not at all.
enum class TimeStyle : uint8_t { kIso, kLocal, kNone, kRelative };

struct RenderOptions {
  TimeStyle time = TimeStyle::kLocal;
  bool color = false;
  bool ascii = false;  // ornaments without Unicode
};

enum class SentMark : uint8_t { kUnderWay, kQueued, kStored };

// Threads  one.
// Limits   a text is shown whole; what could steer a terminal in it is made visible.
// Lifetime `people` must outlive it.
class Renderer {
 public:
  Renderer(RenderOptions options, const People& people) : options_(options), people_(people) {}

  // Whose screen this is: his own lines look different, and his name in a text stands out.
  void set_self(UserId self, std::string name);

  // "-- Monday, 5 January 2026 --" when `at` is on another day than the line before it.
  std::optional<std::string> day_line(Timestamp at);
  std::string entry(const Entry& entry, Timestamp now) const;
  // A message that was searched for: when (with its day), where, who; what of it equals one of the
  // words stands out.
  std::string found(const Entry& entry, std::string_view words) const;
  // A message of ours with its mark.
  std::string sent(const Outgoing& message, SentMark mark, Timestamp now) const;
  std::string not_sent(const Outgoing& message, const Error& error) const;
  std::string error(const Error& error) const;
  std::string note(std::string_view text) const;
  std::string gap(ConversationId conversation, uint64_t count, std::string_view why) const;
  std::string status(const LinkStatus& status, const ServerAddress& server) const;

  std::string_view arrow() const { return options_.ascii ? "->" : "\u2192"; }
  std::string_view ellipsis() const { return options_.ascii ? "..." : "\u2026"; }
  const RenderOptions& options() const { return options_; }

 private:
  std::string time(Timestamp at, Timestamp now) const;
  std::string painted(std::string_view style, std::string_view text) const;
  std::string author(UserId user) const;
  std::string marked(std::string_view text, std::string_view words) const;
  std::string change(const Entry& entry) const;

  RenderOptions options_;
  const People& people_;
  UserId self_;
  std::string self_name_;
  std::string last_day_;
};

// "2026-01-05T10:03:00.123Z"
std::string iso_time(Timestamp at);

// "until 2026-01-05T10:03:00.000Z", or "until it is lifted", of a mute's end in milliseconds.
std::string until_text(std::string_view ms);

}  // namespace mpim::chat
