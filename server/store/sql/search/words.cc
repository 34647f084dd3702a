#include "server/store/sql/search/words.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "server/store/search.h"

namespace mpim {
namespace {

constexpr size_t kTermBytesMax = 64;  // of a word; what is longer is told apart by its text
constexpr size_t kQueryTermsMax = 8;  // in the index; the text decides about the rest
// How many first letters of a word are a term.
constexpr std::array<size_t, 3> kBeginnings{2, 3, 5};
// Private-use characters: no letters, so that no word begins with one.
constexpr std::string_view kBeginningMark = "\xEE\x80\x80";
constexpr std::string_view kSenderMark = "\xEE\x80\x81";

struct Range {
  int32_t first;
  int32_t last;
};
// Scripts that write no blanks between words: Thai, Lao, Myanmar, Hangul, Khmer, Han, kana.
constexpr auto kDenseScripts = std::to_array<Range>({
    {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1100, 0x11FF},   {0x1780, 0x17FF},   {0x19E0, 0x19FF},
    {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3021, 0x3029},   {0x3031, 0x3035},   {0x3038, 0x31FF},
    {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xA960, 0xA97F},   {0xA9E0, 0xA9FF},   {0xAA60, 0xAA7F},
    {0xAC00, 0xD7FF}, {0xF900, 0xFAFF}, {0x1AFF0, 0x1B16F}, {0x20000, 0x3FFFF},
});
static_assert(std::ranges::is_sorted(kDenseScripts, {}, &Range::first));
constexpr int32_t kFirstSign = 0x2190;  // arrows, pictures, emoji

enum class CharKind : uint8_t { kNone, kWord, kDense, kMark };

bool is_dense_script(int32_t point) {
  if (point < kDenseScripts.front().first) return false;
  const auto* const after = std::ranges::upper_bound(kDenseScripts, point, {}, &Range::first);
  return point <= std::prev(after)->last;
}

CharKind kind_of(int32_t point) {
  if (point < 0x80) {
    const bool letter = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9') ||
                        (point >= 'A' && point <= 'Z');
    return letter ? CharKind::kWord : CharKind::kNone;
  }
  const utf8proc_category_t category = utf8proc_category(point);
  if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME)
    return is_dense_script(point) ? CharKind::kDense : CharKind::kMark;
  const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
  if (letter) return is_dense_script(point) ? CharKind::kDense : CharKind::kWord;
  const bool sign = category == UTF8PROC_CATEGORY_SO || category == UTF8PROC_CATEGORY_SK;
  return sign && point >= kFirstSign ? CharKind::kDense : CharKind::kNone;
}

size_t char_bytes(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(bytes, text.size() - at);
}

int32_t point_at(std::string_view text, size_t at, size_t bytes) {
  if (bytes == 1) return static_cast<unsigned char>(text[at]);
  utf8proc_int32_t point = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                   static_cast<utf8proc_ssize_t>(bytes), &point);
  return point;
}

// Its first `count` characters, or all there are.
std::string_view first_chars(std::string_view text, size_t count) {
  size_t end = 0;
  while (count-- > 0 && end < text.size()) end += char_bytes(text, end);
  return text.substr(0, end);
}

size_t count_chars(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += char_bytes(text, at)) ++count;
  return count;
}

// As the index knows a word.
std::string_view cut(std::string_view word) {
  if (word.size() <= kTermBytesMax) return word;
  size_t end = 0;
  while (end + char_bytes(word, end) <= kTermBytesMax) end += char_bytes(word, end);
  return word.substr(0, end);
}

std::string beginning(std::string_view word, size_t chars) {
  return std::string(kBeginningMark) + std::string(first_chars(word, chars));
}

void add_word_terms(std::string_view word, std::vector<std::string>& terms) {
  terms.emplace_back(cut(word));
  const size_t chars = count_chars(first_chars(word, kBeginnings.back()));
  for (const size_t count : kBeginnings)
    if (count <= chars) terms.push_back(beginning(word, count));
}

// Each character, and each with the one behind it.
void add_dense_terms(std::string_view run, std::vector<std::string>& terms) {
  for (size_t at = 0; at < run.size();) {
    const size_t bytes = char_bytes(run, at);
    terms.emplace_back(run.substr(at, bytes));
    const size_t next = at + bytes;
    if (next < run.size()) terms.emplace_back(run.substr(at, bytes + char_bytes(run, next)));
    at = next;
  }
}

}  // namespace

std::string folded(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string lower(text);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
  }
  constexpr auto kOptions = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &made, kOptions);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
  if (length < 0) return {};
  return {reinterpret_cast<const char*>(made), static_cast<size_t>(length)};
}

std::vector<TextRun> runs_of(std::string_view folded_text) {
  std::vector<TextRun> runs;
  size_t begin = 0;
  CharKind current = CharKind::kNone;
  const auto finish = [&](size_t end) {
    if (current != CharKind::kNone)
      runs.push_back({folded_text.substr(begin, end - begin), current == CharKind::kDense});
  };
  for (size_t at = 0; at < folded_text.size();) {
    const size_t bytes = char_bytes(folded_text, at);
    CharKind kind = kind_of(point_at(folded_text, at, bytes));
    // A mark belongs to what it stands on.
    if (kind == CharKind::kMark) kind = current == CharKind::kNone ? CharKind::kWord : current;
    if (kind != current) {
      finish(at);
      begin = at;
      current = kind;
    }
    at += bytes;
  }
  finish(folded_text.size());
  return runs;
}

std::string index_terms(std::string_view text, UserId sender, uint32_t terms_max) {
  const std::string plain = folded(text);
  std::vector<std::string> terms;
  for (const TextRun& run : runs_of(plain)) {
    if (terms.size() >= size_t{terms_max} * 4) break;
    run.dense ? add_dense_terms(run.text, terms) : add_word_terms(run.text, terms);
  }
  std::ranges::sort(terms);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (terms.size() > terms_max) terms.resize(terms_max);
  std::string joined = std::string(kSenderMark) + std::to_string(sender.value);
  for (const std::string& term : terms) (joined += ' ') += term;
  return joined;
}

std::string sender_term(UserId sender) {
  return "\"" + std::string(kSenderMark) + std::to_string(sender.value) + "\"";
}

Result<WordQuery> WordQuery::read(std::string_view typed) {
  constexpr std::string_view kBlanks = " \t\r\n";
  if (typed.size() > kSearchBytes)
    return Error{Code::kTooLarge, "what is searched for is " + std::to_string(typed.size()) +
                                      " bytes; the limit is " + std::to_string(kSearchBytes)};
  WordQuery query;
  while (true) {
    typed.remove_prefix(std::min(typed.find_first_not_of(kBlanks), typed.size()));
    if (typed.empty()) break;
    const std::string_view piece = typed.substr(0, typed.find_first_of(kBlanks));
    typed.remove_prefix(piece.size());
    const std::string plain = folded(piece);
    const std::vector<TextRun> runs = runs_of(plain);
    for (const TextRun& run : runs)
      MPIM_CHECKED(query.add(run, piece.ends_with('*') && &run == &runs.back()));
  }
  if (query.wanted_.empty())
    return Error{Code::kBadRequest, "there is no word to search for: letters, digits or signs"};
  return query;
}

Result<void> WordQuery::add(const TextRun& run, bool begins) {
  if (wanted_.size() >= kSearchWords)
    return Error{Code::kBadRequest,
                 "too many words to search for; the limit is " + std::to_string(kSearchWords)};
  std::string text(run.text);
  const Kind kind = run.dense ? Kind::kPart : begins ? Kind::kBeginning : Kind::kWord;
  if (run.dense && count_chars(text) > 1) {
    std::vector<std::string> pairs;
    add_dense_terms(text, pairs);
    for (const std::string& each : pairs)
      if (count_chars(each) == 2) add_term(each);
  } else if (kind == Kind::kBeginning) {
    const size_t chars = count_chars(text);
    if (chars < kBeginnings.front())
      return Error{Code::kBadRequest, "before a * there must be two letters at least"};
    const auto* const longer = std::ranges::upper_bound(kBeginnings, chars);
    add_term(beginning(text, *std::prev(longer)));
  } else {
    add_term(std::string(cut(text)));
  }
  wanted_.push_back({std::move(text), kind});
  return {};
}

void WordQuery::add_term(const std::string& term) {
  std::string expression = "\"" + term + "\"";
  if (terms_.size() < kQueryTermsMax && std::ranges::find(terms_, expression) == terms_.end())
    terms_.push_back(std::move(expression));
}

bool WordQuery::Wanted::in(const TextRun& run) const {
  switch (kind) {
    case Kind::kWord: return !run.dense && run.text == text;
    case Kind::kBeginning: return !run.dense && run.text.starts_with(text);
    case Kind::kPart: return run.dense && run.text.find(text) != std::string_view::npos;
  }
  return false;
}

bool WordQuery::matches(std::string_view text) const {
  const std::string plain = folded(text);
  const std::vector<TextRun> runs = runs_of(plain);
  return std::ranges::all_of(wanted_, [&](const Wanted& each) {
    return std::ranges::any_of(runs, [&](const TextRun& run) { return each.in(run); });
  });
}

}  // namespace mpim
