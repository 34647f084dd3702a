// Every method of the contract is in the table, once, and says what the line protocol says.
#include "server/protocol/wire/wire_methods.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>

#include "server/protocol/verbs/verbs.h"

using namespace mpim;
using namespace mpim::wire;

namespace {

const google::protobuf::ServiceDescriptor& service_named(const std::string& name) {
  const auto* const found =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("mpim.v1." + name);
  REQUIRE(found != nullptr);
  return *found;
}

// A method's request, read from its JSON.
Parsed asked(std::string_view type, const std::string& json) {
  const Method* const method = find_type(type);
  REQUIRE(method != nullptr);
  const std::unique_ptr<google::protobuf::Message> in(method->request().New());
  INFO(type << ' ' << json);
  REQUIRE(google::protobuf::util::JsonStringToMessage(json, in.get()).ok());
  return method->from(*in, WireLimits{});
}

std::string code_of(const Parsed& parsed) {
  return parsed.ok() ? "OK" : std::string(name_of(parsed.error().code));
}

// The same request, on two doors.
struct Twin {
  std::string_view type;
  std::string json;
  std::string line;
};

std::vector<Twin> twins() {
  const std::string long_text(5'000, 'x');
  return {
      {"chat", R"({"toUserId":"1002","content":"hi"})", "SEND 1002 hi"},
      {"chat", R"({"toUserId":"4294967296","content":"hi"})", "SEND 4294967296 hi"},
      {"chat", R"({"toUserName":"a b","content":"hi"})", "SEND @a/b hi"},
      {"chat", R"({"toUserId":"1002"})", "SEND 1002 \"\""},
      {"chat", R"({"content":"hi"})", "SEND"},
      {"chat", R"({"toUserId":"1002","content":")" + long_text + "\"}", "SEND 1002 " + long_text},
      {"chat", R"({"toUserId":"1002","content":"a\u0000b"})", R"(SEND 1002 "a\u0000b")"},
      {"chat", R"({"toUserId":"1002","content":"hi","clientMessageId":"a b"})",
       R"(SEND 1002 "hi" cid="a b")"},
      {"chat", R"({"toUserId":"1002","content":"hi","messageType":"video"})",
       R"(SEND 1002 "hi" type=video)"},
      {"chat", R"({"toUserId":"1002","content":"hi","ext":"[]"})", R"(SEND 1002 "hi" ext="[]")"},
      {"chat", R"({"toUserId":"1002","content":"hi","clientTimestamp":"9007199254740992"})",
       R"(SEND 1002 "hi" ts=9007199254740992)"},
      {"chat", R"({"toUserId":"1002","content":"hi","fileId":"9223372036854775808"})",
       R"(SEND 1002 "hi" file=9223372036854775808)"},
      {"edit", R"({"messageId":"1","content":"hi"})", "EDIT 1 hi"},
      {"recall", R"({"messageId":"9223372036854775808"})", "RECALL 9223372036854775808"},
      {"read", R"({"messageId":"0"})", "READ 0"},
      {"history", "{}", "HISTORY"},
      {"history", R"({"sessionId":"8589934592"})", "HISTORY conv=8589934592"},
      {"history", R"({"sessionId":"1","groupId":"1001"})", "HISTORY conv=1 group=1001"},
      {"history", R"({"sessionId":"1","limit":1000})", "HISTORY conv=1 limit=1000"},
      {"history", R"({"sessionId":"1","limit":1001})", "HISTORY conv=1 limit=1001"},
      {"history", R"({"sessionId":"1","order":"size"})", "HISTORY conv=1 order=size"},
      {"history", R"({"sessionId":"2","before":"1073741825"})", "HISTORY conv=2 before=1073741825"},
      {"history", R"({"before":"1073741825","since":"5"})", "HISTORY before=1073741825 since=5"},
      {"search", R"({"words":"a","sessionId":"1","groupId":"1001"})",
       R"(SEARCH "a" conv=1 group=1001)"},
      {"create_group", R"({"name":"  "})", R"(CREATEGROUP "  ")"},
      {"create_group", R"({"name":")" + std::string(65, 'x') + "\"}",
       "CREATEGROUP " + std::string(65, 'x')},
      {"join_group", "{}", "JOINGROUP 0"},
      {"set_policy", R"({"groupId":"1001","joinPolicy":"secret"})", "GROUPPOLICY 1001 secret"},
      {"set_role", R"({"groupId":"1001","userId":"1002","role":"owner"})", "ROLE 1001 1002 owner"},
      {"mute_member", R"({"groupId":"1001","userId":"1002","seconds":315360001})",
       "MUTE 1001 1002 315360001"},
      {"mute_member", R"({"groupId":"1001","userId":"1002","seconds":315360000})",
       "MUTE 1001 1002 315360000"},
      {"members", R"({"groupId":"1001","after":"4294967296"})", "MEMBERS 1001 after=4294967296"},
      {"friends", R"({"state":"enemies"})", "GETFRIENDS state=enemies"},
      {"add_friend", "{}", "ADDFRIEND"},
      {"add_friend", R"({"userName":"123"})", "ADDFRIEND @123"},
      {"set_profile", "{}", "SETPROFILE"},
      {"set_profile", R"({"directMessages":"nobody"})", "SETPROFILE direct_messages=nobody"},
      {"revoke_device", R"({"device":"a b"})", "REVOKE a/b"},
      {"presence", R"({"userIds":["1002","0"]})", "PRESENCE 1002 0"},
      {"typing", R"({"groupId":"4294967296"})", "TYPING group=4294967296"},
  };
}

}  // namespace

TEST_CASE("the table holds every method of the user services", "[protocol][wire]") {
  size_t methods = 0;
  for (const char* const name :
       {"GroupService", "MessageService", "PresenceService", "UserService"}) {
    const auto& service = service_named(name);
    for (int i = 0; i < service.method_count(); ++i) {
      const auto& wanted = *service.method(i);
      INFO(wanted.full_name());
      const Method* const method = find_method(name, wanted.name());
      REQUIRE(method != nullptr);
      CHECK(method->name == wanted.name());
      CHECK(method->service == name);
      CHECK(method->request().GetDescriptor() == wanted.input_type());
      CHECK(method->response().GetDescriptor() == wanted.output_type());
      ++methods;
    }
  }
  CHECK(all_methods().size() == methods);
}

TEST_CASE("a WebSocket type names one method", "[protocol][wire]") {
  std::set<std::string_view> types;
  for (const Method& method : all_methods()) {
    CHECK(find_type(method.type) == &method);
    types.insert(method.type);
  }
  CHECK(types.size() == all_methods().size());
  CHECK(find_type("") == nullptr);
  CHECK(find_type("zzz") == nullptr);
  CHECK(find_method("MessageService", "Nothing") == nullptr);
  CHECK(find_method("", "") == nullptr);
}

TEST_CASE("an empty request is one, or is refused for what is missing", "[protocol][wire]") {
  for (const Method& method : all_methods()) {
    INFO(method.name);
    const Parsed parsed = method.from(method.request(), WireLimits{});
    if (!parsed.ok()) CHECK(parsed.error().code == Code::kBadRequest);
  }
}

TEST_CASE("a method writes no answer but its own", "[protocol][wire]") {
  for (const Method& method : all_methods()) {
    INFO(method.name);
    const std::unique_ptr<google::protobuf::Message> out(method.response().New());
    const Result<void> told = method.to(Error{Code::kNotFound, "no"}, *out);
    REQUIRE_FALSE(told.ok());
    CHECK(told.error().code == Code::kNotFound);
    const Result<void> other = method.to(PongResponse{}, *out);
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().code == Code::kInternal);
  }
}

TEST_CASE("a bad argument gives the same code as on the line protocol", "[protocol][wire]") {
  for (const Twin& twin : twins()) {
    INFO(twin.type << ' ' << twin.json << " as " << twin.line);
    CHECK(code_of(asked(twin.type, twin.json)) == code_of(parse_line(twin.line, LineLimits{})));
  }
}

TEST_CASE("an inbox's page and what is confirmed are held to their bounds", "[protocol][wire]") {
  CHECK(code_of(asked("sync_offline_messages", "{}")) == "OK");
  CHECK(code_of(asked("sync_offline_messages", R"({"limit":1000})")) == "OK");
  CHECK(code_of(asked("sync_offline_messages", R"({"limit":1001})")) == "BAD_REQUEST");
  CHECK(code_of(asked("sync_offline_messages", R"({"after":"1"})")) == "BAD_REQUEST");
  CHECK(code_of(asked("confirm_messages_synced", "{}")) == "BAD_REQUEST");
  const auto many = [](int count) {
    std::string ids = "1073741825";
    for (int i = 1; i < count; ++i) ids += ",1073741825";
    return R"({"messageIds":[)" + ids + "]}";
  };
  CHECK(code_of(asked("confirm_messages_synced", many(1'000))) == "OK");
  CHECK(code_of(asked("confirm_messages_synced", many(1'001))) == "BAD_REQUEST");
}
