// Every verb of the line protocol can be reached from mpim-chat.
#include "tests/client-cli/commands/verb_ways.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "client-cli/commands/command.h"
#include "server/protocol/verbs/verbs.h"

namespace mpim::chat {

using testing::kVerbWays;
using testing::VerbWay;

// That the way leads there is shown by the test that plays all commands.
TEST_CASE("every verb has a slash command that reaches it, or a reason to have none",
          "[client-cli]") {
  for (const VerbRow& verb : all_verbs()) {
    INFO(verb.name << " has no row, or several, in tests/client-cli/commands/verb_ways.h");
    CHECK(std::ranges::count(kVerbWays, verb.name, &VerbWay::verb) == 1);
  }
  for (const VerbWay& way : kVerbWays) {
    INFO(way.verb << " " << way.typed);
    CHECK(find_verb(way.verb) != nullptr);
    CHECK(way.typed.empty() != way.why_none.empty());
    if (way.typed.starts_with('/')) CHECK(find_slash_command(way.typed) != nullptr);
    if (!way.typed.empty()) CHECK(std::string_view("/@#").find(way.typed.front()) < 3);
  }
}

}  // namespace mpim::chat
