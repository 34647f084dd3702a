#include "ops/arguments.h"

#include <catch2/catch.hpp>

using namespace mpim;
using namespace mpim::ops;

namespace {

using Words = std::vector<std::string>;

struct Parsed {
  std::string command;
  Arguments arguments;
};

Result<Parsed> parse(const Words& typed) {
  MPIM_TRY(const SplitLine line, split_line(typed));
  MPIM_TRY(Arguments arguments, parse_arguments(line.path, line.rest));
  return Parsed{line.path.name(), std::move(arguments)};
}

std::string refusal(const Words& typed) {
  const auto parsed = parse(typed);
  REQUIRE_FALSE(parsed.ok());
  REQUIRE(entry_of(parsed.error().code).exit_code == 2);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("global flags stand anywhere on the line", "[ops]") {
  const Words line = GENERATE(Words{"user", "ls", "-o", "json", "--limit", "7"},
                              Words{"-o", "json", "user", "ls", "--limit", "7"},
                              Words{"user", "--output=json", "ls", "--limit=7"},
                              Words{"--output", "json", "user", "ls", "--limit", "7"},
                              Words{"user", "-ojson", "ls", "--limit", "7"});
  const auto parsed = parse(line);
  REQUIRE(parsed.ok());
  CHECK(parsed->command == "user ls");
  CHECK(parsed->arguments.text("output") == "json");
  CHECK(parsed->arguments.number("limit") == 7);
}

TEST_CASE("a flag that is not given has its standard value", "[ops]") {
  const auto parsed = parse({"user", "ls"});
  REQUIRE(parsed.ok());
  CHECK(parsed->arguments.number("limit") == 1000);
  CHECK_FALSE(parsed->arguments.has("limit"));
  CHECK(parsed->arguments.text("output") == "table");
}

TEST_CASE("words after -- are arguments even when they look like flags", "[ops]") {
  const auto parsed = parse({"msg", "send", "--from", "a", "--to", "b", "--", "--not-a-flag"});
  REQUIRE(parsed.ok());
  CHECK(parsed->arguments.words() == Words{"--not-a-flag"});
}

TEST_CASE("a wrong line is refused by naming what is wrong", "[ops]") {
  struct Row {
    Words typed;
    std::string named;
  };
  const auto row = GENERATE(
      Row{{"usr", "ls"}, "did you mean `user`?"}, Row{{"user", "shwo"}, "did you mean `show`?"},
      Row{{"user", "ls", "--limt", "3"},
          "`--limt` is no flag of this command, did you mean `--limit`?"},
      Row{{"user", "ls", "-o", "jsn"}, "did you mean `json`?"},
      Row{{"user", "ls", "--limit"}, "`--limit` needs a value"},
      Row{{"user", "ls", "--limit", "many"}, "`--limit` takes a whole number"},
      Row{{"user", "ls", "--limit", "-3"}, "`--limit`"},
      Row{{"user", "ls", "--limit", "99999999999"},
          "`--limit` takes a whole number up to 4294967295"},
      Row{{"user", "ls", "--limit", "1", "--limit", "2"}, "`--limit` can be given only once"},
      Row{{"user", "ls", "--timeout", "soon"}, "`--timeout` takes a time such as 500ms"},
      Row{{"user", "ls", "--no-input=5x"}, "`--no-input` takes no value"},
      Row{{"user", "ls", "--after", ""}, "`--after`"}, Row{{"user", "show"}, "`USER` is missing"},
      Row{{"user", "show", "a", "b"}, "`b` is one argument too many"},
      Row{{"group", "add", "1001"}, "`USER` is missing"});
  INFO(row.named);
  CHECK_THAT(refusal(row.typed), Catch::Contains(row.named));
}

TEST_CASE("a password on the command line is refused and not repeated", "[ops]") {
  const Words typed = GENERATE(Words{"user", "add", "dora", "--password", "hunter2"},
                               Words{"user", "add", "dora", "--password=hunter2"});
  const std::string message = refusal(typed);
  CHECK_THAT(message, Catch::Contains("--password-file"));
  CHECK_THAT(message, Catch::Contains("--password-stdin"));
  CHECK_THAT(message, !Catch::Contains("hunter2"));
}

TEST_CASE("a time is a number with a unit, or seconds", "[ops]") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("30s").value() == 30s);
  CHECK(parse_duration("2m").value() == 2min);
  CHECK(parse_duration("1h").value() == 1h);
  CHECK(parse_duration("5").value() == 5s);
  for (const char* const wrong : {"", "s", "5 s", "-5s", "5d", "99999999999999999999s"})
    CHECK_FALSE(parse_duration(wrong).ok());
}

TEST_CASE("help needs no arguments", "[ops]") {
  const auto parsed = parse({"group", "add", "--help"});
  REQUIRE(parsed.ok());
  CHECK(parsed->arguments.has("help"));
}
