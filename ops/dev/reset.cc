#include <algorithm>
#include <array>
#include <filesystem>

#include "ops/dev/commands.h"
#include "ops/dev/dev_node.h"

namespace mpim::ops {
namespace {

namespace fs = std::filesystem;

constexpr auto kFlags = std::to_array<Flag>({kDryRun, kYes});
constexpr auto kExamples =
    std::to_array<std::string_view>({"dev reset --dry-run", "dev reset --yes"});
constexpr auto kColumns = std::to_array<Column>({{"ACTION", "action"}, {"WHAT", "what"}});

// What a node keeps in its data directory. Anything else there is not ours to delete.
constexpr auto kOwnFiles = std::to_array<std::string_view>({
    "admin.sock",
    "dev.json",
    "lock",
    "mpim.db",
    "mpim.db-journal",
    "mpim.db-shm",
    "mpim.db-wal",
    "mpimd.log",
    "search.db",
    "search.db-journal",
    "search.db-shm",
    "search.db-wal",
});
static_assert(std::ranges::is_sorted(kOwnFiles));
constexpr std::string_view kUploads = "files";  // a directory

struct Plan {
  std::optional<v1::GetServerResponse> node;
  std::vector<std::string> files;  // sorted
  std::vector<std::string> foreign;
  std::string dir;
};

Result<Plan> make_plan(Call& call) {
  Plan plan;
  MPIM_TRY(const Settings settings, call.settings());
  plan.dir = data_dir(settings);
  MPIM_TRY(plan.node, running_node(call));
  std::error_code failed;
  if (plan.node && !fs::equivalent(plan.node->data_dir(), plan.dir, failed))
    return call.failing({Code::kConflict, "the node at this admin socket keeps its data in " +
                                              plan.node->data_dir() + ", not in " + plan.dir},
                        "name that node's socket: --admin-socket PATH");
  for (const auto& entry : fs::directory_iterator(plan.dir, failed)) {
    const std::string name = entry.path().filename();
    const bool own =
        entry.is_directory(failed) ? name == kUploads : std::ranges::binary_search(kOwnFiles, name);
    (own ? plan.files : plan.foreign).push_back(entry.path());
  }
  std::ranges::sort(plan.files);
  std::ranges::sort(plan.foreign);
  return plan;
}

Value step(std::string_view action, const std::string& what) {
  return Value::object({{"action", Value::text(action)}, {"what", Value::text(what)}});
}

Value::List steps_of(const Plan& plan) {
  Value::List steps;
  if (plan.node) steps.push_back(step("stop", "process " + std::to_string(plan.node->pid())));
  for (const std::string& file : plan.files) steps.push_back(step("delete", file));
  return steps;
}

Result<void> carry_out(Call& call, const Plan& plan) {
  if (plan.node) MPIM_CHECKED(stop_node(call, *plan.node));
  for (const std::string& file : plan.files) {
    std::error_code failed;
    fs::remove_all(file, failed);
    if (failed) return Error{Code::kUnavailable, "cannot delete " + file + ": " + failed.message()};
  }
  std::error_code not_empty;
  fs::remove(plan.dir, not_empty);
  return {};
}

Result<int> reset(Call& call) {
  MPIM_TRY(const Plan plan, make_plan(call));
  if (!plan.files.empty() && !fs::exists(plan.dir + "/mpim.db") &&
      !fs::exists(state_file(plan.dir)))
    return call.failing({Code::kConflict, plan.dir + " does not look like a node's data directory"},
                        "--data-dir DIR names another");
  std::vector<std::string> warnings;
  for (const std::string& file : plan.foreign)
    warnings.push_back(file + " is not mpim's and stays");
  if (call.arguments().has("dry-run")) {
    warnings.emplace_back("dry run: nothing was done");
  } else if (plan.node || !plan.files.empty()) {
    MPIM_TRY(const bool sure, call.may_destroy("delete every message in " + plan.dir + "?"));
    if (!sure) return kFailed;
    MPIM_CHECKED(carry_out(call, plan));
  }
  call.show_list(steps_of(plan), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kDevResetForm{
    .detail =
        "Deletes the files that a node makes in its data directory, and nothing else. --dry-run "
        "shows\n"
        "exactly which.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DevResetPlan",
    .run = reset,
};

}  // namespace mpim::ops
