# Writes the demo file into a C++ source: cmake -DFILE=... -DOUT=... -P embed_demo.cmake
file(READ ${FILE} text)
file(WRITE ${OUT} "#include \"ops/data/manifest.h\"

namespace mpim::ops {

std::string_view demo_manifest_text() {
  return R\"demo(${text})demo\";
}

}  // namespace mpim::ops
")
