# Writes the built page into a C++ source, as the table behind web_assets.h:
#   cmake -DFROM=/.../server/web/built -DOUT=web_assets.cc -P embed_assets.cmake
file(GLOB names RELATIVE ${FROM} ${FROM}/*)
list(SORT names)
if(NOT names)
  message(FATAL_ERROR "there is no built page in ${FROM}")
endif()
set(rows "")
foreach(name IN LISTS names)
  if(name MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(name MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(name MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(name MATCHES "\\.svg$")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "of which type is ${FROM}/${name}?")
  endif()
  file(READ ${FROM}/${name} bytes HEX)
  file(SHA256 ${FROM}/${name} digest)
  string(SUBSTRING ${digest} 0 32 digest)
  string(LENGTH ${bytes} count)
  math(EXPR count "${count} / 2")
  # In lines of 4,096 bytes, so that nothing chokes on one of a whole script.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes ${bytes})
  string(REPEAT "." 16384 line)
  string(REGEX REPLACE "(${line})" "\\1\"\n     \"" bytes ${bytes})
  string(APPEND rows "    {\"${name}\", \"${type}\", \"\\\"${digest}\\\"\",\n     {\"${bytes}\", ${count}}},\n")
endforeach()
file(WRITE ${OUT} "#include \"server/gateway/web/web_assets.h\"

#include <array>

namespace mpim {
namespace {

constexpr auto kAssets = std::to_array<WebAsset>({
${rows}});

}  // namespace

std::span<const WebAsset> web_assets() { return kAssets; }

}  // namespace mpim
")
