#include <array>
#include <nlohmann/json.hpp>

#include "ops/call.h"
#include "ops/health/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"health", "health -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"CHECK", "name"},
    {"STATE", "state"},
    {"FOR S", "forS", Cell::kNumber},
    {"DETAIL", "detail"},
});

// As /readyz tells a check; a token's holder is told no details.
Value check_item(const nlohmann::json& check, std::string_view state) {
  return Value::object({{"name", Value::text(check.value("name", ""))},
                        {"state", Value::text(state)},
                        {"forS", Value::number(check.value("forMs", uint64_t{0}) / 1'000)},
                        {"detail", Value::text(check.value("detail", ""))}});
}

Result<int> show_health(Call& call) {
  MPIM_TRY(AdminClient* const client, call.admin());
  MPIM_TRY(const std::string told, client->get("/readyz"));
  const auto ready = nlohmann::json::parse(told, nullptr, false);
  if (!ready.is_object() || !ready.contains("checks"))
    return Error{Code::kInternal, "/readyz did not answer as mpimd does"};
  Value::List items;
  bool all_ok = true;
  for (const auto& check : ready["checks"]) {
    const bool ok = check.value("ok", false);
    all_ok = all_ok && ok;
    const std::string_view fine = check.value("degraded", false) ? "degraded" : "ok";
    items.push_back(check_item(check, ok ? fine : "failed"));
  }
  call.show_list(std::move(items), kColumns);
  return all_ok ? kDone : kFailed;
}

}  // namespace

const CommandForm kHealthForm{
    .detail =
        "What /readyz tells a balancer, and why. Exit code 1 when a check failed: the node then\n"
        "wants no new clients. What is degraded works, with less than usual, and fails nobody.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "HealthCheckList",
    .run = show_health,
};

}  // namespace mpim::ops
