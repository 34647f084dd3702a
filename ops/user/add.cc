#include <array>

#include "ops/user/commands.h"
#include "ops/user/secrets.h"
#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"NAME", "1 to 32 letters, digits, '.', '_' or '-'", true, true},
});
constexpr auto kFlags = std::to_array<Flag>({
    {.name = "if-not-exists", .help = "a name that is taken is no error"},
    kPasswordFile,
    kPasswordStdin,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "user add dora",
    "user add bot1 bot2 --password-file secret.txt --if-not-exists",
});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"NAME", "name"},
    {"CREATED", "created"},
});

Result<int> add_users(Call& call) {
  const auto& names = call.arguments().words();
  MPIM_TRY(const std::string password,
           new_password(call, names.size() == 1 ? names[0] : "all these users"));
  v1::AddUsersRequest request;
  request.mutable_names()->Add(names.begin(), names.end());
  request.set_password(password);
  request.set_if_not_exists(call.arguments().has("if-not-exists"));
  MPIM_TRY(const auto response, call.ask<v1::AddUsersResponse>("AddUsers", request));
  Value::List items;
  for (const v1::AddedUser& added : response.users()) {
    Value item = Value::message(added.user());
    item.set("created", Value::flag(added.created()));
    items.push_back(std::move(item));
  }
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kUserAddForm{
    .detail =
        "All of them get the same password: from a question on the terminal, --password-stdin,\n"
        "--password-file or the variable MPIM_PASSWORD.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "AddedUserList",
    .run = add_users,
};

}  // namespace mpim::ops
