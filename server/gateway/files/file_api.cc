#include "server/gateway/files/file_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/auth/bearer_token.h"
#include "server/gateway/files/byte_range.h"
#include "server/protocol/http/http_head.h"
#include "server/protocol/http/http_query.h"
#include "server/service/files/file_types.h"

namespace mpim {
namespace {

constexpr std::string_view kFilesPath = "/api/files/";
constexpr size_t kNameBytesMax = 255;
constexpr uint32_t kListed = 100;
constexpr uint32_t kListedMax = 1'000;
constexpr uint32_t kPartBytes = 262'144;

nlohmann::ordered_json json_of(const StoredFile& file) {
  return {{"id", std::to_string(file.id.value)},
          {"bytes", file.bytes},
          {"mime", file.mime},
          {"name", file.name},
          {"sha256", file.hash}};
}

// What a person may see it called: never a path, never more than one line.
Result<std::string> file_name(std::string name) {
  if (!is_text(name)) return Error{Code::kBadText, "name= must be UTF-8 without NUL"};
  if (name.size() > kNameBytesMax)
    return Error{Code::kBadRequest, "name= may have " + std::to_string(kNameBytesMax) + " bytes"};
  const bool control = std::ranges::any_of(
      name, [](unsigned char c) { return c < 32 || c == 127 || c == '/' || c == '\\'; });
  if (control || name == "." || name == "..")
    return Error{Code::kBadRequest,
                 "name= is a file's name: no directories, no control characters"};
  return name;
}

// Takes one upload in: a part is written before the next is read.
class Receiving : public std::enable_shared_from_this<Receiving> {
 public:
  Receiving(Executor& home, std::shared_ptr<HttpUpload> from)
      : home_(home), from_(std::move(from)) {}

  void begin(FileService& files) {
    const HttpHead& head = from_->head();
    Result<std::string> name = file_name(query_value(head.query, "name").value_or(""));
    if (!name.ok()) return refuse(name.error());
    UploadPlan plan{std::string(head.header("content-type")), std::move(*name),
                    head.content_length()};
    auto begun = [self = shared_from_this()](Result<std::shared_ptr<Upload>> upload) {
      if (!upload.ok()) return self->refuse(upload.error());
      self->upload_ = std::move(*upload);
      self->read();
    };
    files.begin(bearer_token(head.header("authorization")), std::move(plan),
                Reply<std::shared_ptr<Upload>>(home_, std::move(begun)));
  }

 private:
  void refuse(const Error& why) {
    upload_ = nullptr;
    from_->answer(http_refusal(why));
  }

  void read() {
    from_->read([self = shared_from_this()](Result<std::string> part) {
      if (!part.ok()) return self->refuse(part.error());
      if (part->empty()) return self->finish();
      auto added = [self](const Result<bool>& done) {
        if (!done.ok()) return self->refuse(done.error());
        self->read();
      };
      self->upload_->add(std::move(*part), Reply<bool>(self->home_, std::move(added)));
    });
  }

  void finish() {
    auto stored = [self = shared_from_this()](const Result<StoredFile>& file) {
      if (!file.ok()) return self->refuse(file.error());
      self->upload_ = nullptr;
      HttpAnswer answer{201, json_of(*file).dump() + "\n"};
      answer.headers.emplace_back("Location",
                                  std::string(kFilesPath) + std::to_string(file->id.value));
      self->from_->answer(answer);
    };
    upload_->finish(Reply<StoredFile>(home_, std::move(stored)));
  }

  Executor& home_;
  const std::shared_ptr<HttpUpload> from_;
  std::shared_ptr<Upload> upload_;
};

// Reads a range of a file as it is sent.
class FileSource final : public HttpBodySource {
 public:
  FileSource(Executor& home, std::shared_ptr<VaultReading> bytes, const ByteRange& range)
      : home_(home), bytes_(std::move(bytes)), at_(range.from), end_(range.from + range.length) {}

  void next(Part part) override {
    if (at_ == end_) return part(std::string());
    const auto length = static_cast<uint32_t>(std::min<uint64_t>(end_ - at_, kPartBytes));
    const uint64_t from = at_;
    at_ += length;
    auto read = [length, part = std::move(part)](Result<std::string> bytes) mutable {
      if (bytes.ok() && bytes->size() != length)
        bytes = Error{Code::kUnavailable, "the upload's bytes are not all there"};
      part(std::move(bytes));
    };
    bytes_->read(from, length, Reply<std::string>(home_, std::move(read)));
  }

 private:
  Executor& home_;
  const std::shared_ptr<VaultReading> bytes_;
  uint64_t at_;
  const uint64_t end_;
};

// RFC 6266: a plain form for old clients, and the whole name (RFC 8187).
std::string disposition(const StoredFile& file) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string plain;
  std::string coded;
  for (const char c : file.name) {
    const bool kept = kPlain.find(c) != kPlain.npos;
    const auto byte = static_cast<unsigned char>(c);
    plain += kept || c == ' ' ? c : '_';
    coded += kept ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  std::string told = shown_inline(file.mime) ? "inline" : "attachment";
  if (!plain.empty()) told += "; filename=\"" + plain + "\"; filename*=UTF-8''" + coded;
  return told;
}

// What a request says about which bytes it wants.
struct Wanted {
  std::string range;
  std::string if_range;
  std::string if_none_match;
};

HttpAnswer content(Executor& home, OpenFile open, const Wanted& wanted) {
  const StoredFile& file = open.file;
  const std::string tag = "\"" + file.hash + "\"";
  HttpAnswer answer;
  answer.headers = {{"ETag", tag},
                    {"Accept-Ranges", "bytes"},
                    {"Cache-Control", "private, no-cache"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Content-Security-Policy", "sandbox"},
                    {"Content-Disposition", disposition(file)}};
  if (wanted.if_none_match == "*" || wanted.if_none_match.find(tag) != std::string::npos) {
    answer.status = 304;
    return answer;
  }
  const bool same = wanted.if_range.empty() || wanted.if_range == tag;
  const ByteRange range = byte_range(same ? wanted.range : "", file.bytes);
  const std::string size = std::to_string(file.bytes);
  if (!range.satisfiable) {
    HttpAnswer refused = http_error({Code::kBadRequest, "the upload has " + size + " bytes"});
    refused.status = 416;
    refused.headers.emplace_back("Content-Range", "bytes */" + size);
    return refused;
  }
  if (range.partial) {
    answer.status = 206;
    answer.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.from) + "-" +
                                                     std::to_string(range.from + range.length - 1) +
                                                     "/" + size);
  }
  answer.content_type = file.mime;
  if (range.length == 0) {
    answer.body.clear();
    return answer;
  }
  answer.source = std::make_shared<FileSource>(home, std::move(open.bytes), range);
  answer.source_bytes = range.length;
  return answer;
}

Result<FileId> file_in(std::string_view path) {
  const std::string_view typed = path.substr(kFilesPath.size());
  const Result<uint64_t> number = parse_number(typed, "upload", 1, INT64_MAX);
  if (number.ok()) return FileId(*number);
  return Error{Code::kNotFound, "no upload " + shown(typed)};
}

void get(FileService& files, Executor& home, const HttpRequest& request, HttpResponder respond) {
  const Result<FileId> file = file_in(request.path);
  if (!file.ok()) return respond(http_refusal(file.error()));
  Wanted wanted{std::string(request.header("Range")), std::string(request.header("If-Range")),
                std::string(request.header("If-None-Match"))};
  auto opened = [&home, wanted = std::move(wanted),
                 respond = std::move(respond)](Result<OpenFile> open) mutable {
    if (!open.ok()) return respond(http_refusal(open.error()));
    respond(content(home, std::move(*open), wanted));
  };
  files.open(bearer_token(request.header("Authorization")), *file,
             Reply<OpenFile>(home, std::move(opened)));
}

void remove(FileService& files, Executor& home, const HttpRequest& request, HttpResponder respond) {
  const Result<FileId> file = file_in(request.path);
  if (!file.ok()) return respond(http_refusal(file.error()));
  auto removed = [respond = std::move(respond)](const Result<bool>& done) mutable {
    if (!done.ok()) return respond(http_refusal(done.error()));
    respond({200, "{}\n"});
  };
  files.remove(bearer_token(request.header("Authorization")), *file,
               Reply<bool>(home, std::move(removed)));
}

void list(FileService& files, Executor& home, const HttpRequest& request, HttpResponder respond) {
  const auto asked = [&](std::string_view name, uint64_t standard, uint64_t min, uint64_t max) {
    const std::optional<std::string> typed = query_value(request.query, name);
    return typed ? parse_number(*typed, name, min, max) : Result<uint64_t>(standard);
  };
  const Result<uint64_t> after = asked("after", 0, 0, INT64_MAX);
  const Result<uint64_t> limit = asked("limit", kListed, 1, kListedMax);
  if (!after.ok()) return respond(http_refusal(after.error()));
  if (!limit.ok()) return respond(http_refusal(limit.error()));
  const auto count = static_cast<uint32_t>(*limit);
  auto listed = [count,
                 respond = std::move(respond)](Result<std::vector<StoredFile>> found) mutable {
    if (!found.ok()) return respond(http_refusal(found.error()));
    const bool more = found->size() > count;
    if (more) found->pop_back();
    nlohmann::ordered_json told = {{"files", nlohmann::ordered_json::array()}, {"more", more}};
    for (const StoredFile& each : *found) {
      nlohmann::ordered_json row = json_of(each);
      row["createdAt"] = each.created_at.ms;
      told["files"].push_back(std::move(row));
    }
    respond({200, told.dump() + "\n"});
  };
  files.list(bearer_token(request.header("Authorization")), FileId(*after), count + 1,
             Reply<std::vector<StoredFile>>(home, std::move(listed)));
}

}  // namespace

void add_file_api(HttpServer& server, FileService& files, Executor& home) {
  server.upload_route("/api/files", [&files, &home](std::shared_ptr<HttpUpload> from) {
    std::make_shared<Receiving>(home, std::move(from))->begin(files);
  });
  using Answering = void (*)(FileService&, Executor&, const HttpRequest&, HttpResponder);
  const auto with = [&files, &home](Answering answering) {
    return [&files, &home, answering](const HttpRequest& request, HttpResponder respond) {
      answering(files, home, request, std::move(respond));
    };
  };
  const std::string below(kFilesPath);
  server.route(HttpMethod::kGet, "/api/files", with(list));
  server.route_prefix(HttpMethod::kGet, below, with(get));
  server.route_prefix(HttpMethod::kDelete, below, with(remove));
}

}  // namespace mpim
