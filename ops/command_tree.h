// All commands, and finding one by what a person typed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/command.h"

namespace mpim::ops {

std::span<const CommandGroup> all_groups();  // sorted by name
std::span<const Command> single_commands();  // those without a noun, sorted by name
std::span<const Flag> global_flags();        // taken by every command, anywhere on the line

// Where a command stands: its noun, or none, and itself. A noun alone has no command.
struct CommandPath {
  const CommandGroup* group = nullptr;
  const Command* command = nullptr;

  std::string name() const;  // "user add"
};

// Every command with its path, in the order of the tables.
std::vector<CommandPath> all_commands();

// The command that the words name; words after it are its arguments. kUnknownCommand with the
// nearest name. No words: an empty path.
Result<CommandPath> find_command(std::span<const std::string> words);

// ", did you mean `add`?" when one of the candidates is near, or starts with what was typed; else
// "".
std::string did_you_mean(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace mpim::ops
