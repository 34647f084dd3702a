#include <fstream>

#include "tests/node/node_rig.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n";

std::string png(size_t bytes) { return std::string(kPng) + std::string(bytes - kPng.size(), 'p'); }

// Somebody with a line connection and the token that HTTP asks for.
struct Person {
  Person(NodeRig& of, const std::string& name) : rig(of), line(of.client()) {
    const std::string answer = line.ask("REGISTER " + name + " password");
    REQUIRE(answer.starts_with("+OK uid="));
    uid = field(answer, "uid");
    token = field(answer, "token");
  }
  HttpReceived ask(const std::string& method, const std::string& target,
                   const std::string& headers = "", const std::string& body = "") {
    return http_exchange(rig.node->addresses().http,
                         method + " " + target +
                             " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                             "Authorization: Bearer " + token + "\r\n" + headers + "\r\n" + body);
  }
  HttpReceived post(const std::string& body, const std::string& type = "image/png",
                    const std::string& query = "") {
    return ask(
        "POST", "/api/files" + query,
        "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
        body);
  }
  // The number of a new upload.
  std::string upload(const std::string& body, const std::string& type = "image/png") {
    const HttpReceived answer = post(body, type);
    INFO(answer.head << "\n" << answer.body);
    REQUIRE(answer.status == 201);
    return answer.json()["id"];
  }
  HttpReceived get(const std::string& id, const std::string& headers = "") {
    return ask("GET", "/api/files/" + id, headers);
  }

  NodeRig& rig;
  LineConnection line;
  std::string uid;
  std::string token;
};

std::string header(const HttpReceived& answer, const std::string& name) {
  const size_t at = answer.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 4;
  return answer.head.substr(from, answer.head.find("\r\n", from) - from);
}

std::string code(const HttpReceived& answer) { return answer.json().value("code", ""); }

size_t files_on_disk(const NodeRig& rig) {
  size_t count = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator(rig.dir.path() + "/files"))
    count += each.is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("an upload is sent, fetched by those it went to, and gone with a recall", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  Person eve(rig, "eve");
  const std::string bytes = png(100'000);
  const HttpReceived made = ann.post(bytes, "image/png", "?name=caf%C3%A9%20au%20lait.png");
  REQUIRE(made.status == 201);
  const json told = made.json();
  CHECK(told["bytes"] == bytes.size());
  CHECK(told["mime"] == "image/png");
  CHECK(told["name"] == "café au lait.png");
  CHECK(told["sha256"].get<std::string>().size() == 64);
  const std::string id = told["id"];
  CHECK(header(made, "Location") == "/api/files/" + id);
  CHECK(bob.get(id).status == 404);

  const std::string sent = ann.line.ask("SEND @bob \"look\" type=image file=" + id);
  REQUIRE(sent.starts_with("+OK msg_id="));
  const std::string push = bob.line.next_push().value_or("");
  CHECK(field(push, "file") == id);
  CHECK(field(push, "type") == "image");
  REQUIRE(bob.line.send("HISTORY user=" + ann.uid));
  std::string row;
  while (!row.starts_with("ENTRY ") && !row.starts_with("-ERR") && !bob.line.at_end())
    row = *bob.line.next_line();
  INFO(row);
  CHECK(field(row, "file") == id);

  const HttpReceived fetched = bob.get(id);
  CHECK(fetched.status == 200);
  CHECK(fetched.body == bytes);
  CHECK(header(fetched, "Content-Type") == "image/png");
  CHECK(header(fetched, "ETag") == "\"" + told["sha256"].get<std::string>() + "\"");
  CHECK(header(fetched, "X-Content-Type-Options") == "nosniff");
  CHECK(header(fetched, "Content-Security-Policy") == "sandbox");
  CHECK(header(fetched, "Content-Disposition") ==
        "inline; filename=\"caf__ au lait.png\"; filename*=UTF-8''caf%C3%A9%20au%20lait.png");
  const HttpReceived head = bob.ask("HEAD", "/api/files/" + id);
  CHECK(head.status == 200);
  CHECK(header(head, "Content-Length") == std::to_string(bytes.size()));
  CHECK(head.body.empty());

  // What is not his is like what is not there.
  const HttpReceived foreign = eve.get(id);
  const HttpReceived none = eve.get("4711");
  CHECK(foreign.status == 404);
  CHECK(none.status == 404);
  CHECK(foreign.json()["message"] == "no upload " + id);
  CHECK(none.json()["message"] == "no upload 4711");
  CHECK(eve.line.ask("SEND @bob \"mine\" type=image file=" + id) ==
        "-ERR NOT_FOUND no upload " + id);
  CHECK(ann.line.ask("SEND @bob \"hark\" type=voice file=" + id).starts_with("-ERR BAD_REQUEST"));

  CHECK(ann.ask("DELETE", "/api/files/" + id).status == 409);
  REQUIRE(ann.line.ask("RECALL " + field(sent, "msg_id")).starts_with("+OK"));
  CHECK(bob.get(id).status == 404);
  CHECK(bob.ask("DELETE", "/api/files/" + id).status == 404);
  CHECK(ann.ask("DELETE", "/api/files/" + id).status == 200);
  CHECK(ann.get(id).status == 404);
}

TEST_CASE("who was kicked fetches what he could read, and nothing later", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const std::string group = field(ann.line.ask("CREATEGROUP tea"), "group_id");
  REQUIRE(bob.line.ask("JOINGROUP " + group).starts_with("+OK"));
  const std::string before = ann.upload(png(100));
  const std::string after = ann.upload(png(101));
  REQUIRE(ann.line.ask("GSEND " + group + " \"a\" type=image file=" + before).starts_with("+OK"));
  REQUIRE(ann.line.ask("KICK " + group + " " + bob.uid).starts_with("+OK"));
  REQUIRE(ann.line.ask("GSEND " + group + " \"b\" type=image file=" + after).starts_with("+OK"));
  CHECK(bob.get(before).status == 200);
  CHECK(bob.get(after).status == 404);
}

TEST_CASE("parts of a file are fetched, and a copy one has is not sent again", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  std::string bytes = png(600'000);
  for (size_t i = kPng.size(); i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 / 5);
  const std::string id = ann.upload(bytes);
  struct Row {
    const char* range;
    int status;
    size_t from;
    size_t length;
    const char* told;
  };
  constexpr Row kRows[] = {
      {"bytes=0-0", 206, 0, 1, "bytes 0-0/600000"},
      {"bytes=10-300010", 206, 10, 300'001, "bytes 10-300010/600000"},
      {"bytes=599990-", 206, 599'990, 10, "bytes 599990-599999/600000"},
      {"bytes=599990-999999999999", 206, 599'990, 10, "bytes 599990-599999/600000"},
      {"bytes=-5", 206, 599'995, 5, "bytes 599995-599999/600000"},
      {"bytes=-999999999", 206, 0, 600'000, "bytes 0-599999/600000"},
      {"bytes=600000-", 416, 0, 0, "bytes */600000"},
      {"bytes=-0", 416, 0, 0, "bytes */600000"},
      {"bytes=5-4", 200, 0, 600'000, ""},
      {"bytes=99999999999999999999-", 200, 0, 600'000, ""},
      {"bytes=0-1,3-4", 200, 0, 600'000, ""},
      {"lines=0-1", 200, 0, 600'000, ""},
      {"bytes=--1", 200, 0, 600'000, ""},
  };
  for (const Row& row : kRows) {
    INFO(row.range);
    const HttpReceived part = ann.get(id, std::string("Range: ") + row.range + "\r\n");
    CHECK(part.status == row.status);
    CHECK(header(part, "Content-Range") == row.told);
    if (row.status != 416) CHECK(part.body == bytes.substr(row.from, row.length));
  }
  std::string many = "Range: bytes=0-1";
  for (int i = 0; i < 1'000; ++i) many += ",1-2";
  CHECK(ann.get(id, many + "\r\n").status == 200);

  const std::string tag = header(ann.get(id), "ETag");
  const HttpReceived same = ann.get(id, "If-None-Match: " + tag + "\r\n");
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(ann.get(id, "If-Range: \"old\"\r\nRange: bytes=0-0\r\n").status == 200);
  CHECK(ann.get(id, "If-Range: " + tag + "\r\nRange: bytes=0-0\r\n").status == 206);
}

TEST_CASE("the same content lies on the disk once, and as long as anybody has it", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const std::string his = ann.upload(png(5'000));
  const std::string hers = bob.upload(png(5'000));
  CHECK(his != hers);
  CHECK(files_on_disk(rig) == 1);
  REQUIRE(ann.ask("DELETE", "/api/files/" + his).status == 200);
  CHECK(bob.get(hers).body == png(5'000));
  REQUIRE(bob.ask("DELETE", "/api/files/" + hers).status == 200);
  rig.stop();  // finishes what the last answer left to do
  CHECK(files_on_disk(rig) == 0);
}

TEST_CASE("each bound of an upload holds, one byte past it too", "[node][G40]") {
  NodeRig rig([](Settings& settings) {
    settings.files.bytes_max = 70'000;
    settings.files.user_mib_max = 1;
    settings.files.types = "image/png text/plain";
    settings.http.body_bytes_max = 1'024;
  });
  Person ann(rig, "ann");
  CHECK(ann.post(png(70'000)).status == 201);
  const HttpReceived large = ann.post(png(70'001));
  CHECK(large.status == 413);
  CHECK(code(large) == "TOO_LARGE");
  // Refused by what it says, before it has said more.
  const HttpReceived planned =
      ann.ask("POST", "/api/files", "Content-Type: image/png\r\nContent-Length: 9999999999\r\n");
  CHECK(planned.status == 413);
  const auto chunked = [&](const std::string& body) {
    return ann.ask("POST", "/api/files",
                   "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n", body);
  };
  constexpr const char* kChunk70k = "11170\r\n";
  CHECK(chunked(kChunk70k + png(70'000) + "\r\n0\r\n\r\n").status == 201);
  CHECK(chunked(kChunk70k + png(70'000) + "\r\n1\r\nx\r\n0\r\n\r\n").status == 413);

  const HttpReceived type = ann.post("%PDF-1.4", "application/pdf");
  CHECK(type.status == 400);
  CHECK(type.json()["message"].get<std::string>().find("image/png text/plain") !=
        std::string::npos);
  CHECK(ann.post("", "text/plain; charset=utf-8").status == 201);

  // 12 more of 70,000 bytes go into a MiB, with a little to spare.
  for (int i = 0; i < 12; ++i) CHECK(ann.post(png(70'000)).status == 201);
  const HttpReceived full = ann.post(png(70'000));
  CHECK(full.status == 429);
  CHECK(code(full) == "LIMIT");
  // The bound of everything else stands as it did.
  const HttpReceived other =
      ann.ask("POST", "/api/login", "Content-Length: 1025\r\n", std::string(1'025, 'x'));
  CHECK(other.status == 413);
}

TEST_CASE("so many uploads go at once, and one more is told to wait", "[node][G40]") {
  NodeRig rig([](Settings& settings) { settings.files.uploads_max = 1; });
  Person ann(rig, "ann");
  LineConnection slow(rig.node->addresses().http);
  REQUIRE(
      slow.send_raw("POST /api/files HTTP/1.1\r\nHost: t\r\nContent-Type: image/png\r\n"
                    "Expect: 100-continue\r\nContent-Length: 100\r\nAuthorization: Bearer " +
                    ann.token + "\r\n\r\n"));
  // It may go on: its place is taken.
  CHECK(slow.next_line().value_or("").starts_with("HTTP/1.1 100"));
  const HttpReceived busy = ann.post(png(100));
  CHECK(busy.status == 503);
  CHECK(code(busy) == "BUSY");
  slow.close();
  // Its end gives the place back.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ann.post(png(100)).status != 201) REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK(files_on_disk(rig) == 1);
}

TEST_CASE("one user has so many uploads under way, and leaves places to others", "[node][G40]") {
  NodeRig rig([](Settings& settings) {
    settings.files.uploads_max = 4;
    settings.files.user_uploads_max = 2;
  });
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const auto begin = [&](const Person& who) {
    auto slow = std::make_unique<LineConnection>(rig.node->addresses().http);
    REQUIRE(
        slow->send_raw("POST /api/files HTTP/1.1\r\nHost: t\r\nContent-Type: image/png\r\n"
                       "Expect: 100-continue\r\nContent-Length: 100\r\nAuthorization: Bearer " +
                       who.token + "\r\n\r\n"));
    CHECK(slow->next_line().value_or("").starts_with("HTTP/1.1 100"));
    return slow;
  };
  auto first = begin(ann);
  const auto second = begin(ann);
  const HttpReceived busy = ann.post(png(100));
  CHECK(busy.status == 503);
  CHECK(code(busy) == "BUSY");
  CHECK(busy.json()["message"].get<std::string>().find("files.user_uploads_max") !=
        std::string::npos);
  CHECK(bob.post(png(100)).status == 201);
  const auto third = begin(bob);
  const auto fourth = begin(bob);
  first->close();
  // Its end gives the place back to whoever it was of.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ann.post(png(100)).status != 201) REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK(bob.post(png(100)).status == 503);
}

TEST_CASE("who asks for files says who he is", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::string where = rig.node->addresses().http;
  const auto ask = [&](const std::string& line, const std::string& authorization) {
    return http_exchange(where, line + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" +
                                    authorization + "Content-Length: 0\r\n\r\n");
  };
  for (const char* line :
       {"POST /api/files", "GET /api/files", "GET /api/files/1", "DELETE /api/files/1"}) {
    INFO(line);
    const HttpReceived nobody = ask(line, "");
    CHECK(nobody.status == 401);
    CHECK(code(nobody) == "NOT_LOGGED_IN");
    CHECK(header(nobody, "WWW-Authenticate") == "Bearer");
    for (const std::string& token :
         {std::string("x"), std::string(43, 'A'), std::string(10'000, 'A')}) {
      const HttpReceived forged = ask(line, "Authorization: Bearer " + token + "\r\n");
      CHECK(forged.status == 401);
      CHECK(code(forged) == "BAD_TOKEN");
    }
  }
  REQUIRE(ann.line.ask("LOGOUT").starts_with("+OK"));
  CHECK(code(ann.ask("GET", "/api/files")) == "BAD_TOKEN");
}

TEST_CASE("what pretends to be something else is refused, and never shown in place",
          "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  for (const char* type : {"image/png", "image/jpeg", "image/x-new", "audio/mpeg",
                           "application/pdf", "application/zip"}) {
    INFO(type);
    const HttpReceived refused = ann.post("<html><script>alert(1)</script></html>", type);
    CHECK(refused.status == 400);
    CHECK(code(refused) == "BAD_REQUEST");
  }
  CHECK(ann.post("<html>" + std::string(1'000, ' '), "image/png").status == 400);
  CHECK(ann.post("<html>", "text/html").status == 400);
  CHECK(ann.post("x", "no type").status == 400);
  CHECK(files_on_disk(rig) == 0);
  const std::string drawing = ann.upload("<svg xmlns='x'/>", "image/svg+xml");
  CHECK(header(ann.get(drawing), "Content-Disposition") == "attachment");
  const HttpReceived text = ann.get(ann.upload("<html>", "text/plain"));
  CHECK(header(text, "Content-Type") == "text/plain");
  CHECK(header(text, "Content-Disposition") == "attachment");
}

TEST_CASE("hostile names, heads and bodies are refused and leave nothing", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::string longest(255, 'n');
  CHECK(ann.post(png(10), "image/png", "?name=" + longest).status == 201);
  for (const std::string& name : {longest + "n", std::string("..%2F..%2Fetc%2Fpasswd"),
                                  std::string("a%5Cb"), std::string("a%0D%0ASet-Cookie:x"),
                                  std::string("%00"), std::string(".."), std::string("%FF%FE")}) {
    INFO(name);
    CHECK(ann.post(png(10), "image/png", "?name=" + name).status == 400);
  }
  for (const char* path : {"/api/files/..%2F..%2Fmpim.db", "/api/files/0", "/api/files/-1",
                           "/api/files/1x", "/api/files/99999999999999999999", "/api/files/"}) {
    INFO(path);
    CHECK(ann.ask("GET", path).status == 404);
  }
  const std::string type = "Content-Type: image/png\r\n";
  for (const std::string& head :
       {type + "Content-Length: 10\r\nContent-Length: 10\r\n",
        type + "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n",
        type + "Content-Length: ten\r\n", type + "Content-Length: -1\r\n", type,
        type + "Transfer-Encoding: gzip, chunked\r\n", type + "Content-Length : 10\r\n",
        type + " folded\r\nContent-Length: 10\r\n", type + type + "Content-Length: 10\r\n"}) {
    INFO(head.substr(0, 100));
    const HttpReceived refused = ann.ask("POST", "/api/files", head, png(10));
    CHECK(refused.status == 400);
    CHECK(code(refused) == "BAD_REQUEST");
  }
  const std::string long_head = "Content-Length: 10\r\nX: " + std::string(20'000, 'x') + "\r\n";
  CHECK(ann.ask("POST", "/api/files", type + long_head, png(10)).status == 431);
  for (const char* body : {"zz\r\n", "5\r\nabcdefg\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFF\r\n"}) {
    INFO(body);
    CHECK(ann.ask("POST", "/api/files",
                  "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n", body)
              .status == 400);
  }
  CHECK(files_on_disk(rig) == 1);
}

TEST_CASE("a connection serves other requests before an upload", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  LineConnection both(rig.node->addresses().http);
  REQUIRE(both.send_raw("GET /readyz HTTP/1.1\r\nHost: t\r\n\r\n"));
  std::string line;
  while ((line = both.next_line().value_or("end")) != "end" && !line.starts_with("{")) {
  }
  REQUIRE(line.starts_with("{"));
  const std::string body = png(80'000);
  REQUIRE(both.send_raw(
      "POST /api/files HTTP/1.1\r\nHost: t\r\nContent-Type: image/png\r\n"
      "Authorization: Bearer " +
      ann.token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  CHECK(both.next_line().value_or("").starts_with("HTTP/1.1 201"));
  // A head may come in pieces.
  LineConnection slow(rig.node->addresses().http);
  for (const char* piece : {"PO", "ST /api/fil", "es?name=a HTTP/1.1\r\nHost: t\r\nContent-Ty",
                            "pe: text/plain\r\nContent-Length: 0\r\n"})
    REQUIRE(slow.send_raw(piece));
  REQUIRE(slow.send_raw("Authorization: Bearer " + ann.token + "\r\n\r\n"));
  CHECK(slow.next_line().value_or("").starts_with("HTTP/1.1 201"));
}

TEST_CASE("a user lists his own uploads, page by page", "[node][G40]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  std::vector<std::string> ids;
  for (size_t i = 0; i < 3; ++i) ids.push_back(ann.upload(png(10 + i)));
  bob.upload(png(10));
  const json first = ann.ask("GET", "/api/files?limit=2").json();
  REQUIRE(first["files"].size() == 2);
  CHECK(first["more"] == true);
  CHECK(first["files"][1]["id"] == ids[1]);
  const json rest = ann.ask("GET", "/api/files?limit=2&after=" + ids[1]).json();
  REQUIRE(rest["files"].size() == 1);
  CHECK(rest["more"] == false);
  CHECK(rest["files"][0]["bytes"] == 12);
  CHECK(ann.ask("GET", "/api/files?limit=1000").status == 200);
  CHECK(ann.ask("GET", "/api/files?limit=1001").status == 400);
  CHECK(ann.ask("GET", "/api/files?limit=0").status == 400);
  CHECK(ann.ask("GET", "/api/files?after=x").status == 400);
}

TEST_CASE("uploads stay when a node stops, what a crash left half done goes", "[node][M2]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::string id = ann.upload(png(5'000));
  rig.stop();
  std::ofstream(rig.dir.path() + "/files/incoming/" + Settings{}.node.id + "/77")
      << "half an upload";
  rig.start();
  CHECK(files_on_disk(rig) == 1);
  CHECK(ann.get(id).body == png(5'000));
}
