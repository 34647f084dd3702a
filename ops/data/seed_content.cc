#include "ops/data/seed_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mpim::ops {
namespace {

constexpr uint32_t kMembersMax = 50;
constexpr uint64_t kGroupShare = 4;  // every fourth message goes to a group

constexpr auto kWords = std::to_array<std::string_view>({
    "morning",
    "coffee",
    "deploy",
    "lunch",
    "meeting",
    "ticket",
    "thanks",
    "later",
    "green",
    "build",
    "release",
    "weekend",
    "train",
    "review",
    "\u4f60\u597d",
    "caf\u00e9",
    "ready",
    "maybe",
});

// SplitMix64: the same numbers with every compiler, which std's distributions do not promise.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9E37'79B9'7F4A'7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBULL;
    return z ^ (z >> 31);
  }
  uint32_t below(uint64_t bound) { return static_cast<uint32_t>(next() % bound); }

 private:
  uint64_t state_;
};

std::string sentence(Numbers& numbers) {
  std::string text;
  for (uint32_t left = 2 + numbers.below(10); left > 0; --left)
    text += (text.empty() ? "" : " ") + std::string(kWords[numbers.below(kWords.size())]);
  return text;
}

}  // namespace

std::string seed_user_name(uint32_t number) { return fmt::format("seed-{:06}", number + 1); }
std::string seed_group_name(uint32_t number) { return fmt::format("seed-group-{:04}", number + 1); }

std::vector<uint32_t> seed_group_members(const SeedPlan& plan, uint32_t group) {
  Numbers numbers(plan.seed ^ (uint64_t{group} << 32) ^ 0x6772'6f75'70ULL);
  const uint32_t owner = group % plan.users;
  const uint32_t size = std::min(plan.users, 2 + numbers.below(kMembersMax - 1));
  std::vector<uint32_t> members{owner};
  // A run of users from a random start: nobody twice, without remembering who was taken.
  const uint32_t start = numbers.below(plan.users);
  for (uint32_t i = 0; i < plan.users && members.size() < size; ++i)
    if (const uint32_t user = (start + i) % plan.users; user != owner) members.push_back(user);
  return members;
}

SeedMessage seed_message(const SeedPlan& plan, uint64_t number) {
  Numbers numbers(plan.seed * 0x1000'0000'01B3ULL + number);
  SeedMessage message;
  message.client_id =
      fmt::format("seed-{}-{}-{}-{}", plan.seed, plan.users, plan.groups, number + 1);
  if (plan.groups > 0 && numbers.below(kGroupShare) == 0) {
    message.group = numbers.below(plan.groups);
    const auto members = seed_group_members(plan, *message.group);
    message.from = members[numbers.below(members.size())];
  } else {
    message.from = numbers.below(plan.users);
    message.to = (message.from + 1 + numbers.below(plan.users - 1)) % plan.users;
  }
  message.text = sentence(numbers);
  return message;
}

}  // namespace mpim::ops
