// The files of the page, as Vite built them (server/web/built), inside the binary.
//
// The table is written by embed_assets.cmake while building; a file's name there has the hash of
// what is in it, but for index.html.
#pragma once

#include <span>
#include <string_view>

namespace mpim {

struct WebAsset {
  std::string_view name;  // app.0123abcd.js
  std::string_view content_type;
  std::string_view etag;  // quoted, as the header has it
  std::string_view bytes;
};

std::span<const WebAsset> web_assets();  // ascending by name

}  // namespace mpim
