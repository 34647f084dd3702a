// The program: from a command line to an exit code.
#pragma once

namespace mpim::chat {

// On a terminal a REPL; without one, or with --send, --count or --wait, piped; with --batch a
// script. The exit codes are those of `mpim-chat --help`.
//
// Threads  called once, from main; takes over the signals of the process.
int run_chat(int argc, const char* const* argv);

}  // namespace mpim::chat
