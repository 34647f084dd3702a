#include "ops/command_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "ops/arguments.h"
#include "ops/start/help_text.h"

using namespace mpim;
using namespace mpim::ops;

namespace {

// An example's words as a shell would take them apart: single quotes and blanks.
std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : std::string(line) + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(std::exchange(word, ""));
    } else {
      word += c;
    }
  }
  return words;
}

}  // namespace

TEST_CASE("every command is complete: summary, example, JSON kind, action", "[ops]") {
  const auto commands = all_commands();
  REQUIRE(commands.size() == 106);
  for (const CommandPath& path : commands) {
    INFO(path.name());
    const CommandForm& form = *path.command->form;
    CHECK_FALSE(path.command->summary.empty());
    CHECK(path.command->summary.back() != '.');
    CHECK_FALSE(form.kind.empty());
    CHECK_FALSE(form.examples.empty());
    CHECK(form.run != nullptr);
    CHECK(std::ranges::is_sorted(form.flags, {}, &Flag::name));
    for (const Flag& flag : form.flags) CHECK_FALSE(flag.help.empty());
    for (const Argument& argument : form.arguments) CHECK_FALSE(argument.help.empty());
  }
}

TEST_CASE("every example is a line that its command accepts", "[ops]") {
  for (const CommandPath& path : all_commands()) {
    for (const std::string_view example : path.command->form->examples) {
      INFO(example);
      const auto line = split_line(shell_words(example));
      REQUIRE(line.ok());
      CHECK(line->path.name() == path.name());
      CHECK(parse_arguments(line->path, line->rest).ok());
    }
  }
}

TEST_CASE("a command that destroys can be tried out and confirmed beforehand", "[ops]") {
  for (const CommandPath& path : all_commands()) {
    if (path.command->impact != Impact::kDestroys) continue;
    INFO(path.name());
    const auto flags = path.command->form->flags;
    CHECK(std::ranges::find(flags, "dry-run", &Flag::name) != flags.end());
    CHECK(std::ranges::find(flags, "yes", &Flag::name) != flags.end());
  }
}

TEST_CASE("no command hides a global flag", "[ops]") {
  for (const CommandPath& path : all_commands())
    for (const Flag& flag : path.command->form->flags)
      for (const Flag& global : global_flags()) {
        INFO(path.name() << " --" << flag.name);
        CHECK(flag.name != global.name);
        CHECK((flag.letter == 0 || flag.letter != global.letter));
      }
}

TEST_CASE("no command takes a password as a flag's value", "[ops]") {
  for (const CommandPath& path : all_commands())
    for (const Flag& flag : path.command->form->flags)
      CHECK((flag.name.find("password") == flag.name.npos || flag.name == "password-file" ||
             flag.name == "password-stdin"));
}

TEST_CASE("help names every flag and argument of a command", "[ops]") {
  for (const CommandPath& path : all_commands()) {
    const std::string text = help_text(path);
    for (const Flag& flag : path.command->form->flags)
      CHECK_THAT(text, Catch::Contains("--" + std::string(flag.name)));
    for (const Argument& argument : path.command->form->arguments)
      CHECK_THAT(text, Catch::Contains(std::string(argument.name)));
  }
}

TEST_CASE("the tree as JSON lists every command once", "[ops]") {
  const auto tree = nlohmann::json::parse(help_tree().json(JsonLayout::kPretty));
  std::set<std::string> names;
  for (const auto& command : tree.at("commands")) names.insert(command.at("name"));
  CHECK(names.size() == all_commands().size());
  CHECK(tree.at("commands").size() == names.size());
  CHECK(tree.at("exitCodes").size() == 13);
}

TEST_CASE("docs/cli.md is what the command tree says", "[ops]") {
  std::ostringstream kept;
  kept << std::ifstream(MPIM_SOURCE_DIR "/docs/cli.md").rdbuf();
  INFO("`mpimctl help --markdown > docs/cli.md` writes it anew");
  CHECK(kept.str() == help_markdown());
}
