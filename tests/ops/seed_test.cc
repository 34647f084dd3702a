#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "ops/data/seed_content.h"
#include "tests/ops/ctl_room.h"

using namespace mpim::ops;
using namespace mpim::testing;

TEST_CASE("a seed's content is the same on every run and machine", "[ops]") {
  const SeedPlan plan{.seed = 1, .users = 100, .groups = 10, .messages = 1000};
  const SeedMessage first = seed_message(plan, 0);
  const SeedMessage again = seed_message(plan, 0);
  CHECK(first.text == again.text);
  CHECK(first.client_id == "seed-1-100-10-1");
  CHECK(seed_message({.seed = 2, .users = 100, .groups = 10, .messages = 1000}, 0).text !=
        first.text);
  CHECK(seed_user_name(0) == "seed-000001");
}

TEST_CASE("a group's members are different people, its owner first", "[ops]") {
  const SeedPlan plan{.seed = 3, .users = GENERATE(2U, 7U, 200U), .groups = 20, .messages = 0};
  for (uint32_t group = 0; group < plan.groups; ++group) {
    const auto members = seed_group_members(plan, group);
    CHECK(members.size() >= 2);
    CHECK(members.size() <= 50);
    CHECK(members.front() == group % plan.users);
    CHECK(std::set<uint32_t>(members.begin(), members.end()).size() == members.size());
    for (const uint32_t member : members) CHECK(member < plan.users);
  }
}

TEST_CASE("nobody writes to himself, and only members write to a group", "[ops]") {
  const SeedPlan plan{.seed = 5, .users = 20, .groups = 4, .messages = 500};
  size_t to_groups = 0;
  for (uint64_t i = 0; i < plan.messages; ++i) {
    const SeedMessage message = seed_message(plan, i);
    if (message.group) {
      ++to_groups;
      const auto members = seed_group_members(plan, *message.group);
      CHECK(std::find(members.begin(), members.end(), message.from) != members.end());
    } else {
      CHECK(message.from != message.to);
    }
  }
  CHECK(to_groups > 80);
  CHECK(to_groups < 170);
}

TEST_CASE("seeding again stores nothing twice", "[ops]") {
  CtlRoom room;
  room.start_server();
  const std::vector<std::string> words{"seed",       "--users", "30",     "--groups", "3",
                                       "--messages", "1500",    "--seed", "9"};
  const auto first = room.ask(words);
  CHECK(first.at("usersCreated") == 30);
  CHECK(first.at("groupsCreated") == 3);
  CHECK(first.at("messagesStored") == 1500);
  const auto again = room.ask(words);
  CHECK(again.at("usersCreated") == 0);
  CHECK(again.at("messagesStored") == 0);
  CHECK(again.at("repeats") == 1500);
  CHECK(again.at("refused") == 0);
}

TEST_CASE("seed needs a number of users", "[ops]") {
  const CtlRoom room;
  const Finished refused = room.ctl({"seed"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("--users"));
  CHECK(room.ctl({"seed", "--users", "1", "--messages", "5"}).exit_code == 2);
}
