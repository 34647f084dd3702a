#include "server/service/files/file_types.h"

#include <algorithm>
#include <array>

namespace mpim {
namespace {

using namespace std::string_view_literals;

// A type and how its files begin: `magic` at `at`. Of several rows for one type one must fit.
struct Beginning {
  std::string_view mime;
  size_t at;
  std::string_view magic;
};
// sorted
constexpr auto kBeginnings = std::to_array<Beginning>({
    {"application/pdf", 0, "%PDF-"},
    {"application/zip", 0, "PK\3\4"},
    {"application/zip", 0, "PK\5\6"},
    {"audio/aac", 0, "\xFF\xF1"},
    {"audio/aac", 0, "\xFF\xF9"},
    {"audio/amr", 0, "#!AMR"},
    {"audio/flac", 0, "fLaC"},
    {"audio/mp4", 4, "ftyp"},
    {"audio/mpeg", 0, "ID3"},
    {"audio/mpeg", 0, "\xFF\xE3"},
    {"audio/mpeg", 0, "\xFF\xF2"},
    {"audio/mpeg", 0, "\xFF\xF3"},
    {"audio/mpeg", 0, "\xFF\xFA"},
    {"audio/mpeg", 0, "\xFF\xFB"},
    {"audio/ogg", 0, "OggS"},
    {"audio/opus", 0, "OggS"},
    {"audio/wav", 8, "WAVE"},
    {"audio/webm", 0, "\x1A\x45\xDF\xA3"},
    {"audio/x-wav", 8, "WAVE"},
    {"image/avif", 4, "ftyp"},
    {"image/bmp", 0, "BM"},
    {"image/gif", 0, "GIF87a"},
    {"image/gif", 0, "GIF89a"},
    {"image/heic", 4, "ftyp"},
    {"image/jpeg", 0, "\xFF\xD8\xFF"},
    {"image/png", 0, "\x89PNG\r\n\x1A\n"},
    {"image/tiff", 0, "II*\0"sv},
    {"image/tiff", 0, "MM\0*"sv},
    {"image/webp", 8, "WEBP"},
    {"image/x-icon", 0, "\0\0\1\0"sv},
});
static_assert(std::ranges::is_sorted(kBeginnings, {}, &Beginning::mime));

// sorted
constexpr auto kInline = std::to_array<std::string_view>(
    {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"});
static_assert(std::ranges::is_sorted(kInline));

constexpr size_t kTypeBytes = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_type(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.+-_";
  const size_t slash = text.find('/');
  if (slash == text.npos || slash == 0 || slash + 1 == text.size()) return false;
  if (text.size() > kTypeBytes) return false;
  return text.substr(0, slash).find_first_not_of(kAllowed) == text.npos &&
         text.substr(slash + 1).find_first_not_of(kAllowed) == text.npos;
}

bool among(std::string_view type, std::string_view allowed) {
  const std::string kind = std::string(type.substr(0, type.find('/'))) + "/*";
  while (!allowed.empty()) {
    const std::string_view word = allowed.substr(0, allowed.find(' '));
    if (word == type || word == kind) return true;
    allowed.remove_prefix(std::min(allowed.size(), word.size() + 1));
  }
  return false;
}

}  // namespace

Result<std::string> file_type(std::string_view declared, std::string_view allowed) {
  declared = declared.substr(0, declared.find(';'));
  while (declared.ends_with(' ')) declared.remove_suffix(1);
  std::string type = declared.empty() ? "application/octet-stream" : lower(declared);
  if (!is_type(type))
    return Error{Code::kBadRequest, "Content-Type must be a type such as image/png"};
  if (among(type, allowed)) return type;
  return Error{Code::kBadRequest, "files of type " + type + " are not taken here; Content-Type " +
                                      "may be one of: " + std::string(allowed)};
}

Result<void> looks_like(std::string_view mime, std::string_view head) {
  bool known = false;
  for (const Beginning& row : kBeginnings) {
    if (row.mime != mime) continue;
    known = true;
    if (head.size() >= row.at && head.substr(row.at).starts_with(row.magic)) return {};
  }
  // What is not in the table must not be markup: a browser might take it for a page.
  const bool media = mime.starts_with("image/") || mime.starts_with("audio/");
  if (!known && (!media || mime == "image/svg+xml")) return {};
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const size_t first = head.find_first_not_of(" \t\r\n\f\v"sv);
  const bool markup = first != head.npos && head[first] == '<';
  if (!known && !markup) return {};
  return Error{Code::kBadRequest, "the first bytes are not those of " + std::string(mime) +
                                      ": name the type that it is, or application/octet-stream"};
}

bool shown_inline(std::string_view mime) { return std::ranges::binary_search(kInline, mime); }

}  // namespace mpim
