#include <array>
#include <nlohmann/json.hpp>

#include "ops/data/manifest.h"

namespace mpim::ops {
namespace {

using nlohmann::json;

// Walks a parsed file. Every question answers a Result that names the place in the file.
class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  Result<Manifest> read(const json& whole) const {
    MPIM_CHECKED(keys_of(whole, "the file", kTop));
    Manifest manifest;
    MPIM_CHECKED(each(whole, "users", [&](const json& item, const std::string& at) {
      return read_user(item, at, manifest);
    }));
    MPIM_CHECKED(each(whole, "groups", [&](const json& item, const std::string& at) {
      return read_group(item, at, manifest);
    }));
    return manifest;
  }

  Error wrong(const std::string& at, const std::string& sentence) const {
    return {Code::kBadRequest, source_ + ": " + at + " " + sentence};
  }

 private:
  static constexpr std::array<std::string_view, 2> kTop{"groups", "users"};
  static constexpr std::array<std::string_view, 2> kUser{"name", "password"};
  static constexpr std::array<std::string_view, 4> kGroup{"description", "members", "name",
                                                          "owner"};

  Result<void> keys_of(const json& object, const std::string& at,
                       std::span<const std::string_view> known) const {
    if (!object.is_object()) return wrong(at, "must be an object");
    for (const auto& [key, value] : object.items())
      if (std::ranges::find(known, key) == known.end())
        return wrong(at, "has no `" + key + "`" + did_you_mean(key, known));
    return {};
  }

  template <class F>
  Result<void> each(const json& object, const std::string& name, F read_one) const {
    if (!object.contains(name)) return {};
    const json& list = object.at(name);
    if (!list.is_array()) return wrong(name, "must be a list");
    for (size_t i = 0; i < list.size(); ++i)
      MPIM_CHECKED(read_one(list[i], name + "[" + std::to_string(i) + "]"));
    return {};
  }

  Result<std::string> text(const json& object, const std::string& at, const std::string& name,
                           bool needed) const {
    if (!object.contains(name)) {
      if (needed) return wrong(at, "has no `" + name + "`");
      return std::string();
    }
    if (!object.at(name).is_string()) return wrong(at + "." + name, "must be a text");
    return object.at(name).get<std::string>();
  }

  Result<void> read_user(const json& item, const std::string& at, Manifest& manifest) const {
    MPIM_CHECKED(keys_of(item, at, kUser));
    Manifest::User user;
    MPIM_TRY(user.name, text(item, at, "name", true));
    MPIM_TRY(user.password, text(item, at, "password", false));
    manifest.users.push_back(std::move(user));
    return {};
  }

  Result<void> read_group(const json& item, const std::string& at, Manifest& manifest) const {
    MPIM_CHECKED(keys_of(item, at, kGroup));
    Manifest::Group group;
    MPIM_TRY(group.name, text(item, at, "name", true));
    MPIM_TRY(group.owner, text(item, at, "owner", true));
    MPIM_TRY(group.description, text(item, at, "description", false));
    MPIM_CHECKED(each(item, "members", [&](const json& member, const std::string& place) {
      if (!member.is_string()) return Result<void>(wrong(at + "." + place, "must be a name"));
      group.members.push_back(member.get<std::string>());
      return Result<void>();
    }));
    manifest.groups.push_back(std::move(group));
    return {};
  }

  std::string source_;
};

// "at line 3, column 7: ..." of what the library says.
std::string place_in(std::string_view what) {
  const size_t at = what.find("at line");
  return std::string(at == what.npos ? what : what.substr(at));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, const std::string& source) {
  const Reader reader(source);
  try {
    return reader.read(json::parse(text));
  } catch (const json::parse_error& failed) {
    return reader.wrong("it is not JSON", place_in(failed.what()));
  }
}

}  // namespace mpim::ops
