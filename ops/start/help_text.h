// Every explanation of the command tree: on the terminal, as Markdown, as JSON.
#pragma once

#include <string>

#include "ops/command_tree.h"
#include "ops/value.h"

namespace mpim::ops {

// Of a command, of a noun, or with an empty path the overview.
std::string help_text(const CommandPath& path);
// What each exit code means.
std::string exit_codes_text();
// docs/cli.md.
std::string help_markdown();
// The whole tree: {"commands", "globalFlags", "exitCodes"}.
Value help_tree();
// "mpimctl user add NAME... [flags]"
std::string usage_line(const CommandPath& path);

}  // namespace mpim::ops
