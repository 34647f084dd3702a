#include "ops/command_tree.h"

#include <algorithm>
#include <array>

#include "ops/bench/commands.h"
#include "ops/block/commands.h"
#include "ops/config/commands.h"
#include "ops/conversation/commands.h"
#include "ops/data/commands.h"
#include "ops/db/commands.h"
#include "ops/deadletter/commands.h"
#include "ops/dev/commands.h"
#include "ops/device/commands.h"
#include "ops/doctor/commands.h"
#include "ops/errors/commands.h"
#include "ops/friend/commands.h"
#include "ops/group/commands.h"
#include "ops/health/commands.h"
#include "ops/msg/commands.h"
#include "ops/node/commands.h"
#include "ops/offline/commands.h"
#include "ops/presence/commands.h"
#include "ops/route/commands.h"
#include "ops/session/commands.h"
#include "ops/setting/commands.h"
#include "ops/smoke/commands.h"
#include "ops/start/commands.h"
#include "ops/token/commands.h"
#include "ops/user/commands.h"
#include "server/config/settings.h"

namespace mpim::ops {
namespace {

constexpr auto kGroups = std::to_array<CommandGroup>({
    {"bench", "Load tests that measure and judge", kBenchCommands},
    {"block", "Whom users do not want to hear from", kBlockCommands},
    {"config", "The settings file of a node", kConfigCommands},
    {"conversation", "What a user talks in", kConversationCommands},
    {"db", "The database of a stopped node", kDbCommands},
    {"deadletter", "What was accepted and could not be stored", kDeadletterCommands},
    {"dev", "A local node for trying things out", kDevCommands},
    {"device", "The devices of a user", kDeviceCommands},
    {"errors", "The codes that failures carry", kErrorsCommands},
    {"friend", "Who is whose friend", kFriendCommands},
    {"group", "Groups and their members", kGroupCommands},
    {"msg", "Messages", kMsgCommands},
    {"node", "The nodes of a cluster", kNodeCommands},
    {"offline", "What devices have not received yet", kOfflineCommands},
    {"presence", "Who is there, and since when", kPresenceCommands},
    {"route", "Which nodes hold whose sessions", kRouteCommands},
    {"session", "Devices that are logged in", kSessionCommands},
    {"setting", "Settings that all nodes follow while they run", kSettingCommands},
    {"token", "What people and operators show instead of a password", kTokenCommands},
    {"user", "People's accounts", kUserCommands},
});
static_assert(std::ranges::is_sorted(kGroups, {}, &CommandGroup::name));
static_assert(std::ranges::all_of(kGroups, [](const CommandGroup& group) {
  return std::ranges::is_sorted(group.commands, {}, &Command::name);
}));

constexpr auto kSingles = std::to_array<Command>({
    {"apply", Impact::kWrites, "Make users and groups as a file says", &kApplyForm},
    {"doctor", Impact::kReads, "Look for what is wrong with a node and its machine", &kDoctorForm},
    {"health", Impact::kReads, "Show how a node is, check by check", &kHealthForm},
    {"help", Impact::kReads, "Explain a command or a topic", &kHelpForm},
    {"seed", Impact::kWrites, "Fill the node with users, groups and messages", &kSeedForm},
    {"smoke", Impact::kWrites, "Check a running server from end to end", &kSmokeForm},
    {"version", Impact::kReads, "Show the versions of mpimctl and the server", &kVersionForm},
});
static_assert(std::ranges::is_sorted(kSingles, {}, &Command::name));

constexpr auto kGlobals = std::to_array<Flag>({
    {"admin-socket", FlagType::kText, "PATH", "the node's admin socket"},
    {"color", FlagType::kChoice, "auto always never",
     "colour on a terminal; `always` also with NO_COLOR, but never into a pipe", "auto"},
    {"config",
     FlagType::kText,
     "FILE",
     "the settings file; else ./mpimd.toml, else mpim/mpimd.toml in $XDG_CONFIG_HOME",
     {},
     'c'},
    {"data-dir", FlagType::kText, "DIR", "where the node keeps its data"},
    {"help", FlagType::kSwitch, {}, "explain this command", {}, 'h'},
    {"no-input", FlagType::kSwitch, {}, "never ask, even on a terminal"},
    {"no-progress", FlagType::kSwitch, {}, "no progress bar"},
    {"output", FlagType::kChoice, "table json", "how results are shown", "table", 'o'},
    {"server", FlagType::kText, "URL",
     "the node's HTTP address instead of its socket, with an admin token; else $MPIM_ADMIN_URL"},
    {"timeout", FlagType::kDuration, "TIME", "how long to wait for the server (default 30s)"},
    {"token-file", FlagType::kText, "FILE",
     "the admin token for --server, - for stdin; else $MPIM_ADMIN_TOKEN"},
});
static_assert(std::ranges::is_sorted(kGlobals, {}, &Flag::name));

template <class Row>
const Row* named(std::span<const Row> rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

Error unknown_name(const std::string& typed, const std::string& where,
                   std::span<const std::string_view> candidates) {
  return {Code::kUnknownCommand,
          "`" + where + typed + "` is no command" + did_you_mean(typed, candidates)};
}

}  // namespace

std::string_view name_of(Impact impact) {
  constexpr std::string_view kNames[] = {"reads", "writes", "destroys"};
  return kNames[static_cast<size_t>(impact)];
}

std::span<const CommandGroup> all_groups() { return kGroups; }
std::span<const Command> single_commands() { return kSingles; }
std::span<const Flag> global_flags() { return kGlobals; }

std::string CommandPath::name() const {
  std::string result;
  if (group != nullptr) result += group->name;
  if (group != nullptr && command != nullptr) result += ' ';
  if (command != nullptr) result += command->name;
  return result;
}

std::vector<CommandPath> all_commands() {
  std::vector<CommandPath> result;
  for (const Command& command : kSingles) result.push_back({nullptr, &command});
  for (const CommandGroup& group : kGroups)
    for (const Command& command : group.commands) result.push_back({&group, &command});
  std::ranges::sort(result, {}, &CommandPath::name);
  return result;
}

Result<CommandPath> find_command(std::span<const std::string> words) {
  if (words.empty()) return CommandPath{};
  if (const auto* single = named(single_commands(), words[0])) return CommandPath{nullptr, single};
  const auto* group = named(all_groups(), words[0]);
  std::vector<std::string_view> candidates;
  if (group == nullptr) {
    for (const Command& command : kSingles) candidates.push_back(command.name);
    for (const CommandGroup& other : kGroups) candidates.push_back(other.name);
    return unknown_name(words[0], "", candidates);
  }
  if (words.size() == 1) return CommandPath{group, nullptr};
  if (const auto* command = named(group->commands, words[1])) return CommandPath{group, command};
  for (const Command& command : group->commands) candidates.push_back(command.name);
  return unknown_name(words[1], words[0] + " ", candidates);
}

std::string did_you_mean(std::string_view typed, std::span<const std::string_view> candidates) {
  const std::string near = nearest_name(typed, candidates);
  if (!near.empty()) return ", did you mean `" + near + "`?";
  std::string starts;
  for (const std::string_view candidate : candidates)
    if (typed.size() >= 2 && candidate.starts_with(typed))
      starts += (starts.empty() ? "`" : "` or `") + std::string(candidate);
  return starts.empty() ? "" : ", did you mean " + starts + "`?";
}

}  // namespace mpim::ops
