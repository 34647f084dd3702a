// A notice to many: who gets it, and who does not and why.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

using Words = std::vector<std::string>;

// dora is there, erik is disabled, and there is no nobody.
void people(CtlRoom& room) {
  room.start_server();
  for (const char* const name : {"dora", "erik"}) room.add_user(name);
  REQUIRE(room.ctl({"user", "disable", "erik"}).exit_code == 0);
}

Words notice(const std::string& text, const Words& more) {
  Words words{"msg", "broadcast", text, "--to", "nobody,dora,erik"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

nlohmann::json partial(const CtlRoom& room, Words words) {
  words.insert(words.end(), {"-o", "json"});
  const Finished done = room.ctl(words);
  INFO(done.err);
  REQUIRE(done.exit_code == 3);
  return nlohmann::json::parse(done.out);
}

// "nobody NOT_FOUND, erik DISABLED"
std::string refusals(const nlohmann::json& document) {
  std::string all;
  for (const auto& one : document.at("item").at("refusals")) {
    CHECK_FALSE(one.at("message").get<std::string>().empty());
    all += (all.empty() ? "" : ", ") + one.at("user").at("name").get<std::string>() + " " +
           one.at("code").get<std::string>();
  }
  return all;
}

}  // namespace

TEST_CASE("a broadcast says who was refused and why, and its dry run foresees it",
          "[ops][M8][G41]") {
  CtlRoom room;
  people(room);
  const auto plan = partial(room, notice("closed", {"--client-id", "c1", "--dry-run"}));
  CHECK(refusals(plan) == "nobody NOT_FOUND, erik DISABLED");
  CHECK(plan.at("warnings").at(0) == "dry run: nothing was done");
  CHECK(room.ask({"conversation", "ls", "dora"}).empty());
  const auto done = partial(room, notice("closed", {"--client-id", "c1", "--yes"}));
  CHECK(refusals(done) == "nobody NOT_FOUND, erik DISABLED");
  CHECK(done.at("item").at("stored") == 1);
  CHECK(done.at("item").at("refused") == 2);
  CHECK(refusals(partial(room, notice("other", {"--client-id", "c1", "--yes"}))) ==
        "nobody NOT_FOUND, dora CONFLICT, erik DISABLED");
  const Finished table = room.ctl(notice("closed", {"--client-id", "c1", "--yes"}));
  CHECK_THAT(table.out, Catch::Contains("no user named nobody") && Catch::Contains("DISABLED"));
}

TEST_CASE("a broadcast that cannot be sent to anybody is refused beforehand", "[ops][M8]") {
  CtlRoom room;
  people(room);
  const std::pair<Words, const char*> cases[] = {
      {notice("", {"--client-id", "c1", "--yes"}), "TEXT is empty"},
      {notice("closed", {"--client-id", "two words", "--yes"}), "`--client-id`"},
      {notice("closed", {"--client-id", std::string(65, 'x'), "--dry-run"}), "`--client-id`"},
      {{"msg", "broadcast", "closed", "--client-id", "c1", "--to", ",", "--yes"}, "names nobody"},
  };
  for (const auto& [words, why] : cases) {
    const Finished done = room.ctl(words);
    INFO(done.out);
    CHECK(done.exit_code == 2);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, Catch::Contains(why));
  }
  CHECK(room.ask({"conversation", "ls", "dora"}).empty());
}
