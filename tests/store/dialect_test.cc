#include <catch2/catch.hpp>

#include "server/store/sql/driver/dialect.h"

namespace mpim::test {
namespace {

TEST_CASE("a statement written once becomes each database's own", "[store]") {
  constexpr char kStatement[] =
      "INSERT {or_fail} INTO t (a, b) VALUES (?, ?) {conflict a} b = {greatest}(t.b, {new b})";
  CHECK(in_dialect(kSqliteDialect, kStatement) ==
        "INSERT OR FAIL INTO t (a, b) VALUES (?, ?)"
        " ON CONFLICT (a) DO UPDATE SET b = MAX(t.b, excluded.b)");
  CHECK(in_dialect(kMysqlDialect, kStatement) ==
        "INSERT  INTO t (a, b) VALUES (?, ?)"
        " ON DUPLICATE KEY UPDATE b = GREATEST(t.b, VALUES(b))");
  CHECK(in_dialect(kSqliteDialect, "SELECT 1").find('{') == std::string::npos);
}

}  // namespace
}  // namespace mpim::test
