#include "ops/data/manifest.h"

#include <catch2/catch.hpp>

using namespace mpim;
using namespace mpim::ops;

TEST_CASE("the demo file that is compiled in is a valid manifest", "[ops]") {
  const auto demo = parse_manifest(demo_manifest_text(), "demo");
  REQUIRE(demo.ok());
  REQUIRE(demo->users.size() == 3);
  CHECK(demo->users[0].name == "alice");
  CHECK(demo->users[1].name == "bob");
  CHECK(demo->users[2].name == "carol");
  for (const auto& user : demo->users) CHECK(user.password.size() >= 8);
  REQUIRE(demo->groups.size() == 1);
  CHECK(demo->groups[0].name == "lobby");
  CHECK(demo->groups[0].members == std::vector<std::string>{"bob", "carol"});
}

TEST_CASE("a wrong manifest is refused with the place in it", "[ops]") {
  struct Row {
    std::string text;
    std::string named;
  };
  const auto row =
      GENERATE(Row{"{\n\"users\": [\n}", "line 3"}, Row{"[]", "the file must be an object"},
               Row{R"({"user": []})", "has no `user`, did you mean `users`?"},
               Row{R"({"users": {}})", "users must be a list"},
               Row{R"({"users": [{"password": "x"}]})", "users[0] has no `name`"},
               Row{R"({"users": [{"name": 7}]})", "users[0].name must be a text"},
               Row{R"({"users": [{"name": "a", "pasword": "x"}]})", "did you mean `password`?"},
               Row{R"({"groups": [{"name": "g"}]})", "groups[0] has no `owner`"},
               Row{R"({"groups": [{"name": "g", "owner": "a", "members": [1]}]})",
                   "groups[0].members[0] must be a name"});
  const auto parsed = parse_manifest(row.text, "people.json");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Code::kBadRequest);
  CHECK_THAT(parsed.error().message, Catch::StartsWith("people.json: "));
  CHECK_THAT(parsed.error().message, Catch::Contains(row.named));
}
