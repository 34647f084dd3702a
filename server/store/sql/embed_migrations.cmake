# Writes OUT: the migrations named in FILES (paths joined by '|') as one C++ table called FUNCTION.
string(REPLACE "|" ";" files "${FILES}")
set(rows "")
foreach(file ${files})
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX MATCH "^0*([0-9]+)_" ignored "${name}")
  set(version "${CMAKE_MATCH_1}")
  file(READ "${file}" script)
  string(APPEND rows "    {${version}, \"${name}\", R\"mpim-sql(${script})mpim-sql\"},\n")
endforeach()
file(WRITE "${OUT}" "// Made from sql/ while building.
#include \"server/store/sql/migrations.h\"

namespace mpim {
namespace {

constexpr Migration kMigrations[] = {
${rows}};

}  // namespace

std::span<const Migration> ${FUNCTION}() { return kMigrations; }

}  // namespace mpim
")
