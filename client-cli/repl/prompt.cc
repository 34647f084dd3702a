#include "client-cli/repl/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

std::string long_marks(const PromptState& state) {
  std::string marks;
  if (state.unread > 0) marks += fmt::format(" [{} new]", state.unread);
  if (state.link == LinkState::kStopped) marks += " [disconnected]";
  if (state.link == LinkState::kWaiting) marks += " [offline]";
  if (state.link == LinkState::kConnecting || state.link == LinkState::kLoggingIn)
    marks += " [connecting]";
  return marks;
}

// 3 unread; '!' when there is no connection, '~' while it is being made.
std::string short_marks(const PromptState& state) {
  std::string marks;
  if (state.unread > 0) marks += fmt::format(" {}", state.unread);
  if (state.link == LinkState::kStopped || state.link == LinkState::kWaiting) marks += "!";
  if (state.link == LinkState::kConnecting || state.link == LinkState::kLoggingIn) marks += "~";
  return marks;
}

}  // namespace

std::string prompt(const PromptState& state, size_t columns) {
  const size_t room = columns / 2;
  const std::string self = state.self.empty() ? "nobody" : harmless(state.self, " ");
  const std::string towards = harmless(state.towards, " ");
  const std::string_view arrow = state.ascii ? "->" : "\u2192";
  const std::string names_of_both =
      towards.empty() ? self : fmt::format("{} {} {}", self, arrow, towards);
  if (!state.typing.empty()) {
    const std::string telling = fmt::format("{}{} [{} is typing]> ", names_of_both,
                                            long_marks(state), harmless(state.typing, " "));
    if (columns_of(telling) <= room) return telling;
  }
  const std::string whole = names_of_both + long_marks(state) + "> ";
  if (columns_of(whole) <= room) return whole;
  const std::string tight =
      (towards.empty() ? self : fmt::format("{}>{}", self, towards)) + short_marks(state) + "> ";
  if (columns_of(tight) <= room) return tight;
  // Where you talk matters more than who you are.
  const std::string tail = short_marks(state) + ">";
  const size_t names = room - std::min(room, columns_of(tail));
  if (towards.empty() || names < 4) return shortened(self, names, ".") + tail;
  const size_t for_self = std::min(columns_of(self), std::max<size_t>(1, (names - 1) / 3));
  return shortened(self, for_self, "") + ">" + shortened(towards, names - 1 - for_self, ".") + tail;
}

}  // namespace mpim::chat
