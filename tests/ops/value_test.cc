#include "ops/value.h"

#include <catch2/catch.hpp>

#include "server/contract/mpim/v1/admin.pb.h"

using namespace mpim::ops;

TEST_CASE("a message becomes a value with every field under its JSON name", "[ops]") {
  mpim::admin::v1::Session session;
  session.set_id(uint64_t{1} << 62);
  session.mutable_user()->set_name("alice");
  session.set_in_flight(3);
  const Value value = Value::message(session);
  CHECK(value.at("id").plain() == "4611686018427387904");
  CHECK(value.at("user.name").plain() == "alice");
  CHECK(value.at("inFlight").plain() == "3");
  CHECK(value.at("behind").plain() == "no");
  CHECK(value.at("deviceName").plain().empty());
  CHECK(value.at("nothing.there").is_null());
}

TEST_CASE("a message inside that is not set is null", "[ops]") {
  CHECK(Value::message(mpim::admin::v1::Session()).at("user").is_null());
}

TEST_CASE("repeated fields become lists", "[ops]") {
  mpim::admin::v1::AddUsersRequest request;
  request.add_names("a");
  request.add_names("b");
  CHECK(Value::message(request).at("names").items().size() == 2);
}

TEST_CASE("JSON of a value keeps its order and escapes what must be", "[ops]") {
  const Value value =
      Value::object({{"z", Value::text("a\"b\\c\n\x01")},
                     {"a", Value::list({Value::number(1), Value::flag(true), Value()})},
                     {"empty", Value::list({})}});
  CHECK(value.json(JsonLayout::kOneLine) ==
        R"({"z":"a\"b\\c\n\u0001","a":[1,true,null],"empty":[]})");
}
