#include "server/protocol/verb_parse.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/nearest.h"

namespace mpim::line {
namespace {

Error bad(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }
Error missing(std::string_view what) { return bad(fmt::format("{} is missing", what)); }

// Nothing may be left.
Result<void> end_of(LineWords& words) {
  if (!words.done()) return bad(fmt::format("'{}' is too much", shown(words.word())));
  return {};
}

template <class Request_>
Parsed alone(LineWords& words) {
  MPIM_CHECKED(end_of(words));
  return Request(Request_{});
}

// The key=value options at the end of a line, each at most once.
class Options {
 public:
  // `names` must outlive it.
  static Result<Options> read(LineWords& words, std::span<const std::string_view> names) {
    Options options(names);
    while (!words.done()) MPIM_CHECKED(options.take(words));
    return options;
  }

  const std::string* find(std::string_view name) const {
    for (size_t i = 0; i < names_.size(); ++i)
      if (names_[i] == name) return values_[i] ? &*values_[i] : nullptr;
    return nullptr;
  }

 private:
  static constexpr size_t kMax = 4;

  explicit Options(std::span<const std::string_view> names) : names_(names) {}

  Result<void> take(LineWords& words) {
    const std::string_view key = words.option_key();
    if (key.empty())
      return bad(fmt::format("'{}' is too much: only key=value options may follow here",
                             shown(words.word())));
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != key) continue;
      if (values_[i]) return bad(fmt::format("option {}= is given twice", key));
      MPIM_TRY(values_[i], words.word_or_quoted());
      return {};
    }
    const std::string_view near = nearest(key, names_);
    const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}=", near);
    return bad(fmt::format("there is no option '{}='{}", shown(key), hint));
  }

  std::span<const std::string_view> names_;
  std::array<std::optional<std::string>, kMax> values_;
};

template <class Choice>
struct Named {
  std::string_view name;
  Choice choice;
};
constexpr std::array<Named<AckMode>, 2> kAckModes{
    {{"auto", AckMode::kAuto}, {"client", AckMode::kClient}}};
constexpr std::array<Named<SyncMode>, 2> kSyncModes{
    {{"auto", SyncMode::kAuto}, {"manual", SyncMode::kManual}}};

// An option whose value is one of two words; unset when it was not given.
template <class Choice>
Result<std::optional<Choice>> choice_of(const Options& options, std::string_view option,
                                        const std::array<Named<Choice>, 2>& names) {
  const std::string* const typed = options.find(option);
  if (typed == nullptr) return std::optional<Choice>();
  for (const Named<Choice>& one : names)
    if (one.name == *typed) return std::optional<Choice>(one.choice);
  return bad(fmt::format("{}={} is neither {} nor {}", option, shown(*typed), names[0].name,
                         names[1].name));
}

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

Result<GroupId> group_word(LineWords& words) {
  if (words.done()) return missing("a group id");
  return parse_group_id(words.word());
}

Result<MessageId> message_word(LineWords& words) {
  if (words.done()) return missing("a message id");
  return parse_message_id(words.word());
}

// The text, and what may follow it. Unquoted, it is the rest of the line.
Parsed send_text(LineWords& words, const LineLimits& limits, SendRequest send) {
  if (words.done()) return missing("a text");
  if (!words.at_quote()) {
    MPIM_TRY(send.text, text_body(std::string(words.rest()), limits.text_bytes_max));
    return Request(std::move(send));
  }
  MPIM_TRY(std::string quoted, words.word_or_quoted());
  MPIM_TRY(send.text, text_body(std::move(quoted), limits.text_bytes_max));
  static constexpr std::array<std::string_view, 2> kOptions{"cid", "type"};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  if (const std::string* const typed = options.find("cid")) {
    MPIM_TRY(send.client_id, client_id(*typed));
  }
  if (const std::string* const typed = options.find("type")) {
    MPIM_TRY(send.type, content_type(*typed));
  }
  return Request(std::move(send));
}

// The end of PULL and MEMBERS: a number that has a default.
Result<uint32_t> limit_of(const Options& options, uint32_t standard) {
  const std::string* const typed = options.find("limit");
  if (typed == nullptr) return standard;
  return parse_count(*typed, "limit", 1, kPullMax);
}

}  // namespace

Parsed parse_ack(LineWords& words, const LineLimits&) {
  AckRequest ack;
  if (words.done()) return missing("a message id, or *,");
  const LineWords before = words;
  if (words.word() == "*" && words.done()) return Request(std::move(ack));
  words = before;
  while (!words.done()) {
    MPIM_TRY(const MessageId id, parse_message_id(words.word()));
    ack.ids.push_back(id);
  }
  return Request(std::move(ack));
}

Parsed parse_auth(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 3> kOptions{"ack", "device", "sync"};
  if (words.done()) return missing("a token");
  AuthRequest auth{std::string(words.word()), {}};
  MPIM_TRY(auth.choice, session_choice(words, kOptions));
  return Request(std::move(auth));
}

Parsed parse_create_group(LineWords& words, const LineLimits&) {
  CreateGroupRequest create;
  if (words.done()) return missing("a name");
  MPIM_TRY(const std::string name, words.word_or_quoted());
  MPIM_TRY(create.name, group_name(name));
  const bool quoted = words.at_quote();
  MPIM_TRY(const std::string about, quoted ? words.word_or_quoted() : std::string(words.rest()));
  MPIM_TRY(create.description, description(about));
  MPIM_CHECKED(end_of(words));
  return Request(std::move(create));
}

Parsed parse_groups(LineWords& words, const LineLimits&) { return alone<GroupsRequest>(words); }

Parsed parse_help(LineWords& words, const LineLimits&) {
  if (words.done()) return Request(HelpRequest{});
  const std::string_view typed = words.word();
  const VerbRow* const row = find_verb(typed);
  if (row == nullptr) return unknown_verb(typed);
  MPIM_CHECKED(end_of(words));
  return Request(HelpRequest{std::string(row->name)});
}

Parsed parse_join_group(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(JoinGroupRequest{group});
}

Parsed parse_leave_group(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(LeaveGroupRequest{group});
}

Parsed parse_login(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 4> kOptions{"ack", "device", "since", "sync"};
  MPIM_TRY(Credentials who, credentials(words));
  MPIM_TRY(SessionChoice choice, session_choice(words, kOptions));
  return Request(LoginRequest{std::move(who.name), std::move(who.password), std::move(choice)});
}

Parsed parse_logout(LineWords& words, const LineLimits&) { return alone<LogoutRequest>(words); }

Parsed parse_members(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "limit"};
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  MembersRequest members{group, UserId(), 0};
  if (const std::string* const typed = options.find("after")) {
    MPIM_TRY(const uint64_t after, parse_number(*typed, "after", 0, kPersonIdMax));
    members.after = UserId(after);
  }
  MPIM_TRY(members.count_max, limit_of(options, kPullStandard));
  return Request(members);
}

Parsed parse_ping(LineWords& words, const LineLimits&) { return alone<PingRequest>(words); }

Parsed parse_pull(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "conv"};
  PullRequest pull{kPullStandard, std::nullopt};
  LineWords ahead = words;
  if (!words.done() && ahead.option_key().empty()) {
    MPIM_TRY(pull.count_max, parse_count(words.word(), "limit", 1, kPullMax));
  }
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  const std::string* const conversation = options.find("conv");
  const std::string* const after = options.find("after");
  if ((conversation == nullptr) != (after == nullptr)) return bad("conv= and after= go together");
  if (conversation != nullptr) {
    MPIM_TRY(const ConversationId of, parse_conversation_id(*conversation));
    MPIM_TRY(const Seq seq, parse_seq(*after));
    pull.from = PullFrom{of, seq};
  }
  return Request(pull);
}

Parsed parse_quit(LineWords& words, const LineLimits&) { return alone<QuitRequest>(words); }

Parsed parse_read(LineWords& words, const LineLimits&) {
  MPIM_TRY(const MessageId through, message_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(ReadRequest{through});
}

Parsed parse_register(LineWords& words, const LineLimits&) {
  MPIM_TRY(Credentials who, credentials(words));
  MPIM_CHECKED(end_of(words));
  return Request(RegisterRequest{std::move(who.name), std::move(who.password)});
}

Parsed parse_send(LineWords& words, const LineLimits& limits) {
  SendRequest send;
  if (words.done()) return missing("a user");
  const std::string_view to = words.word();
  if (to.starts_with('@')) {
    MPIM_TRY(send.to, user_name(to.substr(1)));
  } else {
    MPIM_TRY(send.to, parse_user_id(to));
  }
  return send_text(words, limits, std::move(send));
}

Parsed parse_send_group(LineWords& words, const LineLimits& limits) {
  SendRequest send;
  MPIM_TRY(send.to, group_word(words));
  return send_text(words, limits, std::move(send));
}

Parsed parse_unread(LineWords& words, const LineLimits&) { return alone<UnreadRequest>(words); }

}  // namespace mpim::line
