// What a command is given: its arguments, the terminal, the settings, the server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ops/admin_client.h"
#include "ops/arguments.h"
#include "ops/contract.h"
#include "ops/output.h"
#include "ops/terminal.h"
#include "ops/whole_file.h"
#include "server/config/settings.h"

namespace mpim::ops {

// Threads  one.
// Lifetime one command.
class Call {
 public:
  Call(CommandPath path, Arguments arguments, Terminal& terminal, Format format);

  const CommandPath& path() const { return path_; }
  const Arguments& arguments() const { return arguments_; }
  Terminal& terminal() { return terminal_; }
  Format format() const { return format_; }
  Circumstance& circumstance() { return circumstance_; }

  // Sets what the person should do about the error this command is about to answer.
  Error failing(Error error, std::string hint);
  // A kBadRequest that points at this command's help.
  Error usage(std::string message);

  // The settings file in use: --config, else the one that mpimd would find; empty: none.
  std::string settings_file() const;
  // Settings of file, environment and global flags, weakest first; read once.
  Result<Settings> settings();
  std::chrono::milliseconds timeout() const;
  // The node's HTTP address, where --server or MPIM_ADMIN_URL names one; empty: its socket.
  std::string server_url() const;

  // The node's admin client; connects with its first question. kConflict: --data-dir or
  // MPIM_DATA_DIR names a directory, and the node at the socket has another one.
  Result<AdminClient*> admin();
  // Asks the node. Without a server the hint is how to start one; for a request the server cannot
  // use it is this command's help.
  template <class Response>
  Result<Response> ask(std::string_view method, const google::protobuf::Message& request) {
    MPIM_TRY(AdminClient* const client, admin());
    auto response = client->ask<Response>(method, request);
    if (!response) note_failure(response.error().code);
    return response;
  }

  // A file that was named on the line, or stdin for "-". Its errors say what to name instead.
  Result<std::string> input(const std::string& path);
  // Writes a file that was named on the line. Its errors point at the disk, not at the server.
  Result<void> write(const std::string& path, std::string_view text,
                     Readers readers = Readers::kEverybody);

  // Shows a result on stdout, its warnings with it (JSON) or on stderr.
  void show(const Document& document);
  // One item that is its own kind's document.
  void show_item(Value item, std::span<const Column> columns,
                 std::span<const Section> sections = {});
  void show_list(Value::List items, std::span<const Column> columns,
                 std::vector<std::string> warnings = {});

  // True when a destructive command may go on: --yes, or a yes on the terminal. Where nobody can be
  // asked, kBadRequest names --yes.
  Result<bool> may_destroy(std::string_view question);

 private:
  Result<AdminPlace> admin_place(const Settings& settings);
  Result<void> check_node();
  void note_failure(Code code);
  std::string help_hint() const;

  CommandPath path_;
  Arguments arguments_;
  Terminal& terminal_;
  Format format_;
  Circumstance circumstance_;
  std::optional<Settings> settings_;
  std::unique_ptr<AdminClient> admin_;
  bool node_checked_ = false;
};

}  // namespace mpim::ops
