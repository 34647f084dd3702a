#include "ops/call.h"

#include <unistd.h>

#include <cstdlib>

namespace mpim::ops {
namespace {

constexpr std::chrono::seconds kTimeout{30};

std::string user_settings_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config != nullptr && config[0] == '/') return std::string(config) + "/mpim/mpimd.toml";
  return home != nullptr ? std::string(home) + "/.config/mpim/mpimd.toml" : "";
}

}  // namespace

Call::Call(CommandPath path, Arguments arguments, Terminal& terminal, Format format)
    : path_(path), arguments_(std::move(arguments)), terminal_(terminal), format_(format) {}

Error Call::failing(Error error, std::string hint) {
  circumstance_.hint = std::move(hint);
  return error;
}

Error Call::usage(std::string message) {
  return failing({Code::kBadRequest, std::move(message)}, help_hint());
}

std::string Call::help_hint() const {
  return "`mpimctl " + path_.name() + " --help` shows the right form";
}

std::string Call::settings_file() const {
  if (arguments_.has("config")) return arguments_.text("config");
  for (const std::string& path : {std::string("mpimd.toml"), user_settings_file()})
    if (!path.empty() && access(path.c_str(), F_OK) == 0) return path;
  return {};
}

Result<Settings> Call::settings() {
  if (settings_) return *settings_;
  Settings settings;
  if (const std::string file = settings_file(); !file.empty())
    MPIM_CHECKED(read_settings_file(settings, file));
  MPIM_CHECKED(read_settings_environment(settings));
  if (arguments_.has("data-dir")) settings.data.dir = arguments_.text("data-dir");
  if (arguments_.has("admin-socket")) settings.admin.socket = arguments_.text("admin-socket");
  settings_ = settings;
  return settings;
}

std::chrono::milliseconds Call::timeout() const {
  return arguments_.has("timeout") ? arguments_.duration("timeout") : kTimeout;
}

Result<AdminClient*> Call::admin() {
  if (!admin_) {
    MPIM_TRY(const Settings settings, this->settings());
    admin_ = std::make_unique<AdminClient>(admin_socket(settings), timeout());
  }
  return admin_.get();
}

void Call::note_failure(Code code) {
  circumstance_.request_id = admin_->unreachable() ? "" : admin_->request_id();
  if (admin_->unreachable())
    circumstance_.hint = "`mpimctl dev up` starts a local node; --admin-socket PATH names another";
  else if (code == Code::kBadRequest)
    circumstance_.hint = help_hint();
}

void Call::show(const Document& document) {
  terminal_.out(render(document, format_, terminal_.colours_out()));
  if (format_ == Format::kTable)
    for (const std::string& warning : document.warnings) terminal_.note("warning: " + warning);
}

void Call::show_item(Value item, std::span<const Column> columns,
                     std::span<const Section> sections) {
  Document document{.kind = path_.command->form->kind, .list = false};
  document.items.push_back(std::move(item));
  document.columns = columns;
  document.sections = sections;
  show(document);
}

void Call::show_list(Value::List items, std::span<const Column> columns,
                     std::vector<std::string> warnings) {
  Document document{.kind = path_.command->form->kind};
  document.items = std::move(items);
  document.columns = columns;
  document.warnings = std::move(warnings);
  show(document);
}

Result<bool> Call::may_destroy(std::string_view question) {
  if (arguments_.has("yes")) return true;
  if (!terminal_.can_ask())
    return usage(
        "this destroys something and nobody can be asked: give --yes, or --dry-run to see what");
  MPIM_TRY(const bool yes, terminal_.confirm(question));
  if (!yes) terminal_.note("nothing was done");
  return yes;
}

}  // namespace mpim::ops
