#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

// User ids to the end of the line, ascending, each once.
Result<std::vector<UserId>> user_words(LineWords& words) {
  std::vector<UserId> users;
  while (!words.done()) {
    MPIM_TRY(const UserId user, parse_user_id(words.word()));
    users.push_back(user);
  }
  std::ranges::sort(users);
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return users;
}

// One word that stands for everybody it can mean, alone on the line.
bool take_alone(LineWords& words, std::string_view word) {
  LineWords ahead = words;
  if (ahead.word() != word || !ahead.done()) return false;
  words = ahead;
  return true;
}

}  // namespace

Parsed parse_presence(LineWords& words, const LineLimits&) {
  MPIM_TRY(std::vector<UserId> users, user_words(words));
  return Request(PresenceRequest{std::move(users)});
}

Parsed parse_watch(LineWords& words, const LineLimits&) {
  if (words.done()) return missing("a user id, or friends,");
  if (take_alone(words, "friends")) return Request(WatchRequest{});
  MPIM_TRY(std::vector<UserId> users, user_words(words));
  return Request(WatchRequest{std::move(users)});
}

Parsed parse_unwatch(LineWords& words, const LineLimits&) {
  if (words.done()) return missing("a user id, or *,");
  if (take_alone(words, "*")) return Request(UnwatchRequest{});
  MPIM_TRY(std::vector<UserId> users, user_words(words));
  return Request(UnwatchRequest{std::move(users)});
}

Parsed parse_away(LineWords& words, const LineLimits&) {
  MPIM_CHECKED(end_of(words));
  return Request(AwayRequest{true});
}

Parsed parse_back(LineWords& words, const LineLimits&) {
  MPIM_CHECKED(end_of(words));
  return Request(AwayRequest{false});
}

Parsed parse_typing(LineWords& words, const LineLimits&) {
  if (words.done()) return missing("a user, or group=<gid>,");
  LineWords ahead = words;
  if (!ahead.option_key().empty()) {
    static constexpr std::array<std::string_view, 1> kOptions{"group"};
    MPIM_TRY(const Options options, Options::read(words, kOptions));
    MPIM_TRY(const GroupId group, parse_group_id(*options.find("group")));
    return Request(TypingRequest{group});
  }
  MPIM_TRY(UserChoice person, person_word(words));
  MPIM_CHECKED(end_of(words));
  const auto recipient = [](auto&& who) { return Recipient(std::move(who)); };
  return Request(TypingRequest{std::visit(recipient, std::move(person))});
}

}  // namespace mpim::line
