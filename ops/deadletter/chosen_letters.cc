#include "ops/deadletter/chosen_letters.h"

#include <map>

#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

Result<std::vector<v1::DeadLetter>> letters_named(Call& call) {
  std::map<uint64_t, v1::DeadLetter> named;
  for (const std::string& typed : call.arguments().words()) {
    MPIM_TRY(v1::DeadLetter letter, letter_with(call, typed));
    const uint64_t id = letter.id();
    named.insert_or_assign(id, std::move(letter));
  }
  std::vector<v1::DeadLetter> letters;
  for (auto& [id, letter] : named) letters.push_back(std::move(letter));
  return letters;
}

Result<std::vector<v1::DeadLetter>> letters_before(Call& call, int64_t before_ms) {
  std::vector<v1::DeadLetter> letters;
  v1::ListDeadLettersRequest request;
  request.set_limit(kPageMax);
  while (true) {
    MPIM_TRY(const auto page, call.ask<v1::ListDeadLettersResponse>("ListDeadLetters", request));
    for (const v1::DeadLetter& letter : page.letters()) {
      request.set_after(letter.id());
      if (letter.at_ms() < before_ms) letters.push_back(letter);
    }
    if (!page.more() || page.letters().empty()) return letters;
  }
}

}  // namespace

Result<v1::DeadLetter> letter_with(Call& call, const std::string& typed) {
  v1::GetDeadLetterRequest request;
  MPIM_TRY(const uint64_t id, id_typed(call, "dead letter", typed));
  request.set_id(id);
  const auto found = call.ask<v1::GetDeadLetterResponse>("GetDeadLetter", request);
  if (found) return found->letter();
  if (found.error().code != Code::kNotFound) return found.error();
  return call.failing(found.error(),
                      "`mpimctl deadletter ls` lists those there are; one that was replayed or "
                      "purged is gone");
}

Result<std::vector<v1::DeadLetter>> letters_chosen(Call& call) {
  const Arguments& arguments = call.arguments();
  const bool many = arguments.has("all") || arguments.has("older-than");
  if (many && !arguments.words().empty())
    return call.usage("name letters, or choose them with a flag: not both");
  if (!many && arguments.words().empty())
    return call.usage("no ID is named: `--all` takes all of them");
  if (!many) return letters_named(call);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  if (!arguments.has("older-than")) return letters_before(call, INT64_MAX);
  return letters_before(call, (now - arguments.duration("older-than")).count());
}

}  // namespace mpim::ops
