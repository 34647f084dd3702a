#include "client-cli/terminal/key_reader.h"

#include <algorithm>
#include <array>

#include "server/contract/names.h"

namespace mpim::chat {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kPasteBegin = "200~";
constexpr std::string_view kPasteEnd = "\x1b[201~";

struct Sequence {
  std::string_view bytes;  // behind ESC [ or ESC O
  Key::Kind kind;
};
// sorted
constexpr std::array kSequences{
    Sequence{"1;3C", Key::Kind::kWordRight}, Sequence{"1;3D", Key::Kind::kWordLeft},
    Sequence{"1;5C", Key::Kind::kWordRight}, Sequence{"1;5D", Key::Kind::kWordLeft},
    Sequence{"1~", Key::Kind::kHome},        Sequence{"3~", Key::Kind::kDelete},
    Sequence{"4~", Key::Kind::kEnd},         Sequence{"7~", Key::Kind::kHome},
    Sequence{"8~", Key::Kind::kEnd},         Sequence{"A", Key::Kind::kUp},
    Sequence{"B", Key::Kind::kDown},         Sequence{"C", Key::Kind::kRight},
    Sequence{"D", Key::Kind::kLeft},         Sequence{"F", Key::Kind::kEnd},
    Sequence{"H", Key::Kind::kHome},
};
static_assert(std::ranges::is_sorted(kSequences, {}, &Sequence::bytes));

size_t utf8_length(unsigned char first) {
  if (first < 0x80) return 1;
  if ((first & 0xE0) == 0xC0) return 2;
  if ((first & 0xF0) == 0xE0) return 3;
  if ((first & 0xF8) == 0xF0) return 4;
  return 1;
}

// A terminal sends what was pasted with carriage returns; tabs and controls have no place in a
// line.
std::string cleaned(std::string_view pasted) {
  std::string out;
  for (size_t i = 0; i < pasted.size(); ++i) {
    const char c = pasted[i];
    if (c == '\r') {
      out += '\n';
      if (i + 1 < pasted.size() && pasted[i + 1] == '\n') ++i;
    } else if (c == '\t') {
      out += ' ';
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n') {
      if (c != '\x7f') out += c;
    }
  }
  while (out.ends_with('\n')) out.pop_back();
  return is_text(out) ? out : std::string();
}

}  // namespace

std::vector<Key> KeyReader::feed(std::string_view bytes) {
  unread_ += bytes;
  std::vector<Key> keys;
  while (!unread_.empty() && take(keys)) {
  }
  return keys;
}

// False when what is there is the beginning of something.
bool KeyReader::take(std::vector<Key>& keys) {
  if (pasting_) return take_paste(keys);
  const auto first = static_cast<unsigned char>(unread_.front());
  if (first == kEscape) return take_escape(keys);
  if (first >= 0x20 && first != 0x7F) return take_text(keys);
  take_control(keys);
  return true;
}

bool KeyReader::take_paste(std::vector<Key>& keys) {
  const size_t end = unread_.find(kPasteEnd);
  // The end mark may have been cut in two.
  const size_t safe = unread_.size() - std::min(unread_.size(), kPasteEnd.size() - 1);
  const size_t count = end == std::string::npos ? safe : end;
  pasted_.append(unread_, 0, std::min(count, kPasteBytes - std::min(kPasteBytes, pasted_.size())));
  unread_.erase(0, count);
  if (end == std::string::npos) return false;
  unread_.erase(0, kPasteEnd.size());
  pasting_ = false;
  keys.push_back({Key::Kind::kPaste, cleaned(pasted_)});
  pasted_.clear();
  return true;
}

bool KeyReader::take_escape(std::vector<Key>& keys) {
  if (unread_.size() < 2) return false;
  const char second = unread_[1];
  if (second == '[' || second == 'O') return take_sequence(keys);
  unread_.erase(0, second == kEscape ? 1 : 2);
  if (second == '\x7f' || second == '\b')
    keys.push_back({Key::Kind::kControl, "w"});
  else if (second >= 'a' && second <= 'z')
    keys.push_back({Key::Kind::kAlt, {second}});
  return true;
}

bool KeyReader::take_sequence(std::vector<Key>& keys) {
  size_t end = 2;
  while (end < unread_.size() && (unread_[end] < 0x40 || unread_[end] > 0x7E)) ++end;
  if (end == unread_.size()) {
    constexpr size_t kSequenceBytes = 32;
    if (unread_.size() > kSequenceBytes) unread_.clear();
    return false;
  }
  const std::string sequence = unread_.substr(2, end - 1);
  unread_.erase(0, end + 1);
  if (sequence == kPasteBegin) {
    pasting_ = true;
    return true;
  }
  const auto* const found = std::ranges::lower_bound(kSequences, sequence, {}, &Sequence::bytes);
  if (found != kSequences.end() && found->bytes == sequence) keys.push_back({found->kind, {}});
  return true;
}

bool KeyReader::take_text(std::vector<Key>& keys) {
  const size_t length = utf8_length(static_cast<unsigned char>(unread_.front()));
  if (unread_.size() < length) return false;
  const std::string typed = unread_.substr(0, length);
  unread_.erase(0, length);
  if (is_text(typed)) keys.push_back({Key::Kind::kText, typed});
  return true;
}

void KeyReader::take_control(std::vector<Key>& keys) {
  const char byte = unread_.front();
  unread_.erase(0, 1);
  switch (byte) {
    case '\r':
    case '\n': keys.push_back({Key::Kind::kEnter, {}}); return;
    case '\t': keys.push_back({Key::Kind::kTab, {}}); return;
    case '\b':
    case '\x7f': keys.push_back({Key::Kind::kBackspace, {}}); return;
    default: break;
  }
  if (byte >= 1 && byte <= 26)
    keys.push_back({Key::Kind::kControl, {static_cast<char>('a' + byte - 1)}});
}

}  // namespace mpim::chat
