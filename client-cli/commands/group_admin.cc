// Changing a group, and who comes into it. Each takes the group first, if it is not this one.
#include <fmt/format.h>

#include <algorithm>

#include "client-cli/commands/command.h"
#include "client-cli/duration.h"
#include "client-cli/render.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

// The group a line names with '#', else the current one, and what stands behind it.
struct Meant {
  GroupId group;
  std::string_view rest;
};

std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return word;
}

Result<Meant> meant(const Repl& repl, std::string_view arguments) {
  const std::string_view named =
      arguments.starts_with('#') ? take_word(arguments) : std::string_view();
  MPIM_TRY(const GroupId group, repl.group(named));
  return Meant{group, arguments};
}

// Somebody as the server knows him by number: his name must have been met.
Result<UserId> person(Repl& repl, std::string_view typed) {
  if (typed.empty()) return Error{Code::kBadRequest, "say whom: bob, @bob or 1002"};
  MPIM_TRY(const Destination found, repl.people().find(typed));
  if (const auto* const user = std::get_if<UserId>(&found)) return *user;
  return Error{Code::kBadRequest, "nobody of that name was met here: /members lists who is in it"};
}

void ask(Repl& repl, std::string request, std::string done) {
  repl.link().ask(std::move(request), [&repl, done](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.tell(done);
  });
}

// `/verb [#GROUP]`, then what `words` makes of the rest.
template <class Words>
void change(Repl& repl, std::string_view arguments, std::string_view verb, std::string_view done,
            Words words) {
  const auto group = meant(repl, arguments);
  if (!group.ok()) return repl.tell(group.error());
  const Result<std::string> rest = words(group->rest);
  if (!rest.ok()) return repl.tell(rest.error());
  ask(repl, fmt::format("{} {}{}", verb, group->group.value, *rest), std::string(done));
}

Result<std::string> nothing(std::string_view rest) {
  if (rest.empty()) return std::string();
  return Error{Code::kBadRequest, fmt::format("'{}' is too much", rest)};
}

void change_person(Repl& repl, std::string_view arguments, std::string_view verb,
                   std::string_view done) {
  change(repl, arguments, verb, done, [&repl](std::string_view rest) -> Result<std::string> {
    MPIM_TRY(const UserId user, person(repl, rest));
    return fmt::format(" {}", user.value);
  });
}

// Somebody, or `*` for all.
Result<std::string> person_or_all(Repl& repl, std::string_view typed) {
  if (typed == "*") return std::string(" *");
  MPIM_TRY(const UserId user, person(repl, typed));
  return fmt::format(" {}", user.value);
}

}  // namespace

void run_info(Repl& repl, std::string_view arguments) {
  const auto group = meant(repl, arguments);
  if (!group.ok()) return repl.tell(group.error());
  repl.link().ask(fmt::format("GROUPINFO {}", group->group.value),
                  [&repl](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    const Fields& fields = answer->ok.fields;
                    const GroupId about(fields.number("group_id").value_or(0));
                    repl.people().learn(about, fields.text("name"));
                    repl.tell(fmt::format("#{}  {}  members: {}  joining: {}  you: {}", about.value,
                                          fields.text("name"), fields.text("members"),
                                          fields.text("join"), fields.text("role")));
                    const UserId owner(fields.number("owner").value_or(0));
                    if (owner) repl.tell("owner: " + repl.people().name_of(owner));
                    if (!fields.text("description").empty())
                      repl.tell("about: " + fields.text("description"));
                    if (!fields.text("notice").empty())
                      repl.tell("notice: " + fields.text("notice"));
                    if (fields.has("muted_until"))
                      repl.tell("only admins may send " + until_text(fields.text("muted_until")));
                    if (fields.has("you_muted_until"))
                      repl.tell("you may not send " + until_text(fields.text("you_muted_until")));
                    if (fields.has("dissolved")) repl.tell("it was dissolved");
                  });
}

void run_rename(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "RENAMEGROUP", "renamed",
         [](std::string_view name) -> Result<std::string> { return " " + quote(name); });
  repl.refresh_names();
}

void run_notice(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "GROUPNOTICE", "the notice is set",
         [](std::string_view text) -> Result<std::string> { return " " + quote(text); });
}

void run_policy(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "GROUPPOLICY", "set",
         [](std::string_view word) -> Result<std::string> { return " " + std::string(word); });
}

void run_approve(Repl& repl, std::string_view arguments) {
  change_person(repl, arguments, "APPROVE", "let in");
}

void run_refuse(Repl& repl, std::string_view arguments) {
  change_person(repl, arguments, "REFUSE", "refused");
}

void run_kick(Repl& repl, std::string_view arguments) {
  change_person(repl, arguments, "KICK", "removed");
}

void run_transfer(Repl& repl, std::string_view arguments) {
  change_person(repl, arguments, "TRANSFER", "handed over: you are an admin now");
}

void run_role(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "ROLE", "set", [&repl](std::string_view rest) -> Result<std::string> {
    MPIM_TRY(const UserId user, person(repl, take_word(rest)));
    return fmt::format(" {} {}", user.value, rest);
  });
}

void run_mute(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "MUTE", "muted", [&repl](std::string_view rest) -> Result<std::string> {
    MPIM_TRY(const std::string whom, person_or_all(repl, take_word(rest)));
    if (rest.empty()) return whom;
    MPIM_TRY(const Millis lasts, duration(rest));
    return fmt::format("{} {}", whom, std::max<int64_t>(1, lasts.count() / 1'000));
  });
}

void run_unmute(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "UNMUTE", "unmuted",
         [&repl](std::string_view rest) { return person_or_all(repl, rest); });
}

void run_dissolve(Repl& repl, std::string_view arguments) {
  // Never the current one by a slip: the group is named.
  if (!arguments.starts_with('#'))
    return repl.tell(Error{Code::kBadRequest, "/dissolve needs the group, as in #1001"});
  change(repl, arguments, "DISSOLVE", "dissolved", nothing);
}

void run_invite(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "INVITE", "invited",
         [&repl](std::string_view rest) -> Result<std::string> {
           if (const auto user = person(repl, rest); user.ok())
             return fmt::format(" {}", user->value);
           return " @" + std::string(rest.substr(rest.starts_with('@') ? 1 : 0));
         });
}

void run_decline(Repl& repl, std::string_view arguments) {
  change(repl, arguments, "DECLINE", "declined", nothing);
}

void run_requests(Repl& repl, std::string_view arguments) {
  const auto group = meant(repl, arguments);
  if (!group.ok()) return repl.tell(group.error());
  repl.link().ask(fmt::format("REQUESTS {}", group->group.value),
                  [&repl](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    if (answer->rows.empty()) return repl.tell("nobody asks to join");
                    for (const ListLine& row : answer->rows) {
                      const UserId user(row.fields.number("uid").value_or(0));
                      repl.people().learn(user, row.fields.text("name"));
                      repl.tell(fmt::format("{}  {} asks to join: /approve or /refuse", user.value,
                                            row.fields.text("name")));
                    }
                  });
}

void run_invites(Repl& repl, std::string_view) {
  repl.link().ask("INVITES", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty()) return repl.tell("you are not invited anywhere");
    for (const ListLine& row : answer->rows) {
      const GroupId group(row.fields.number("group").value_or(0));
      repl.people().learn(group, row.fields.text("name"));
      const UserId by(row.fields.number("by").value_or(0));
      repl.tell(fmt::format("{} invites you to #{}  {}: /join #{} or /decline #{}",
                            repl.people().name_of(by), group.value, row.fields.text("name"),
                            group.value, group.value));
    }
  });
}

}  // namespace mpim::chat
