#include "ops/start/help_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mpim::ops {
namespace {

struct ExitCode {
  unsigned code;
  std::string_view meaning;
};
constexpr auto kExitCodes = std::to_array<ExitCode>({
    {0, "done"},
    {1, "failed"},
    {2, "wrong usage, or an invalid input file"},
    {3, "partial success"},
    {4, "authentication or permission"},
    {5, "not found"},
    {6, "conflict"},
    {7, "unreachable"},
    {8, "the time was over"},
    {9, "version or schema mismatch"},
    {70, "a fault of mpim itself"},
    {130, "interrupted"},
    {143, "terminated"},
});
static_assert(std::ranges::is_sorted(kExitCodes, {}, &ExitCode::code));

constexpr std::string_view kOverview =
    "mpimctl runs and looks after mpim nodes.\n"
    "\n"
    "Start here:\n"
    "  mpimctl dev up          start a local node with demo users\n"
    "  mpimctl smoke           check it from end to end\n"
    "  mpimctl help COMMAND    explain a command\n";

std::string flag_form(const Flag& flag) {
  std::string form = flag.letter != 0 ? fmt::format("-{}, --{}", flag.letter, flag.name)
                                      : fmt::format("    --{}", flag.name);
  if (flag.type == FlagType::kSwitch) return form;
  std::string value(flag.value);
  if (flag.type == FlagType::kChoice) std::ranges::replace(value, ' ', '|');
  return form + " " + value;
}

std::string flag_help(const Flag& flag) {
  return flag.standard.empty() ? std::string(flag.help)
                               : fmt::format("{} (default {})", flag.help, flag.standard);
}

std::string flags_text(std::string_view title, std::span<const Flag> flags) {
  if (flags.empty()) return {};
  std::string text = fmt::format("\n{}:\n", title);
  for (const Flag& flag : flags)
    text += fmt::format("  {:<32}  {}\n", flag_form(flag), flag_help(flag));
  return text;
}

std::string command_text(const CommandPath& path) {
  const CommandForm& form = *path.command->form;
  std::string text = fmt::format("{}.\n\nUsage:\n  {}\n", path.command->summary, usage_line(path));
  if (!form.detail.empty()) text += fmt::format("\n{}\n", form.detail);
  if (!form.arguments.empty()) text += "\nArguments:\n";
  for (const Argument& argument : form.arguments)
    text += fmt::format("  {:<32}  {}\n", argument.name, argument.help);
  text += flags_text("Flags", form.flags) + "\nExamples:\n";
  for (const std::string_view example : form.examples)
    text += fmt::format("  mpimctl {}\n", example);
  return text + flags_text("Global flags", global_flags());
}

std::string group_text(const CommandGroup& group) {
  std::string text =
      fmt::format("{}.\n\nUsage:\n  mpimctl {} COMMAND\n\nCommands:\n", group.summary, group.name);
  for (const Command& command : group.commands)
    text += fmt::format("  {:<14}  {}\n", command.name, command.summary);
  return text + fmt::format("\n`mpimctl help {} COMMAND` explains one of them.\n", group.name);
}

std::string overview_text() {
  struct Line {
    std::string_view name;
    std::string_view summary;
    std::string verbs;
  };
  std::vector<Line> lines;
  for (const Command& command : single_commands())
    lines.push_back({command.name, command.summary, ""});
  for (const CommandGroup& group : all_groups()) {
    std::string verbs;
    for (const Command& command : group.commands)
      verbs += (verbs.empty() ? " (" : " ") + std::string(command.name);
    lines.push_back({group.name, group.summary, verbs + ")"});
  }
  std::ranges::sort(lines, {}, &Line::name);
  std::string text = std::string(kOverview) + "\nCommands:\n";
  for (const Line& line : lines)
    text += fmt::format("  {:<8}  {}{}\n", line.name, line.summary, line.verbs);
  return text + flags_text("Global flags, anywhere on the line", global_flags()) +
         "\nTopics: `mpimctl help exit-codes`, `mpimctl help --json`, `mpimctl help --markdown`.\n";
}

// A table cell of Markdown: a bar would end it.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string flags_markdown(std::span<const Flag> flags) {
  std::string text = "\n| flag | meaning |\n|---|---|\n";
  for (const Flag& flag : flags) {
    std::string form = flag_form(flag);
    form.erase(0, form.find_first_not_of(' '));
    text += fmt::format("| `{}` | {} |\n", cell(form), cell(flag_help(flag)));
  }
  return text;
}

std::string command_markdown(const CommandPath& path) {
  const CommandForm& form = *path.command->form;
  std::string text = fmt::format(
      "\n### mpimctl {}\n\n{}. It {}. JSON kind: `{}`.\n\n```\n{}\n```\n", path.name(),
      path.command->summary, name_of(path.command->impact), form.kind, usage_line(path));
  if (!form.detail.empty()) text += fmt::format("\n{}\n", form.detail);
  if (!form.arguments.empty()) text += "\n| argument | meaning |\n|---|---|\n";
  for (const Argument& argument : form.arguments)
    text += fmt::format("| `{}` | {} |\n", argument.name, cell(std::string(argument.help)));
  if (!form.flags.empty()) text += flags_markdown(form.flags);
  text += "\n```sh\n";
  for (const std::string_view example : form.examples) text += fmt::format("mpimctl {}\n", example);
  return text + "```\n";
}

Value flags_tree(std::span<const Flag> flags) {
  constexpr std::string_view kTypes[] = {"switch", "text", "number", "duration", "choice"};
  Value::List list;
  for (const Flag& flag : flags)
    list.push_back(Value::object(
        {{"name", Value::text(flag.name)},
         {"letter", flag.letter != 0 ? Value::text(std::string(1, flag.letter)) : Value()},
         {"type", Value::text(kTypes[static_cast<size_t>(flag.type)])},
         {"value", Value::text(flag.value)},
         {"default", flag.standard.empty() ? Value() : Value::text(flag.standard)},
         {"help", Value::text(flag.help)}}));
  return Value::list(std::move(list));
}

Value command_tree(const CommandPath& path) {
  const CommandForm& form = *path.command->form;
  Value::List arguments;
  for (const Argument& argument : form.arguments)
    arguments.push_back(Value::object({{"name", Value::text(argument.name)},
                                       {"help", Value::text(argument.help)},
                                       {"required", Value::flag(argument.required)},
                                       {"many", Value::flag(argument.many)}}));
  Value::List examples;
  for (const std::string_view example : form.examples)
    examples.push_back(Value::text("mpimctl " + std::string(example)));
  return Value::object({{"name", Value::text(path.name())},
                        {"summary", Value::text(path.command->summary)},
                        {"impact", Value::text(name_of(path.command->impact))},
                        {"usage", Value::text(usage_line(path))},
                        {"detail", Value::text(form.detail)},
                        {"kind", Value::text(form.kind)},
                        {"arguments", Value::list(std::move(arguments))},
                        {"flags", flags_tree(form.flags)},
                        {"examples", Value::list(std::move(examples))}});
}

}  // namespace

std::string usage_line(const CommandPath& path) {
  std::string line = "mpimctl " + path.name();
  for (const Argument& argument : path.command->form->arguments) {
    const std::string word = std::string(argument.name) + (argument.many ? "..." : "");
    line += argument.required ? " " + word : " [" + word + "]";
  }
  return path.command->form->flags.empty() ? line : line + " [flags]";
}

std::string help_text(const CommandPath& path) {
  if (path.command != nullptr) return command_text(path);
  return path.group != nullptr ? group_text(*path.group) : overview_text();
}

std::string exit_codes_text() {
  std::string text;
  for (const ExitCode& exit_code : kExitCodes)
    text += fmt::format("{:>3}  {}\n", exit_code.code, exit_code.meaning);
  return text;
}

std::string help_markdown() {
  std::string text =
      "# mpimctl\n\n"
      "Made from the command tree by `mpimctl help --markdown`; do not edit.\n\n"
      "Results go to stdout, everything else to stderr. With `-o json` a result is one document\n"
      "`{\"apiVersion\": \"mpim/v1\", \"kind\": ..., \"items\" or \"item\": ..., \"warnings\": "
      "[...]}` and an\n"
      "error one object on stderr with `code`, `message`, `reason`, `hint`, `retryable` and\n"
      "`request_id`. 64-bit numbers are strings in JSON. A user is given by name or by id.\n"
      "\n## Global flags\n";
  text += flags_markdown(global_flags()) + "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
  for (const ExitCode& exit_code : kExitCodes)
    text += fmt::format("| {} | {} |\n", exit_code.code, exit_code.meaning);
  text += "\n## Commands\n";
  for (const CommandPath& path : all_commands()) text += command_markdown(path);
  return text;
}

Value help_tree() {
  Value::List commands;
  for (const CommandPath& path : all_commands()) commands.push_back(command_tree(path));
  Value::List exit_codes;
  for (const ExitCode& exit_code : kExitCodes)
    exit_codes.push_back(Value::object(
        {{"code", Value::number(exit_code.code)}, {"meaning", Value::text(exit_code.meaning)}}));
  return Value::object({{"commands", Value::list(std::move(commands))},
                        {"globalFlags", flags_tree(global_flags())},
                        {"exitCodes", Value::list(std::move(exit_codes))}});
}

}  // namespace mpim::ops
