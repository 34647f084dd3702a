#include <fmt/format.h>

#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"
#include "server/protocol/verbs/verbs.h"

namespace mpim::line {
namespace {

constexpr std::array<Named<AckMode>, 2> kAckModes{
    {{"auto", AckMode::kAuto}, {"client", AckMode::kClient}}};
constexpr std::array<Named<SyncMode>, 2> kSyncModes{
    {{"auto", SyncMode::kAuto}, {"manual", SyncMode::kManual}}};

Result<SessionChoice> session_choice(LineWords& words, std::span<const std::string_view> names) {
  MPIM_TRY(const Options options, Options::read(words, names));
  SessionChoice choice;
  if (const std::string* const device = options.find("device")) {
    MPIM_TRY(choice.device, device_name(*device));
  }
  MPIM_TRY(choice.sync, choice_of(options, "sync", kSyncModes));
  MPIM_TRY(choice.ack, choice_of(options, "ack", kAckModes));
  if (const std::string* const since = options.find("since")) {
    MPIM_TRY(choice.since, parse_number(*since, "since", 0, INT64_MAX));
  }
  return choice;
}

struct Credentials {
  UserName name;
  std::string password;
};

Result<Credentials> credentials(LineWords& words) {
  if (words.done()) return missing("a name");
  MPIM_TRY(UserName name, user_name(words.word()));
  if (words.done()) return missing("a password");
  MPIM_TRY(std::string typed, words.word_or_quoted());
  MPIM_TRY(std::string secret, password(std::move(typed)));
  return Credentials{std::move(name), std::move(secret)};
}

}  // namespace

Parsed parse_auth(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 4> kOptions{"ack", "device", "since", "sync"};
  if (words.done()) return missing("a token");
  AuthRequest auth{std::string(words.word()), {}};
  MPIM_TRY(auth.choice, session_choice(words, kOptions));
  return Request(std::move(auth));
}

Parsed parse_help(LineWords& words, const LineLimits&) {
  if (words.done()) return Request(HelpRequest{});
  const std::string_view typed = words.word();
  const VerbRow* const row = find_verb(typed);
  if (row == nullptr) return unknown_verb(typed);
  MPIM_CHECKED(end_of(words));
  return Request(HelpRequest{std::string(row->name)});
}

Parsed parse_login(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 4> kOptions{"ack", "device", "since", "sync"};
  MPIM_TRY(Credentials who, credentials(words));
  MPIM_TRY(SessionChoice choice, session_choice(words, kOptions));
  return Request(LoginRequest{std::move(who.name), std::move(who.password), std::move(choice)});
}

Parsed parse_logout(LineWords& words, const LineLimits&) { return alone<LogoutRequest>(words); }

Parsed parse_ping(LineWords& words, const LineLimits&) { return alone<PingRequest>(words); }

Parsed parse_quit(LineWords& words, const LineLimits&) { return alone<QuitRequest>(words); }

Parsed parse_register(LineWords& words, const LineLimits&) {
  MPIM_TRY(Credentials who, credentials(words));
  MPIM_CHECKED(end_of(words));
  return Request(RegisterRequest{std::move(who.name), std::move(who.password)});
}

}  // namespace mpim::line
