// What a command is: a row of its folder's table, and a form in its own file. Parsing, help, the
// Markdown reference, `help --json` and the suggestions for slips are all made from these.
//
// Threads  everything here is constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/core/result.h"

namespace mpim::ops {

class Call;

// What a command can do to the node: a reader may be run without a thought.
enum class Impact : uint8_t { kReads, kWrites, kDestroys };
std::string_view name_of(Impact impact);

enum class FlagType : uint8_t { kSwitch, kText, kNumber, kDuration, kChoice };

// --name, and -l when there is a letter. A number is a whole one, `min` to `max`; a duration is
// written 500ms, 30s, 2m or 1h; a choice is one of the words in `value`.
struct Flag {
  std::string_view name;
  FlagType type = FlagType::kSwitch;
  std::string_view value = {};  // what stands for the value in help: FILE; of a choice its words
  std::string_view help = {};
  std::string_view standard = {};  // used when the flag is not given; empty: none
  char letter = 0;
  uint64_t max = 0xFFFF'FFFF;
  uint64_t min = 0;  // of a number
};

// A word after the command's name.
struct Argument {
  std::string_view name;
  std::string_view help;
  bool required = true;
  bool many = false;  // the last one may
};

// What a command's own file says about it.
struct CommandForm {
  std::string_view detail;  // sentences below the summary
  std::span<const Argument> arguments;
  std::span<const Flag> flags;                 // beside the global ones
  std::span<const std::string_view> examples;  // without `mpimctl`
  std::string_view kind;                       // of the JSON document: UserList
  // Shows its result through the call and answers an exit code: 0 done, 1 failed, 3 partial
  // success.
  Result<int> (*run)(Call& call);
};

struct Command {
  std::string_view name;
  Impact impact;
  std::string_view summary;
  const CommandForm* form;
};

// A noun with its verbs.
struct CommandGroup {
  std::string_view name;
  std::string_view summary;
  std::span<const Command> commands;  // sorted by name
};

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kPartial = 3;

// Flags that several commands share, written once.
inline constexpr Flag kReveal{.name = "reveal", .help = "show passwords in addresses"};
inline constexpr Flag kDryRun{.name = "dry-run", .help = "show what would be done, and do nothing"};
inline constexpr Flag kYes{.name = "yes", .help = "do not ask", .letter = 'y'};

}  // namespace mpim::ops
