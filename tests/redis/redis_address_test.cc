#include "server/redis/redis_address.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

TEST_CASE("an address of Redis has a host or a socket, a user, and a database", "[redis][G25]") {
  const auto plain = redis_address("redis://cache.example.org");
  REQUIRE(plain.ok());
  CHECK(plain->text() == "redis://cache.example.org:6379/0");
  const auto whole = redis_address("redis://mpim:p%40ss@[::1]:7000/3");
  REQUIRE(whole.ok());
  CHECK(whole->host == "::1");
  CHECK(whole->port == 7000);
  CHECK(whole->user == "mpim");
  CHECK(whole->password == "p@ss");
  CHECK(whole->database == 3);
  CHECK(whole->text() == "redis://mpim@[::1]:7000/3");
  const auto unnamed = redis_address("redis://:secret@h:1");
  REQUIRE(unnamed.ok());
  CHECK(unnamed->user.empty());
  const auto local = redis_address("redis://u:p@/2?socket=/run/redis.sock");
  REQUIRE(local.ok());
  CHECK(local->socket == "/run/redis.sock");
  CHECK(local->database == 2);
  CHECK(redis_address("redis://?socket=/run/redis.sock").ok());
}

TEST_CASE("an address of Redis that is none is refused without its password", "[redis][G25]") {
  for (const char* url :
       {"", "127.0.0.1:6379", "rediss://h", "redis://", "redis://h:0", "redis://h:65536",
        "redis://h:1/x", "redis://secret@h", "redis://u:@h", "redis://u:%zz@h", "redis://[::1",
        "redis://[::1]7", "redis://h?socket=/x", "redis://?port=1", "redis://u:secret@"}) {
    INFO(url);
    const auto address = redis_address(url);
    REQUIRE(!address.ok());
    CHECK(address.error().code == Code::kBadRequest);
    CHECK(address.error().message.find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace mpim
