#include <array>
#include <random>

#include "ops/data/commands.h"
#include "ops/data/seed_content.h"
#include "ops/progress.h"
#include "ops/user/secrets.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kBatch = 1'000;  // names or messages in one call
constexpr auto kFlags = std::to_array<Flag>({
    {"groups", FlagType::kNumber, "COUNT", "groups of 2 to 50 members", "0", 0, 1'000'000},
    {"messages", FlagType::kNumber, "COUNT", "messages, one in four to a group", "0", 0,
     1'000'000'000},
    kPasswordFile,
    kPasswordStdin,
    {"seed", FlagType::kNumber, "NUMBER", "another number makes other content", "1", 0,
     0xFFFF'FFFF},
    {"users", FlagType::kNumber, "COUNT", "users (needed)", {}, 0, 10'000'000},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "seed --users 100 --groups 10 --messages 1000",
    "seed --users 5000 --password-file secret.txt --no-progress",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Users created", "usersCreated"},
    {"Groups created", "groupsCreated"},
    {"Messages stored", "messagesStored"},
    {"Repeats", "repeats"},
    {"Refused", "refused"},
});

struct Tally {
  uint64_t users_created = 0;
  uint64_t groups_created = 0;
  uint64_t stored = 0;
  uint64_t repeats = 0;
  uint64_t refused = 0;
  std::string first_refusal;
};

std::string random_password() {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::random_device random;
  std::string password;
  for (int i = 0; i < 20; ++i) password += kLetters[random() % kLetters.size()];
  return password;
}

Result<void> seed_users(Call& call, const SeedPlan& plan, const std::string& password,
                        Tally& tally) {
  Progress progress(call.terminal(), "users", plan.users);
  for (uint32_t from = 0; from < plan.users; from += kBatch) {
    const uint32_t to = std::min(plan.users, from + kBatch);
    v1::AddUsersRequest request;
    for (uint32_t i = from; i < to; ++i) request.add_names(seed_user_name(i));
    request.set_password(password);
    request.set_if_not_exists(true);
    MPIM_TRY(const auto response, call.ask<v1::AddUsersResponse>("AddUsers", request));
    for (const v1::AddedUser& user : response.users())
      tally.users_created += user.created() ? 1 : 0;
    progress.advance(to - from);
  }
  return {};
}

// Answers the groups' ids in the order of their numbers.
Result<std::vector<uint64_t>> seed_groups(Call& call, const SeedPlan& plan, Tally& tally) {
  Progress progress(call.terminal(), "groups", plan.groups);
  std::vector<uint64_t> ids;
  for (uint32_t i = 0; i < plan.groups; ++i) {
    const auto members = seed_group_members(plan, i);
    v1::CreateGroupRequest create;
    create.set_name(seed_group_name(i));
    create.mutable_owner()->set_name(seed_user_name(members.front()));
    create.set_if_not_exists(true);
    MPIM_TRY(const auto created, call.ask<v1::CreateGroupResponse>("CreateGroup", create));
    tally.groups_created += created.created() ? 1 : 0;
    ids.push_back(created.group().id());
    v1::AddMembersRequest add;
    add.set_group(ids.back());
    for (size_t k = 1; k < members.size(); ++k)
      add.add_users()->set_name(seed_user_name(members[k]));
    add.set_if_not_exists(true);
    if (add.users_size() > 0) MPIM_CHECKED(call.ask<v1::AddMembersResponse>("AddMembers", add));
    progress.advance(1);
  }
  return ids;
}

void write_message(const SeedMessage& message, const std::vector<uint64_t>& groups,
                   v1::NewMessage& out) {
  out.mutable_from()->set_name(seed_user_name(message.from));
  if (message.group)
    out.set_group(groups[*message.group]);
  else
    out.mutable_to()->set_name(seed_user_name(message.to));
  out.set_text(message.text);
  out.set_client_id(message.client_id);
}

void count_outcome(const v1::SendOutcome& outcome, Tally& tally) {
  if (outcome.code().empty()) {
    ++(outcome.duplicate() ? tally.repeats : tally.stored);
  } else {
    ++tally.refused;
    if (tally.first_refusal.empty()) tally.first_refusal = outcome.code() + " " + outcome.message();
  }
}

Result<void> seed_messages(Call& call, const SeedPlan& plan, const std::vector<uint64_t>& groups,
                           Tally& tally) {
  Progress progress(call.terminal(), "messages", plan.messages);
  for (uint64_t from = 0; from < plan.messages; from += kBatch) {
    const uint64_t to = std::min<uint64_t>(plan.messages, from + kBatch);
    v1::SendMessagesRequest request;
    for (uint64_t i = from; i < to; ++i)
      write_message(seed_message(plan, i), groups, *request.add_messages());
    MPIM_TRY(const auto response, call.ask<v1::SendMessagesResponse>("SendMessages", request));
    for (const v1::SendOutcome& outcome : response.outcomes()) count_outcome(outcome, tally);
    progress.advance(to - from);
  }
  return {};
}

Result<SeedPlan> plan_typed(Call& call) {
  const Arguments& arguments = call.arguments();
  const SeedPlan plan{.seed = arguments.number("seed"),
                      .users = static_cast<uint32_t>(arguments.number("users")),
                      .groups = static_cast<uint32_t>(arguments.number("groups")),
                      .messages = arguments.number("messages")};
  if (plan.users == 0) return call.usage("`--users` is missing: how many users?");
  if (plan.users < 2 && plan.messages > 0) return call.usage("`--messages` needs two `--users`");
  return plan;
}

int show_tally(Call& call, const Tally& tally) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::object({{"usersCreated", Value::number(tally.users_created)},
                                          {"groupsCreated", Value::number(tally.groups_created)},
                                          {"messagesStored", Value::number(tally.stored)},
                                          {"repeats", Value::number(tally.repeats)},
                                          {"refused", Value::number(tally.refused)}}));
  document.columns = kColumns;
  if (tally.refused > 0)
    document.warnings.push_back("some messages were refused, the first with " +
                                tally.first_refusal);
  call.show(document);
  return tally.refused > 0 ? kPartial : kDone;
}

Result<int> seed(Call& call) {
  MPIM_TRY(const SeedPlan plan, plan_typed(call));
  const bool given = password_given(call);
  std::string password = random_password();
  if (given) {
    MPIM_TRY(password, new_password(call, "the new users"));
  }
  Tally tally;
  MPIM_CHECKED(seed_users(call, plan, password, tally));
  if (!given && tally.users_created > 0)
    call.terminal().note("the new users' password is " + password);
  MPIM_TRY(const auto groups, seed_groups(call, plan, tally));
  MPIM_CHECKED(seed_messages(call, plan, groups, tally));
  return show_tally(call, tally);
}

}  // namespace

const CommandForm kSeedForm{
    .detail =
        "Users are called seed-000001 and so on, groups seed-group-0001. The same counts and "
        "--seed\n"
        "always make the same content, and every message has a client id: a second run stores\n"
        "nothing twice. New users share one password; without one it is random, and told.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SeedResult",
    .run = seed,
};

}  // namespace mpim::ops
