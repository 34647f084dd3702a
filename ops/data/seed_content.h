// What `mpimctl seed` makes: everything follows from the counts and one number, so that a second
// run asks for exactly the same and the server stores nothing twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mpim::ops {

struct SeedPlan {
  uint64_t seed = 1;
  uint32_t users = 0;
  uint32_t groups = 0;
  uint64_t messages = 0;
};

// One message: numbers of users and groups count from 0.
struct SeedMessage {
  uint32_t from = 0;
  std::optional<uint32_t> group;
  uint32_t to = 0;  // when it is no group
  std::string text;
  std::string client_id;
};

std::string seed_user_name(uint32_t number);   // seed-000001
std::string seed_group_name(uint32_t number);  // seed-group-0001
// The owner first, then others, each once: 2 to 50 where there are so many users.
std::vector<uint32_t> seed_group_members(const SeedPlan& plan, uint32_t group);
// The n-th message; needs two users. Who writes to a group is one of its members.
SeedMessage seed_message(const SeedPlan& plan, uint64_t number);

}  // namespace mpim::ops
