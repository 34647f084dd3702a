#include "client-cli/learn_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace mpim::chat {
namespace {

void learn_members(People& people, const Result<Answer>& answer) {
  if (!answer.ok()) return;
  for (const ListLine& row : answer->rows)
    people.learn(UserId(row.fields.number("uid").value_or(0)), row.fields.text("name"));
}

}  // namespace

void learn_names(Link& link, People& people, std::function<void()> then) {
  link.ask("GROUPS", [&link, &people, then = std::move(then)](const Result<Answer>& answer) {
    if (!answer.ok() || answer->rows.empty()) return then();
    const size_t asked = std::min(answer->rows.size(), kGroupsAsked);
    const auto left = std::make_shared<size_t>(asked);
    for (size_t i = 0; i < answer->rows.size(); ++i) {
      const Fields& row = answer->rows[i].fields;
      const GroupId group(row.number("id").value_or(0));
      people.learn(group, row.text("name"));
      people.learn(ConversationId(row.number("conv").value_or(0)), group);
      if (i >= asked) continue;
      link.ask(fmt::format("MEMBERS {}", group.value),
               [&people, left, then](const Result<Answer>& members) {
                 learn_members(people, members);
                 if (--*left == 0) then();
               });
    }
  });
}

}  // namespace mpim::chat
