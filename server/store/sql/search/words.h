// Texts as search sees them: what the index holds of a text, and whether a text has what is looked
// for.
//
// Sources: NFKC and case folding by utf8proc; overlapping pairs of characters for scripts without
// blanks between words are what Lucene's CJK analysis uses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/core/ids.h"
#include "server/core/result.h"

namespace mpim {

// A stretch of letters, digits and marks of a folded text. `dense`: of scripts that write no blanks
// between words, and signs such as emoji; there every part of a run is a word.
struct TextRun {
  std::string_view text;
  bool dense;
};

// Case, width, font and ways to compose an accent make no difference afterwards, and what nobody
// sees is left out. Valid UTF-8 in, the same out.
std::string folded(std::string_view text);
// The runs of a folded text, in its order.
std::vector<TextRun> runs_of(std::string_view folded_text);

// What the index holds of a text and its sender: terms without blanks, each once, one blank between
// them. A term is a word, or the first two, three and five letters of one behind a mark; or a
// character of a dense run, or two neighbours. Of more than `terms_max` the rest is left out.
std::string index_terms(std::string_view text, UserId sender, uint32_t terms_max);

// What somebody looks for.
class WordQuery {
 public:
  // kBadRequest: there is no word in it, too many, or less than two letters before a *.
  static Result<WordQuery> read(std::string_view typed);

  // Terms of the index, in FTS5's quotes: a text that matches has all of these, and others may.
  const std::vector<std::string>& terms() const { return terms_; }
  bool matches(std::string_view text) const;

 private:
  enum class Kind : uint8_t { kWord, kBeginning, kPart };
  struct Wanted {
    std::string text;
    Kind kind;
    bool in(const TextRun& run) const;
  };
  Result<void> add(const TextRun& run, bool beginning);
  void add_term(const std::string& term);

  std::vector<Wanted> wanted_;
  std::vector<std::string> terms_;
};

// The expression for messages of one sender.
std::string sender_term(UserId sender);

}  // namespace mpim
