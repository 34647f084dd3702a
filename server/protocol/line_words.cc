#include "server/protocol/line_words.h"

#include <utility>

#include "server/protocol/json_text.h"

namespace mpim {
namespace {

constexpr std::string_view kBlanks = " \t";

}  // namespace

void LineWords::skip_blanks() {
  const size_t at = rest_.find_first_not_of(kBlanks);
  rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
}

std::string_view LineWords::word() {
  const std::string_view taken = rest_.substr(0, rest_.find_first_of(kBlanks));
  rest_.remove_prefix(taken.size());
  skip_blanks();
  return taken;
}

Result<std::string> LineWords::word_or_quoted() {
  if (!at_quote()) return std::string(word());
  auto text = take_json_string(rest_);
  if (text.ok() && !rest_.empty() && kBlanks.find(rest_.front()) == std::string_view::npos)
    return Error{Code::kBadRequest,
                 "after a closing quote a space is needed; inside a text, write \\\""};
  skip_blanks();
  return text;
}

std::string_view LineWords::option_key() {
  const size_t end = rest_.find_first_of("= \t");
  if (end == std::string_view::npos || rest_[end] != '=') return {};
  const std::string_view key = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return key;
}

std::string_view LineWords::rest() { return std::exchange(rest_, {}); }

}  // namespace mpim
