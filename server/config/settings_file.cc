#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "server/config/settings_table.h"

namespace mpim {
namespace {

constexpr size_t kFileBytesMax = 1'048'576;

// Where in the file something is wrong, and what.
struct Fault {
  toml::source_index line;
  std::string sentence;
};

bool holds_text(const Setting& setting) {
  return setting.row.type == SettingType::kText || setting.row.type == SettingType::kChoice;
}

// Walks a parsed file and puts its values into settings. Keeps the fault nearest to the file's top,
// because the table is walked in the order of names and people read from the top.
class TableReader {
 public:
  explicit TableReader(Settings& to) : to_(to) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const auto line = key.source().begin.line;
      if (const toml::table* inner = node.as_table(); inner != nullptr && !inner->empty())
        read(*inner, name + ".");
      else if (inner == nullptr || !is_section(name))
        read_value(name, node, line);
    }
  }

  const std::optional<Fault>& fault() const { return fault_; }

 private:
  static bool is_section(std::string_view name) {
    for (const Setting& setting : settings_table())
      if (setting.row.name.substr(0, setting.row.name.find('.')) == name) return true;
    return false;
  }

  void read_value(const std::string& name, const toml::node& node, toml::source_index line) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) return blame(line, unknown_setting(name).message);
    if (node.is_string() && !holds_text(*setting))
      return blame(line, "`" + name + "` must be " + accepted_values(*setting) +
                             ", not a text: take the quotes away");
    const auto value = value_of(node);
    if (!value) return blame(line, refused_value(*setting, written(node)).message);
    if (const auto set = assign_setting(*setting, to_, *value); !set)
      blame(line, set.error().message);
  }

  static std::optional<SettingValue> value_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return SettingValue(text->get());
    if (const auto* flag = node.as_boolean()) return SettingValue(flag->get());
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 0) return std::nullopt;
    return SettingValue(static_cast<uint64_t>(number->get()));
  }

  // A value no setting can have (a negative number, a float, an array, a date), as it was written.
  static std::string written(const toml::node& node) {
    std::ostringstream text;
    node.visit([&](const auto& value) { text << value; });
    return text.str();
  }

  void blame(toml::source_index line, std::string sentence) {
    if (!fault_ || line < fault_->line) fault_ = Fault{line, std::move(sentence)};
  }

  Settings& to_;
  std::optional<Fault> fault_;
};

// What is most often meant by a line that is no TOML: a text of which the quotes were forgotten.
std::string quotes_missing(std::string_view text, toml::source_index line) {
  for (; line > 1 && text.find('\n') != text.npos; --line) text.remove_prefix(text.find('\n') + 1);
  text = text.substr(0, text.find('\n'));
  const size_t value = text.find_first_not_of(" \t", text.find('=') + 1);
  const bool bare = text.find('=') != text.npos && value != text.npos &&
                    std::string_view("\"'[{").find(text[value]) == std::string_view::npos;
  return bare ? "; put text in quotes" : "";
}

Error fault_in(const std::string& path, toml::source_index line, std::string_view sentence) {
  return {Code::kBadRequest, path + ":" + std::to_string(line) + ": " + std::string(sentence)};
}

Result<std::string> file_text(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return Error{Code::kNotFound, "there is no file " + path};
  std::string text(kFileBytesMax + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && !file)
    return Error{Code::kBadRequest, "cannot read " + path + ": " + std::strerror(errno)};
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax)
    return Error{Code::kBadRequest, path + " is over 1 MiB: that is no file of settings"};
  return text;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string value_text(const Setting& setting, const Settings& settings) {
  const std::string value = get_setting(settings, setting.row.name).value();
  return holds_text(setting) ? quoted(value) : value;
}

}  // namespace

Result<void> read_settings_file(Settings& settings, const std::string& path) {
  MPIM_TRY(const std::string text, file_text(path));
  Settings read = settings;
  TableReader reader(read);
  try {
    const toml::table table = toml::parse(text, path);
    reader.read(table, "");
  } catch (const toml::parse_error& failed) {
    const auto line = failed.source().begin.line;
    return fault_in(path, line, std::string(failed.description()) + quotes_missing(text, line));
  }
  if (reader.fault()) return fault_in(path, reader.fault()->line, reader.fault()->sentence);
  settings = std::move(read);
  return {};
}

std::string write_settings(const Settings& settings) {
  std::string out =
      "# The settings of an mpim node, all of them. A setting that is left out has the default "
      "named\n"
      "# above it. Environment variables (MPIM_SERVER_WORKERS for server.workers) and flags "
      "override\n"
      "# this file; `mpimctl config validate` checks it. What is live may be changed for all nodes "
      "of\n"
      "# a cluster while they run: `mpimctl setting set` overrides all of it.\n";
  const Settings defaults;
  std::string_view section;
  for (const Setting& setting : settings_table()) {
    const size_t dot = setting.row.name.find('.');
    if (setting.row.name.substr(0, dot) != section) {
      section = setting.row.name.substr(0, dot);
      out += "\n[" + std::string(section) + "]\n";
    }
    out += "# " + std::string(setting.row.help) + "\n";
    out += "# " + accepted_values(setting) + "; default " + value_text(setting, defaults) +
           (setting.row.live ? "; live\n" : "\n");
    out += std::string(setting.row.name.substr(dot + 1)) + " = " + value_text(setting, settings) +
           "\n";
  }
  return out;
}

}  // namespace mpim
