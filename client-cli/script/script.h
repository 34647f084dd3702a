// A script of several users, read and checked before anything is done. The language:
//
//   # comment
//   user alice [register] [password-env VAR | password-file PATH] [device=NAME]
//   as alice                        who the steps without `as` below belong to
//   as alice login
//   as alice send bob "hello"       bob, 1002, #tea, #1001; [fails CODE] [nowait] [within 5s]
//   as bob expect from=alice text=hello within 2s     also text~=/x/i, group=#tea, kind=join,
//                                                     count=3
//   as bob refute text~=/secret/ within 500ms         nothing like it may come
//   as bob assert unread=1 received=1 outbox=0 state=online
//   as bob read                     everything that came
//   as alice create tea             as bob join #tea         as bob leave #tea
//   as bob disconnect               as bob connect           as bob logout
//
// A value with blanks is a JSON string. There is no `wait`: a script says what it waits for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "client-cli/people.h"
#include "server/core/clock.h"
#include "server/core/errors.h"
#include "server/core/message.h"

namespace mpim::chat {

// Somebody who takes part.
struct ScriptUser {
  std::string name;
  std::string device = "default";
  bool enroll = false;  // made when the name is free
  std::string password_env;
  std::string password_file;
};

// What an entry has to be like. What is not said does not matter.
struct Expectation {
  std::string from;   // a name or a number
  std::string group;  // as typed
  std::optional<EntryKind> kind;
  std::optional<std::string> text;
  std::shared_ptr<const std::regex> pattern;  // somewhere in the text
  uint32_t count = 1;

  bool fits(const Entry& entry, const People& people) const;
};

// In the order of their names, as the runner's table is.
enum class StepKind : uint8_t {
  kAssert,
  kConnect,
  kCreate,
  kDisconnect,
  kExpect,
  kJoin,
  kLeave,
  kLogin,
  kLogout,
  kRead,
  kRefute,
  kSend,
};

// One line that does something. Which fields count depends on its kind.
struct Step {
  size_t line = 0;
  std::string written;  // the line, as it is
  std::string who;
  StepKind kind = StepKind::kLogin;
  std::string target;  // send: whom; create, join, leave: the group
  std::string text;    // send
  std::optional<Code> fails;
  bool nowait = false;
  Expectation expectation;
  std::vector<std::pair<std::string, std::string>> assertions;  // name, value
  std::optional<Millis> within;
};

// A mistake in a script, and the line it is on.
struct ScriptMistake {
  size_t line;
  std::string sentence;
};

struct Script {
  std::vector<ScriptUser> users;
  std::vector<Step> steps;
  std::vector<ScriptMistake> mistakes;  // empty: it can be played
};

// `self`: who the steps without `as` belong to before a line says so; empty: nobody.
Script read_script(std::string_view text, std::string_view self);

}  // namespace mpim::chat
