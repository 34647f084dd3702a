// A file of users and groups that should exist, and making them exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/call.h"

namespace mpim::ops {

// What the file says, in its order.
struct Manifest {
  struct User {
    std::string name;
    std::string password;  // for an account that is made; an existing one keeps its own
  };
  struct Group {
    std::string name;
    std::string description;
    std::string owner;
    std::vector<std::string> members;  // beside the owner
  };
  std::vector<User> users;
  std::vector<Group> groups;
};

// Reads JSON: {"users": [{"name", "password"}], "groups": [{"name", "description", "owner",
// "members": [...]}]}. kBadRequest says `source` and the place; a key that is none of these is
// refused with the nearest one.
Result<Manifest> parse_manifest(std::string_view text, const std::string& source);

// Makes what is missing and leaves the rest as it is, so that doing it again changes nothing. Puts
// an object for each into `done`, also for those before a failure:
// {"what", "name", "id", "change"}. Who is named must exist or be made here, and so must a user
// without password. Else it is kNotFound, before anything is made.
Result<void> apply_manifest(Call& call, const Manifest& manifest, Value::List& done);

// The demo users and their group: fixtures/demo.json, compiled in.
std::string_view demo_manifest_text();

}  // namespace mpim::ops
