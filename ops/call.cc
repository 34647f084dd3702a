#include "ops/call.h"

#include <cstdlib>
#include <filesystem>

#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr std::chrono::seconds kTimeout{30};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool same_dir(const std::string& one, const std::string& other) {
  std::error_code failed;
  return std::filesystem::equivalent(one, other, failed);
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
  return arguments_.has("config") ? arguments_.text("config") : mpim::settings_file();
}

Result<Settings> Call::settings() {
  if (settings_) return *settings_;
  Settings settings;
  if (const std::string file = settings_file(); !file.empty()) {
    const auto read = read_settings_file(settings, file);
    if (!read && read.error().code == Code::kNotFound)
      return failing(read.error(), "`mpimctl config init --config " + file + "` writes it");
    if (!read) return failing(read.error(), "`mpimctl config validate " + file + "` checks it");
  }
  MPIM_CHECKED(read_settings_environment(settings));
  if (arguments_.has("data-dir")) settings.data.dir = arguments_.text("data-dir");
  if (arguments_.has("admin-socket")) settings.admin.socket = arguments_.text("admin-socket");
  settings_ = settings;
  return settings;
}

std::chrono::milliseconds Call::timeout() const {
  return arguments_.has("timeout") ? arguments_.duration("timeout") : kTimeout;
}

std::string Call::server_url() const {
  if (arguments_.has("server")) return arguments_.text("server");
  return arguments_.has("admin-socket") ? "" : variable("MPIM_ADMIN_URL");
}

Result<AdminClient*> Call::admin() {
  if (!admin_) {
    MPIM_TRY(const Settings settings, this->settings());
    MPIM_TRY(AdminPlace place, admin_place(settings));
    admin_ = std::make_unique<AdminClient>(std::move(place), timeout());
  }
  MPIM_CHECKED(check_node());
  return admin_.get();
}

// A token is for the address that was given with it: nothing sends it to a node nobody named.
Result<AdminPlace> Call::admin_place(const Settings& settings) {
  AdminPlace place{.socket = admin_socket(settings), .url = server_url()};
  if (place.url.empty()) return place;
  if (!place.url.starts_with("http://") && !place.url.starts_with("https://"))
    return failing(
        {Code::kBadRequest, "the server is no http:// or https:// address: " + place.url},
        "`--server http://127.0.0.1:8080`");
  if (arguments_.has("token-file")) {
    MPIM_TRY(const std::string text, input(arguments_.text("token-file")));
    place.token = text.substr(0, text.find_first_of("\r\n"));
  } else {
    place.token = variable("MPIM_ADMIN_TOKEN");
  }
  if (place.token.empty())
    return failing({Code::kNotLoggedIn, "no admin token for " + place.url},
                   "`mpimctl token issue --admin` on the node's own machine gives one: give "
                   "--token-file FILE or the variable MPIM_ADMIN_TOKEN");
  return place;
}

Result<void> Call::check_node() {
  const char* const variable = std::getenv("MPIM_DATA_DIR");
  const bool named = arguments_.has("data-dir") || (variable != nullptr && *variable != 0);
  if (node_checked_ || !named || !admin_->local()) return {};
  const auto node = admin_->ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest());
  if (!node && admin_->unreachable()) return {};  // the command's own question says so
  if (!node) {
    note_failure(node.error().code);
    return node.error();
  }
  MPIM_TRY(const Settings settings, this->settings());
  if (!same_dir(node->data_dir(), settings.data.dir))
    return failing({Code::kConflict, "the node at " + admin_->place() + " (process " +
                                         std::to_string(node->pid()) + ") keeps its data in " +
                                         node->data_dir() + ", not in " + settings.data.dir},
                   "name that node's socket: --admin-socket PATH");
  node_checked_ = true;
  return {};
}

void Call::note_failure(Code code) {
  circumstance_.request_id = admin_->answered() ? admin_->request_id() : "";
  if (admin_->unreachable())
    circumstance_.hint = "`mpimctl dev up` starts a local node; --admin-socket PATH names another";
  else if (!admin_->answered() && code == Code::kDenied)
    circumstance_.hint = "run it as the user mpimd runs as, or as root";
  else if (!admin_->answered() && code == Code::kBadRequest)
    circumstance_.hint = "--admin-socket PATH names a shorter one, to mpimd and to mpimctl";
  else if (code == Code::kBadRequest)
    circumstance_.hint = help_hint();
}

Result<std::string> Call::input(const std::string& path) {
  auto text = read_file_or_stdin(path);
  if (!text) return failing(text.error(), "name a file that can be read, or - for stdin");
  return text;
}

Result<void> Call::write(const std::string& path, std::string_view text, Readers readers) {
  const auto written = write_whole_file(path, text, readers);
  if (written.ok()) return {};
  return failing({Code::kUnknown, written.error().message},
                 "look at that disk and at who may write there, or name another file");
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
