#include "ops/run.h"

#include <cstdio>
#include <optional>

#include "ops/call.h"
#include "ops/start/help_text.h"

namespace mpim::ops {
namespace {

// Errors of parsing are shown in the format that was asked for, before that is parsed.
Format format_asked(const std::vector<std::string>& typed) {
  for (size_t i = 0; i < typed.size() && typed[i] != "--"; ++i) {
    const bool next = (typed[i] == "-o" || typed[i] == "--output") && i + 1 < typed.size();
    if (typed[i] == "-ojson" || typed[i] == "--output=json" || (next && typed[i + 1] == "json"))
      return Format::kJson;
  }
  return Format::kTable;
}

int fail(const Error& error, const Circumstance& where, Format format) {
  std::fflush(stdout);
  std::fputs(render_error(error, where, format).c_str(), stderr);
  return entry_of(error.code).exit_code;
}

std::string help_hint(const CommandPath& path) {
  const std::string name = path.name();
  return "`mpimctl " + (name.empty() ? "" : name + " ") + "--help` shows the right form";
}

Terminal::Choices terminal_choices(const Arguments& arguments) {
  Terminal::Choices choices;
  const std::string colour = arguments.text("color");
  if (colour != "auto") choices.colour = colour == "never" ? Colour::kNever : Colour::kAlways;
  choices.no_input = arguments.has("no-input");
  choices.no_progress = arguments.has("no-progress");
  return choices;
}

int run_command(const CommandPath& path, Arguments arguments, Terminal& terminal, Format format) {
  Call call(path, std::move(arguments), terminal, format);
  const Result<int> exit_code = path.command->form->run(call);
  if (!exit_code) return fail(exit_code.error(), call.circumstance(), format);
  return *exit_code;
}

}  // namespace

int run_mpimctl(const std::vector<std::string>& typed) {
  const Format format = format_asked(typed);
  const auto line = split_line(typed);
  if (!line) return fail(line.error(), {"`mpimctl help` lists the commands", ""}, format);
  auto arguments = parse_arguments(line->path, line->rest);
  if (!arguments) return fail(arguments.error(), {help_hint(line->path), ""}, format);

  Terminal terminal(terminal_choices(*arguments));
  int exit_code = kDone;
  if (line->path.command == nullptr || arguments->has("help"))
    terminal.out(help_text(line->path));
  else
    exit_code = run_command(line->path, *arguments, terminal, format);
  if (!terminal.flush() && exit_code == kDone)
    return fail({Code::kUnknown, "the result could not be written"}, {"look at stdout's disk", ""},
                format);
  return exit_code;
}

}  // namespace mpim::ops
