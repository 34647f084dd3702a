#include "client-cli/files/file_courier.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace mpim::chat {
namespace {

constexpr size_t kRefusalBytes = 65'536;
constexpr long kStillSeconds = 30;

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};
using FileOwner = std::unique_ptr<FILE, CloseFile>;
struct FreeCurl {
  void operator()(CURL* one) const { curl_easy_cleanup(one); }
  void operator()(curl_slist* all) const { curl_slist_free_all(all); }
  void operator()(char* text) const { curl_free(text); }
};
using CurlOwner = std::unique_ptr<CURL, FreeCurl>;
using HeadersOwner = std::unique_ptr<curl_slist, FreeCurl>;

Error local_error(const std::string& path) {
  const Code code = errno == ENOENT   ? Code::kNotFound
                    : errno == EEXIST ? Code::kExists
                                      : Code::kUnavailable;
  return {code, path + ": " + std::strerror(errno)};
}

// What the server answers: into `file` if all is well, else into `text`.
struct Receiver {
  CURL* curl = nullptr;
  FILE* file = nullptr;
  std::string text;
};

size_t receive(char* bytes, size_t size, size_t count, void* to) {
  Receiver& receiver = *static_cast<Receiver*>(to);
  const size_t length = size * count;
  long status = 0;
  curl_easy_getinfo(receiver.curl, CURLINFO_RESPONSE_CODE, &status);
  if (receiver.file != nullptr && status == 200)
    return std::fwrite(bytes, 1, length, receiver.file);
  if (receiver.text.size() + length > kRefusalBytes) return 0;
  receiver.text.append(bytes, length);
  return length;
}

int look_up(void* ending, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(ending)->load() ? 1 : 0;
}

size_t send_bytes(char* into, size_t size, size_t count, void* from) {
  return std::fread(into, size, count, static_cast<FILE*>(from));
}

Error refusal(long status, const std::string& text) {
  const auto said = nlohmann::json::parse(text, nullptr, false);
  if (said.is_object() && said.contains("code") && said["code"].is_string()) {
    const std::string message = said.contains("message") && said["message"].is_string()
                                    ? said["message"].get<std::string>()
                                    : "";
    if (const auto code = code_named(said["code"].get<std::string>())) return {*code, message};
  }
  return {Code::kUnavailable, "the server's HTTP port answered " + std::to_string(status)};
}

// Runs one exchange; answers what was told, of a success.
Result<std::string> exchange(CURL* curl, Receiver& receiver, const std::string& token,
                             const std::string& type, const std::atomic<bool>& ending) {
  const std::string bearer = "Authorization: Bearer " + token;
  HeadersOwner headers(curl_slist_append(nullptr, bearer.c_str()));
  if (!type.empty()) curl_slist_append(headers.get(), ("Content-Type: " + type).c_str());
  receiver.curl = curl;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  // As OpenSSL does for itself.
  if (const char* const trusted = std::getenv("SSL_CERT_FILE"))
    curl_easy_setopt(curl, CURLOPT_CAINFO, trusted);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kStillSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStillSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &ending);
  const CURLcode done = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 400) return refusal(status, receiver.text);
  if (done != CURLE_OK)
    return Error{Code::kUnavailable, std::string("files: ") + curl_easy_strerror(done) +
                                         " (--http says where the server's HTTP port is)"};
  return receiver.text;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<SentFile> upload_now(const std::string& url, const std::string& token,
                            const std::string& path, const std::atomic<bool>& ending) {
  const FileOwner file(std::fopen(path.c_str(), "rbe"));
  struct stat found {};
  if (file == nullptr || ::fstat(::fileno(file.get()), &found) != 0) return local_error(path);
  if (!S_ISREG(found.st_mode)) return Error{Code::kBadRequest, path + " is no file"};
  std::array<char, 64> first{};
  const size_t length = std::fread(first.data(), 1, first.size(), file.get());
  std::rewind(file.get());
  SentFile sent{{}, 0, last_part(path), {}};
  sent.kind = file_kind(sent.name, {first.data(), length});
  const CurlOwner curl(curl_easy_init());
  const std::unique_ptr<char, FreeCurl> name(
      curl_easy_escape(curl.get(), sent.name.c_str(), static_cast<int>(sent.name.size())));
  curl_easy_setopt(curl.get(), CURLOPT_URL, (url + "?name=" + name.get()).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(found.st_size));
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, send_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, file.get());
  Receiver receiver;
  MPIM_TRY(const std::string told, exchange(curl.get(), receiver, token, sent.kind.mime, ending));
  const auto answer = nlohmann::json::parse(told, nullptr, false);
  const Error strange{Code::kUnavailable, "the server's HTTP port gave an answer of another kind"};
  if (!answer.is_object() || !answer.contains("id") || !answer["id"].is_string()) return strange;
  sent.id = FileId(std::strtoull(answer["id"].get<std::string>().c_str(), nullptr, 10));
  sent.bytes = static_cast<uint64_t>(found.st_size);
  if (!sent.id) return strange;
  return sent;
}

Result<uint64_t> download_now(const std::string& url, const std::string& token,
                              const std::string& path, const std::atomic<bool>& ending) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return local_error(path);
  FileOwner file(::fdopen(fd, "wb"));
  const CurlOwner curl(curl_easy_init());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  Receiver receiver;
  receiver.file = file.get();
  Result<std::string> told = exchange(curl.get(), receiver, token, "", ending);
  const long bytes = std::ftell(file.get());
  if (told.ok() && std::fflush(file.get()) != 0) told = local_error(path);
  if (told.ok()) return static_cast<uint64_t>(bytes);
  ::unlink(path.c_str());
  return told.error();
}

}  // namespace

// A task that is not taken dies with what it owns, so the reply is shared until then.
template <class T, class F>
void FileCourier::submit(F work, Reply<T> reply) {
  auto shared = std::make_shared<Reply<T>>(std::move(reply));
  const Result<void> taken =
      pool_.submit([work = std::move(work), shared]() mutable { (*shared)(work()); });
  if (!taken.ok()) (*shared)(taken.error());
}

std::string FileCourier::address() const {
  return (http_.tls ? "https://" : "http://") + http_.host_and_port();
}

void FileCourier::upload(std::string token, std::string path, Reply<SentFile> reply) {
  auto work = [this, url = address() + "/api/files", token = std::move(token),
               path = std::move(path)] { return upload_now(url, token, path, ending_); };
  submit<SentFile>(std::move(work), std::move(reply));
}

void FileCourier::download(std::string token, FileId file, std::string path,
                           Reply<uint64_t> reply) {
  auto work = [this, url = address() + "/api/files/" + std::to_string(file.value),
               token = std::move(token),
               path = std::move(path)] { return download_now(url, token, path, ending_); };
  submit<uint64_t>(std::move(work), std::move(reply));
}

}  // namespace mpim::chat
