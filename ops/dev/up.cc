#include <array>
#include <filesystem>

#include "ops/dev/commands.h"
#include "ops/dev/dev_node.h"
#include "ops/dev/guide.h"
#include "ops/dev/local_server.h"
#include "ops/dev/node_columns.h"
#include "ops/whole_file.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {.name = "foreground", .help = "stay, and end the node with Ctrl-C"},
    {"http", FlagType::kText, "ADDR:PORT", "where HTTP listens; port 0 picks a free one"},
    {"line", FlagType::kText, "ADDR:PORT", "where the line protocol listens"},
    {.name = "no-demo", .help = "no demo users"},
    {"ws", FlagType::kText, "ADDR:PORT", "where the WebSocket listens"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "dev up",
    "dev up --line 127.0.0.1:0 --ws 127.0.0.1:0 --http 127.0.0.1:0 --data-dir /tmp/mpim",
    "dev up --foreground",
});

constexpr std::string_view kOtherPorts =
    "`mpimctl dev up --line 127.0.0.1:0 --ws 127.0.0.1:0 --http 127.0.0.1:0` picks free ports";

// Settings with this command's own flags over them.
Result<Settings> settings_wanted(Call& call) {
  MPIM_TRY(Settings settings, call.settings());
  for (const char* const flag : {"line", "ws", "http"})
    if (call.arguments().has(flag)) {
      const auto set =
          set_setting(settings, std::string(flag) + ".listen", call.arguments().text(flag));
      if (!set) return call.usage("`--" + std::string(flag) + "`: " + set.error().message);
    }
  return settings;
}

std::vector<std::string> server_flags(const Call& call, const Settings& settings) {
  std::vector<std::string> flags{
      "--data-dir",     std::filesystem::absolute(data_dir(settings)),
      "--line",         settings.line.listen,
      "--ws",           settings.ws.listen,
      "--http",         settings.http.listen,
      "--admin-socket", std::filesystem::absolute(admin_socket(settings))};
  if (const std::string file = call.settings_file(); !file.empty())
    flags.insert(flags.end(), {"--config", file});
  return flags;
}

Result<LocalServer> start_node(Call& call, const Settings& settings) {
  if (const auto program = server_program(); !program)
    return call.failing(program.error(), "build it: `make build` puts both into build/bin");
  for (const auto& [address, flag] :
       {std::pair(settings.line.listen, "--line"), std::pair(settings.ws.listen, "--ws"),
        std::pair(settings.http.listen, "--http")})
    if (const auto free = check_free(address, flag); !free)
      return call.failing(free.error(), std::string(kOtherPorts));
  const bool foreground = call.arguments().has("foreground");
  LocalServer::Options options{server_flags(call, settings), "", !foreground};
  if (!foreground) {
    const std::string dir = data_dir(settings);
    std::error_code failed;
    if (std::filesystem::create_directories(dir, failed))
      std::filesystem::permissions(dir, std::filesystem::perms::owner_all, failed);
    if (failed)
      return call.failing({Code::kUnavailable, "cannot make " + dir + ": " + failed.message()},
                          "--data-dir DIR chooses another");
    options.log_path = dir + "/mpimd.log";
  }
  auto server = LocalServer::start(options, call.timeout());
  if (!server)
    return call.failing(server.error(), options.log_path.empty() ? "its own lines above say why"
                                                                 : options.log_path + " says more");
  return server;
}

struct Demo {
  Manifest manifest;
  uint64_t group = 0;
};

Result<Demo> apply_demo(Call& call) {
  Demo demo;
  if (call.arguments().has("no-demo")) return demo;
  MPIM_TRY(demo.manifest, parse_manifest(demo_manifest_text(), "fixtures/demo.json"));
  Value::List changes;
  MPIM_CHECKED(apply_manifest(call, demo.manifest, changes));
  for (const Value& change : changes)
    if (change.at("what").plain() == "group")
      demo.group = parse_number(change.at("id").plain(), ~uint64_t{0}).value();
  return demo;
}

// Shows the node and what to type next; makes the demo users on the way.
Result<void> introduce(Call& call, bool was_running) {
  MPIM_TRY(const auto node, call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest()));
  MPIM_TRY(const Demo demo, apply_demo(call));
  Value item = node_item(call, node, was_running ? "already running" : "started");
  if (!was_running)
    MPIM_CHECKED(
        write_whole_file(state_file(node.data_dir()), item.json(JsonLayout::kPretty) + "\n"));
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.columns = kNodeColumns;
  document.text = "mpimd " + std::string(was_running ? "runs already" : "is running") +
                  " (process " + std::to_string(node.pid()) + "), data in " + node.data_dir() +
                  "\n" + guide_text(node, demo.manifest, demo.group);
  document.items.push_back(std::move(item));
  call.show(document);
  call.terminal().flush();
  return {};
}

Result<int> up(Call& call) {
  MPIM_TRY(const auto found, running_node(call));
  if (found) {
    MPIM_CHECKED(introduce(call, true));
    return kDone;
  }
  MPIM_TRY(const Settings settings, settings_wanted(call));
  MPIM_TRY(LocalServer server, start_node(call, settings));
  const auto introduced = introduce(call, false);
  if (!call.arguments().has("foreground")) {
    if (!introduced) return introduced.error();
    return kDone;
  }
  if (!introduced) {
    MPIM_CHECKED(end_process(server.pid(), call.timeout()));
    return introduced.error();
  }
  return server.follow([&] { call.terminal().note("\nstopping mpimd ..."); });
}

}  // namespace

const CommandForm kDevUpForm{
    .detail =
        "Starts the mpimd beside this program, waits until it is ready, makes the demo users "
        "alice,\n"
        "bob and carol with their group `lobby`, and says what to type next. Doing it again "
        "changes\n"
        "nothing. Its log is mpimd.log in the data directory.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DevNode",
    .run = up,
};

}  // namespace mpim::ops
