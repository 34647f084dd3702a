#include "ops/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "server/contract/names.h"

namespace mpim::ops {
namespace {

using std::chrono::milliseconds;

std::vector<Flag> flags_of(const CommandPath& path) {
  std::vector<Flag> flags(global_flags().begin(), global_flags().end());
  if (path.command != nullptr)
    flags.insert(flags.end(), path.command->form->flags.begin(), path.command->form->flags.end());
  return flags;
}

std::vector<std::string_view> words_in(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    words.push_back(text.substr(0, space));
    text.remove_prefix(space == text.npos ? text.size() : space + 1);
  }
  return words;
}

// The value of an unknown flag is never repeated: it may be a secret.
Error unknown_flag(std::string_view typed, const std::vector<Flag>& flags) {
  typed = typed.substr(0, typed.find('='));
  std::vector<std::string> names;
  for (const Flag& flag : flags) names.push_back("--" + std::string(flag.name));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return {Code::kBadRequest, "`" + std::string(typed) + "` is no flag of this command" +
                                 did_you_mean(typed, candidates)};
}

Result<void> check_value(const Flag& flag, const std::string& value) {
  const std::string named = "`--" + std::string(flag.name) + "`";
  if (flag.type == FlagType::kNumber) {
    if (const auto number = parse_number(value, flag.max); !number)
      return Error{Code::kBadRequest, named + " takes " + number.error().message};
    else if (*number < flag.min)
      return Error{Code::kBadRequest, named + " takes a whole number from " +
                                          std::to_string(flag.min) + " up, not `" + value + "`"};
  } else if (flag.type == FlagType::kDuration) {
    if (const auto time = parse_duration(value); !time)
      return Error{Code::kBadRequest, named + " takes " + time.error().message};
  } else if (flag.type == FlagType::kChoice) {
    const auto choices = words_in(flag.value);
    if (std::ranges::find(choices, value) == choices.end())
      return Error{Code::kBadRequest, named + " takes one of " + std::string(flag.value) +
                                          ", not `" + value + "`" + did_you_mean(value, choices)};
  } else if (flag.type == FlagType::kSwitch && value != "true") {
    return Error{Code::kBadRequest, named + " takes no value"};
  } else if (flag.type == FlagType::kText && value.empty()) {
    return Error{Code::kBadRequest, named + " needs a value"};
  } else if (flag.type == FlagType::kText && !is_text(value)) {
    return Error{Code::kBadText, named + " is not valid UTF-8"};
  }
  return {};
}

Result<void> check_words(const CommandPath& path, const std::vector<std::string>& words) {
  const auto arguments = path.command->form->arguments;
  for (size_t i = words.size(); i < arguments.size(); ++i)
    if (arguments[i].required)
      return Error{Code::kBadRequest, "`" + std::string(arguments[i].name) +
                                          "` is missing: " + std::string(arguments[i].help)};
  for (const std::string& word : words)
    if (!is_text(word)) return Error{Code::kBadText, "an argument is not valid UTF-8"};
  const bool open_end = !arguments.empty() && arguments.back().many;
  if (words.size() > arguments.size() && !open_end)
    return Error{Code::kBadRequest, "`" + words[arguments.size()] + "` is one argument too many"};
  return {};
}

// CLI11 takes the line apart; what is in it is checked by our own table, whose errors name the
// nearest right thing.
class LineParser {
 public:
  explicit LineParser(const std::vector<Flag>& flags) : flags_(flags), texts_(flags.size()) {
    app_.set_help_flag();
    app_.allow_extras();
    for (size_t i = 0; i < flags.size(); ++i) add(i);
    app_.add_option("words", words_)->expected(0, std::numeric_limits<int>::max() / 2);
  }

  Result<void> parse(std::vector<std::string> line) {
    std::ranges::reverse(line);
    try {
      app_.parse(line);
    } catch (const CLI::ParseError& failed) {
      return Error{Code::kBadRequest, refusal(failed)};
    }
    for (const std::string& extra : app_.remaining())
      if (extra.starts_with("-") && extra != "--") return unknown_flag(extra, flags_);
    return {};
  }

  std::vector<std::string> words() const { return words_; }
  bool given(size_t index) const { return options_[index]->count() > 0; }
  // Of a switch `true`, unless somebody gave it a value.
  std::string text(size_t index) const { return options_[index]->results().front(); }

 private:
  void add(size_t index) {
    const Flag& flag = flags_[index];
    std::string name = "--" + std::string(flag.name);
    if (flag.letter != 0) name += std::string(",-") + flag.letter;
    options_.push_back(flag.type == FlagType::kSwitch ? app_.add_flag(name)
                                                      : app_.add_option(name, texts_[index]));
  }

  std::string refusal(const CLI::ParseError& failed) const {
    for (size_t i = 0; i < flags_.size(); ++i) {
      const std::string name = "--" + std::string(flags_[i].name);
      if (!std::string_view(failed.what()).starts_with(name + ":")) continue;
      return options_[i]->count() > 1 ? "`" + name + "` can be given only once"
             : flags_[i].type == FlagType::kSwitch
                 ? "`" + name + "` takes no value"
                 : "`" + name + "` needs a value: " + std::string(flags_[i].value);
    }
    return failed.what();
  }

  const std::vector<Flag>& flags_;
  std::vector<std::string> texts_;
  std::vector<std::string> words_;
  std::vector<CLI::Option*> options_;
  CLI::App app_{"", ""};
};

// Whether this word is a global flag whose value is the next word.
bool takes_next(std::string_view word) {
  if (word.find('=') != word.npos) return false;
  return std::ranges::any_of(global_flags(), [&](const Flag& flag) {
    const bool named = word.starts_with("--") ? word.substr(2) == flag.name
                                              : word.size() == 2 && word[1] == flag.letter;
    return named && flag.type != FlagType::kSwitch;
  });
}

}  // namespace

std::string Arguments::text(std::string_view flag) const {
  for (const auto* values : {&given_, &standard_})
    if (const auto found = values->find(std::string(flag)); found != values->end())
      return found->second;
  return {};
}

uint64_t Arguments::number(std::string_view flag) const {
  const std::string value = text(flag);
  return value.empty() ? 0 : parse_number(value, std::numeric_limits<uint64_t>::max()).value();
}

milliseconds Arguments::duration(std::string_view flag) const {
  const std::string value = text(flag);
  return value.empty() ? milliseconds(0) : parse_duration(value).value();
}

Result<SplitLine> split_line(const std::vector<std::string>& typed) {
  SplitLine line;
  std::vector<std::string> words;
  size_t i = 0;
  while (i < typed.size() && line.path.command == nullptr) {
    const std::string& word = typed[i];
    if (word == "--") break;
    if (word.starts_with("-") && word.size() > 1) {
      line.rest.push_back(word);
      if (takes_next(word) && i + 1 < typed.size()) line.rest.push_back(typed[++i]);
    } else {
      words.push_back(word);
      MPIM_TRY(line.path, find_command(words));
    }
    ++i;
  }
  line.rest.insert(line.rest.end(), typed.begin() + static_cast<ptrdiff_t>(i), typed.end());
  return line;
}

Result<Arguments> parse_arguments(const CommandPath& path, const std::vector<std::string>& rest) {
  const std::vector<Flag> flags = flags_of(path);
  LineParser parser(flags);
  MPIM_CHECKED(parser.parse(rest));
  Arguments result;
  result.words_ = parser.words();
  for (size_t i = 0; i < flags.size(); ++i) {
    const std::string name(flags[i].name);
    if (!flags[i].standard.empty()) result.standard_[name] = flags[i].standard;
    if (!parser.given(i)) continue;
    MPIM_CHECKED(check_value(flags[i], parser.text(i)));
    result.given_[name] = parser.text(i);
  }
  if (path.command != nullptr && !result.has("help"))
    MPIM_CHECKED(check_words(path, result.words_));
  return result;
}

Result<milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    uint64_t milliseconds;
  };
  constexpr auto kUnits =
      std::to_array<Unit>({{"", 1'000}, {"h", 3'600'000}, {"m", 60'000}, {"ms", 1}, {"s", 1'000}});
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number(text.substr(0, digits), 1'000'000'000);
  const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
  if (!number || unit == kUnits.end())
    return Error{Code::kBadRequest,
                 "a time such as 500ms, 30s or 2m, not `" + std::string(text) + "`"};
  return milliseconds(*number * unit->milliseconds);
}

Result<uint64_t> parse_number(std::string_view text, uint64_t max) {
  uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || number > max)
    return Error{Code::kBadRequest, "a whole number up to " + std::to_string(max) + ", not `" +
                                        std::string(text) + "`"};
  return number;
}

}  // namespace mpim::ops
