#include "ops/user/each_user.h"

#include <array>

#include "ops/user/user_ref.h"

namespace mpim::ops {

Result<int> for_each_user(Call& call, std::span<const Column> columns,
                          const std::function<Result<Value>(const v1::UserRef&)>& act) {
  Value::List done;
  std::vector<std::string> warnings;
  for (const std::string& word : call.arguments().words()) {
    auto answer = act(user_ref(word));
    if (!answer && done.empty()) return answer.error();
    if (!answer) {
      warnings.push_back("stopped at `" + word + "`: " + answer.error().message);
      break;
    }
    done.push_back(std::move(*answer));
  }
  const int exit_code = warnings.empty() ? kDone : kPartial;
  call.show_list(std::move(done), columns, std::move(warnings));
  return exit_code;
}

std::span<const Column> user_columns() {
  static constexpr auto kColumns = std::to_array<Column>({
      {"ID", "id", Cell::kNumber},
      {"NAME", "name"},
      {"DISABLED", "disabled"},
      {"SESSIONS", "sessions", Cell::kNumber},
      {"CREATED", "createdAtMs", Cell::kTime},
  });
  return kColumns;
}

}  // namespace mpim::ops
