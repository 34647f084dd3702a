#include "client-cli/files/file_kind.h"

#include <array>

namespace mpim::chat {
namespace {

struct Beginning {
  size_t at;
  std::string_view bytes;
  std::string_view mime;
};
constexpr auto kBeginnings = std::to_array<Beginning>({
    {0, "\x89PNG\r\n\x1A\n", "image/png"},
    {0, "\xFF\xD8\xFF", "image/jpeg"},
    {0, "GIF8", "image/gif"},
    {8, "WEBP", "image/webp"},
    {0, "OggS", "audio/ogg"},
    {0, "ID3", "audio/mpeg"},
    {0, "\xFF\xFB", "audio/mpeg"},
    {0, "fLaC", "audio/flac"},
    {8, "WAVE", "audio/wav"},
    {0, "%PDF-", "application/pdf"},
    {0, "PK\3\4", "application/zip"},
});

}  // namespace

FileKind file_kind(std::string_view name, std::string_view first_bytes) {
  for (const Beginning& row : kBeginnings) {
    if (first_bytes.size() < row.at || !first_bytes.substr(row.at).starts_with(row.bytes)) continue;
    const ContentType type = row.mime.starts_with("image/")   ? ContentType::kImage
                             : row.mime.starts_with("audio/") ? ContentType::kVoice
                                                              : ContentType::kFile;
    return {std::string(row.mime), type};
  }
  const bool text = name.ends_with(".txt") || name.ends_with(".md") || name.ends_with(".log");
  return {text ? "text/plain" : "application/octet-stream", ContentType::kFile};
}

}  // namespace mpim::chat
