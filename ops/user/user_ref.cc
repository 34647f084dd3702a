#include "ops/user/user_ref.h"

#include <algorithm>
#include <limits>

namespace mpim::ops {

v1::UserRef user_ref(std::string_view typed) {
  v1::UserRef result;
  if (typed.starts_with('@')) typed.remove_prefix(1);
  if (const auto id = parse_number(typed, std::numeric_limits<uint64_t>::max()); id && *id != 0)
    result.set_id(*id);
  else
    result.set_name(std::string(typed));
  return result;
}

Result<uint64_t> id_typed(Call& call, std::string_view what, const std::string& typed) {
  const auto id = parse_number(typed, std::numeric_limits<int64_t>::max());
  if (!id || *id == 0)
    return call.usage("`" + typed + "` is no id of a " + std::string(what) +
                      ": it is a number from 1 up");
  return *id;
}

Error told_to(std::string_view typed, Error error) {
  std::string words = " " + error.message;
  std::ranges::replace_if(
      words, [](char c) { return c == ':' || c == ','; }, ' ');
  words += ' ';
  for (const std::string_view word : {" you ", " your ", " yours ", " yourself "})
    if (words.find(word) != words.npos) {
      error.message = "to " + std::string(typed) + " it says: " + error.message;
      break;
    }
  return error;
}

}  // namespace mpim::ops
