#include "ops/group/member_lines.h"

#include <nlohmann/json.hpp>

#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

using nlohmann::json;

Result<void> check_role(std::string_view typed, bool exported) {
  if (typed.empty() || typed == "member" || typed == "admin") return {};
  if (typed == "owner" && exported) return {};
  return Error{Code::kBadRequest, "`" + std::string(typed) + "` is no role: it is member or admin"};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// A text, or nothing: a number or a list there is a mistake.
Result<std::string> text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::string();
  if (found->is_string()) return found->get<std::string>();
  return Error{Code::kBadRequest, "`" + std::string(name) + "` is no text"};
}

// "bob", "1002", or {"id":"1002","name":"bob"}.
Result<v1::UserRef> user_at(const json& object, const char* name) {
  const auto found = object.find(name);
  const Error none{Code::kBadRequest, "`" + std::string(name) + "` names nobody"};
  if (found == object.end()) return none;
  std::string typed;
  if (found->is_object()) {
    MPIM_TRY(typed, text_at(*found, "name"));
    if (typed.empty()) {
      MPIM_TRY(typed, text_at(*found, "id"));
    }
  } else {
    MPIM_TRY(typed, text_at(object, name));
  }
  if (typed.empty() || typed == "0") return none;
  return user_ref(typed);
}

Result<void> take_group(const json& object, MemberFile& file) {
  if (file.group) return Error{Code::kBadRequest, "there is a group in the file already"};
  v1::Group group;
  MPIM_TRY(*group.mutable_name(), text_at(object, "name"));
  MPIM_TRY(*group.mutable_description(), text_at(object, "description"));
  MPIM_TRY(*group.mutable_notice(), text_at(object, "notice"));
  MPIM_TRY(*group.mutable_join(), text_at(object, "join"));
  const auto owner = user_at(object, "owner");
  if (owner.ok()) *group.mutable_owner() = *owner;  // else --group must say where to
  file.group = std::move(group);
  return {};
}

Result<void> take_member(v1::UserRef user, std::string_view role, MemberFile& file) {
  v1::NewMember& member = file.members.emplace_back();
  *member.mutable_user() = std::move(user);
  member.set_role(std::string(role));
  return {};
}

Result<void> take_json(std::string_view line, MemberFile& file) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return Error{Code::kBadRequest, "this is no object of JSON"};
  MPIM_TRY(const std::string kind, text_at(object, "kind"));
  if (kind == "group") return take_group(object, file);
  if (!kind.empty() && kind != "member")
    return Error{Code::kBadRequest, "`" + kind + "` is neither group nor member"};
  MPIM_TRY(v1::UserRef user, user_at(object, "user"));
  MPIM_TRY(const std::string role, text_at(object, "role"));
  MPIM_CHECKED(check_role(role, file.group.has_value()));
  return take_member(std::move(user), role, file);
}

Result<void> take_words(std::string_view line, MemberFile& file) {
  const size_t comma = std::min(line.find(','), line.size());
  const std::string_view user = trimmed(line.substr(0, comma));
  const std::string_view role = trimmed(line.substr(std::min(comma + 1, line.size())));
  if (user.empty()) return Error{Code::kBadRequest, "nobody is named"};
  MPIM_CHECKED(check_role(role, false));
  return take_member(user_ref(user), role, file);
}

}  // namespace

Result<MemberFile> read_member_file(std::string_view text) {
  MemberFile file;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const Result<void> taken = line.front() == '{' ? take_json(line, file) : take_words(line, file);
    if (!taken.ok())
      return Error{taken.error().code,
                   "line " + std::to_string(number) + ": " + taken.error().message};
    file.lines.resize(file.members.size(), number);
  }
  return file;
}

}  // namespace mpim::ops
