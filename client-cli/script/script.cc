#include "client-cli/script/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client-cli/duration.h"
#include "client-cli/script/tokens.h"
#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/protocol/nearest.h"

namespace mpim::chat {
namespace {

Error mistake(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }

// What is left of a line, token by token.
class TokenReader {
 public:
  explicit TokenReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  bool done() const { return at_ == tokens_.size(); }
  const Token& peek() const { return tokens_[at_]; }
  const Token& next() { return tokens_[at_++]; }
  bool take_word(std::string_view word) {
    if (done() || !peek().is_word(word)) return false;
    ++at_;
    return true;
  }
  Result<std::string> word(std::string_view what) {
    if (done() || peek().sign != 0) return mistake(fmt::format("{} is missing", what));
    return next().value;
  }

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

Error unknown(std::string_view what, std::string_view typed,
              std::span<const std::string_view> names) {
  const std::string_view near = nearest(typed, names);
  return mistake(fmt::format("there is no {} '{}'{}", what, shown(typed),
                             near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

Result<void> read_within(TokenReader& in, Step& step) {
  MPIM_TRY(const std::string typed, in.word("a duration, such as 2s,"));
  MPIM_TRY(step.within, duration(typed));
  return {};
}

Result<void> read_fails(TokenReader& in, Step& step) {
  MPIM_TRY(const std::string name, in.word("the code it fails with"));
  step.fails = code_named(name);
  if (!step.fails) return mistake(fmt::format("there is no code {}", shown(name)));
  return {};
}

// What may stand at the end of a step: within, and for requests fails and nowait.
Result<void> read_end(TokenReader& in, Step& step) {
  while (!in.done()) {
    if (in.take_word("within")) {
      MPIM_CHECKED(read_within(in, step));
    } else if (in.take_word("fails")) {
      MPIM_CHECKED(read_fails(in, step));
    } else if (step.kind == StepKind::kSend && in.take_word("nowait")) {
      step.nowait = true;
    } else {
      return mistake(fmt::format("'{}' is too much here", shown(in.peek().value)));
    }
  }
  return {};
}

Result<void> read_kind(const std::string& typed, Expectation& wanted) {
  for (const EntryKind kind : {EntryKind::kMessage, EntryKind::kJoin, EntryKind::kLeave,
                               EntryKind::kKick, EntryKind::kRename})
    if (mpim::name_of(kind) == typed) wanted.kind = kind;
  if (!wanted.kind)
    return mistake("kind= is message, join, leave, kick or rename, not '" + shown(typed) + "'");
  return {};
}

Result<void> read_text(const Token& token, Expectation& wanted) {
  if (token.sign == '=') {
    wanted.text = token.value;
    return {};
  }
  const auto flags =
      token.ignore_case ? std::regex::ECMAScript | std::regex::icase : std::regex::ECMAScript;
  try {
    wanted.pattern = std::make_shared<const std::regex>(token.value, flags);
  } catch (const std::regex_error& fault) {
    return mistake(fmt::format("the pattern /{}/ cannot be read: {}", token.value, fault.what()));
  }
  return {};
}

Result<void> read_condition(const Token& token, Expectation& wanted) {
  static constexpr std::array<std::string_view, 5> kKeys{"count", "from", "group", "kind", "text"};
  if (token.key == "text") return read_text(token, wanted);
  if (token.sign == '~') return mistake("only text~= takes a pattern");
  if (token.key == "from") {
    wanted.from = token.value.starts_with('@') ? token.value.substr(1) : token.value;
  } else if (token.key == "group") {
    wanted.group = token.value;
  } else if (token.key == "kind") {
    return read_kind(token.value, wanted);
  } else if (token.key == "count") {
    MPIM_TRY(wanted.count, parse_count(token.value, "count", 1, 1'000'000));
  } else {
    return unknown("condition", token.key, kKeys);
  }
  return {};
}

Result<void> read_nothing(TokenReader&, Step&) { return {}; }

Result<void> read_conditions(TokenReader& in, Step& step) {
  if (in.done() || in.peek().sign == 0)
    return mistake("say what: from=, text=, text~=/.../, group=, kind= or count=");
  while (!in.done() && in.peek().sign != 0)
    MPIM_CHECKED(read_condition(in.next(), step.expectation));
  return {};
}

Result<void> read_assertions(TokenReader& in, Step& step) {
  static constexpr std::array<std::string_view, 4> kNames{"outbox", "received", "state", "unread"};
  if (in.done()) return mistake("say what is to be true: unread=0");
  while (!in.done() && in.peek().sign != 0) {
    const Token& token = in.next();
    if (std::ranges::find(kNames, token.key) == kNames.end())
      return unknown("assertion", token.key, kNames);
    if (token.sign != '=') return mistake("an assertion is written name=value");
    step.assertions.emplace_back(token.key, token.value);
  }
  return {};
}

Result<void> read_send(TokenReader& in, Step& step) {
  MPIM_TRY(step.target, in.word("whom to send to"));
  MPIM_TRY(step.text, in.word("the text, in double quotes if it has blanks,"));
  return {};
}

Result<void> read_group(TokenReader& in, Step& step) {
  MPIM_TRY(step.target, in.word("a group"));
  return {};
}

struct StepRow {
  std::string_view name;
  StepKind kind;
  Result<void> (*read)(TokenReader& in, Step& step);
};
// sorted
constexpr std::array kStepRows{
    StepRow{"assert", StepKind::kAssert, read_assertions},
    StepRow{"connect", StepKind::kConnect, read_nothing},
    StepRow{"create", StepKind::kCreate, read_group},
    StepRow{"disconnect", StepKind::kDisconnect, read_nothing},
    StepRow{"expect", StepKind::kExpect, read_conditions},
    StepRow{"join", StepKind::kJoin, read_group},
    StepRow{"leave", StepKind::kLeave, read_group},
    StepRow{"login", StepKind::kLogin, read_nothing},
    StepRow{"logout", StepKind::kLogout, read_nothing},
    StepRow{"read", StepKind::kRead, read_nothing},
    StepRow{"refute", StepKind::kRefute, read_conditions},
    StepRow{"send", StepKind::kSend, read_send},
};
static_assert(std::ranges::is_sorted(kStepRows, {}, &StepRow::name));

Result<void> read_step(TokenReader& in, Step& step) {
  MPIM_TRY(const std::string name, in.word("what to do"));
  if (name == "wait" || name == "sleep")
    return mistake("a script does not " + name + ": say what it waits for, expect ... within 2s");
  const auto* const row = std::ranges::find(kStepRows, name, &StepRow::name);
  if (row == kStepRows.end()) {
    std::array<std::string_view, kStepRows.size()> names;
    std::ranges::transform(kStepRows, names.begin(), &StepRow::name);
    return unknown("step", name, names);
  }
  step.kind = row->kind;
  MPIM_CHECKED(row->read(in, step));
  return read_end(in, step);
}

Result<ScriptUser> read_user(TokenReader& in) {
  ScriptUser user;
  MPIM_TRY(user.name, in.word("a name"));
  MPIM_CHECKED(user_name(user.name));
  while (!in.done()) {
    if (in.take_word("register")) {
      user.enroll = true;
    } else if (in.take_word("password-env")) {
      MPIM_TRY(user.password_env, in.word("a variable's name"));
    } else if (in.take_word("password-file")) {
      MPIM_TRY(user.password_file, in.word("a file's path"));
    } else if (in.peek().key == "device" && in.peek().sign == '=') {
      MPIM_TRY(const DeviceName device, device_name(in.next().value));
      user.device = device.text;
    } else {
      return mistake(
          fmt::format("'{}' is too much: register, password-env VAR, password-file PATH "
                      "or device=NAME may follow a user",
                      shown(in.peek().value)));
    }
  }
  return user;
}

// Reads the lines in order, keeping who is meant where nobody is named.
class ScriptReader {
 public:
  explicit ScriptReader(std::string_view self) : self_(self) {
    if (!self.empty()) script_.users.emplace_back().name = self_;
  }

  void read(size_t line, std::string_view text) {
    auto tokens = tokens_of(text);
    const Result<void> good = tokens.ok() ? read(line, text, std::move(*tokens)) : tokens.error();
    if (!good.ok()) script_.mistakes.push_back({line, good.error().message});
  }
  Script take() { return std::move(script_); }

 private:
  Result<void> read(size_t line, std::string_view text, std::vector<Token> tokens) {
    TokenReader in(std::move(tokens));
    if (in.done()) return {};
    if (in.take_word("user")) return declare(in);
    Step step;
    step.line = line;
    step.written = text.substr(0, text.find_last_not_of(" \t\r") + 1);
    step.who = self_;
    if (in.take_word("as")) {
      MPIM_TRY(step.who, in.word("a user's name"));
      MPIM_CHECKED(must_be_declared(step.who));
      if (in.done()) {
        self_ = step.who;
        return {};
      }
    }
    if (step.who.empty()) return mistake("who? write `as NAME` before it");
    MPIM_CHECKED(read_step(in, step));
    script_.steps.push_back(std::move(step));
    return {};
  }

  Result<void> declare(TokenReader& in) {
    MPIM_TRY(ScriptUser user, read_user(in));
    if (std::ranges::find(script_.users, user.name, &ScriptUser::name) != script_.users.end())
      return mistake("the user " + user.name + " is declared twice");
    script_.users.push_back(std::move(user));
    return {};
  }

  Result<void> must_be_declared(const std::string& who) const {
    std::vector<std::string_view> names;
    for (const ScriptUser& user : script_.users) names.push_back(user.name);
    if (std::ranges::find(names, who) != names.end()) return {};
    return unknown("user", who, names);
  }

  std::string self_;
  Script script_;
};

}  // namespace

bool Expectation::fits(const Entry& entry, const People& people) const {
  if (entry.kind != kind.value_or(EntryKind::kMessage)) return false;
  if (!from.empty() && from != people.name_of(entry.sender) &&
      from != std::to_string(entry.sender.value))
    return false;
  if (!group.empty()) {
    const auto wanted = people.find(group.starts_with('#') ? group : "#" + group);
    if (!wanted.ok() || *wanted != Destination(entry.group)) return false;
  }
  if (text && *text != entry.text) return false;
  return pattern == nullptr || std::regex_search(entry.text, *pattern);
}

Script read_script(std::string_view text, std::string_view self) {
  ScriptReader reader(self);
  size_t line = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    reader.read(++line, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

}  // namespace mpim::chat
