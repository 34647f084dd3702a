#include "ops/admin_client.h"

#include <curl/curl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

namespace mpim::ops {
namespace {

using google::protobuf::Message;

constexpr size_t kSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

// Far above what the largest page can be; a server that sends more is none of ours.
constexpr size_t kAnswerBytesMax = 64 * 1024 * 1024;

std::string random_request_id() {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string id = "ctl-";
  for (int i = 0; i < 12; ++i) id += kLetters[random() % kLetters.size()];
  return id;
}

struct Answer {
  long status = 0;
  std::string body;
};

size_t take_body(char* bytes, size_t size, size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kAnswerBytesMax) return 0;
  body.append(bytes, size * count);
  return size * count;
}

size_t take_header(char* bytes, size_t size, size_t count, void* user) {
  constexpr std::string_view kName = "x-request-id:";
  std::string_view line(bytes, size * count);
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (line.size() > kName.size() && std::ranges::equal(line.substr(0, kName.size()), kName, same)) {
    line.remove_prefix(kName.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    *static_cast<std::string*>(user) = line.substr(0, line.find_first_of("\r\n"));
  }
  return size * count;
}

std::string text_in(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

// The registry's code if the server said it, else the first code that has this Connect name.
Error refusal(const Answer& answer) {
  const auto object = nlohmann::json::parse(answer.body, nullptr, false);
  if (!object.is_object())
    return {Code::kInternal,
            "the server answered " + std::to_string(answer.status) + " without saying why"};
  const std::string message = text_in(object, "message");
  if (const auto code = code_named(text_in(object, "mpimCode"))) return {*code, message};
  const std::string connect_code = text_in(object, "code");
  for (const CodeEntry& entry : all_codes())
    if (entry.connect_code == connect_code) return {entry.code, message};
  return {Code::kInternal, message};
}

}  // namespace

// The kept connection: curl holds it open between questions.
struct AdminClient::Link {
  AdminPlace place;
  std::chrono::milliseconds patience;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), curl_easy_cleanup};
  bool unreachable = false;
  bool answered = false;
  std::string request_id;

  // POST; without a body GET.
  Result<Answer> talk(const std::string& url, const std::string* body) {
    Answer answer;
    unreachable = answered = false;
    if (place.url.empty() && place.socket.size() > kSocketPathBytes)
      return Error{Code::kBadRequest, "the admin socket's path has " +
                                          std::to_string(place.socket.size()) +
                                          " bytes, and a socket's may have 107: " + place.socket};
    request_id = random_request_id();
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    list = curl_slist_append(list, ("X-Request-Id: " + request_id).c_str());
    list = curl_slist_append(list, "Expect:");
    if (!place.token.empty())
      list = curl_slist_append(list, ("Authorization: Bearer " + place.token).c_str());
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                              curl_slist_free_all);
    CURL* const easy = curl.get();
    if (place.url.empty()) {
      curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, place.socket.c_str());
      curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (const char* const file = trusted()) curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    char details[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    if (body == nullptr) {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &request_id);
    const CURLcode done = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    long reason = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
    const bool denied = done == CURLE_COULDNT_CONNECT && (reason == EACCES || reason == EPERM);
    unreachable = done == CURLE_COULDNT_CONNECT && !denied;
    answered = done != CURLE_COULDNT_CONNECT;
    if (denied) return Error{Code::kDenied, "this user may not talk to the server at " + where()};
    if (done != CURLE_OK) return failure(done, details);
    return answer;
  }

  const std::string& where() const { return place.url.empty() ? place.socket : place.url; }

  static const char* trusted() { return std::getenv("SSL_CERT_FILE"); }

  Error failure(CURLcode code, const std::string& details) const {
    const auto unavailable = [](std::string sentence) {
      return Error{Code::kUnavailable, std::move(sentence)};
    };
    const std::string seen = details.empty() ? curl_easy_strerror(code) : details;
    switch (code) {
      case CURLE_COULDNT_CONNECT: return {Code::kUnavailable, "no server answers at " + where()};
      case CURLE_OPERATION_TIMEDOUT:
        return {Code::kDeadline,
                "the server did not answer within " + std::to_string(patience.count()) + " ms"};
      case CURLE_WRITE_ERROR: return {Code::kInternal, "the server's answer is over 64 MiB"};
      case CURLE_PEER_FAILED_VERIFICATION:
        return unavailable("the certificate of " + where() + " is not trusted (" + seen +
                           "); an authority of your own goes into the PEM file that the variable "
                           "SSL_CERT_FILE names");
      case CURLE_SSL_CACERT_BADFILE:
        return unavailable("no authority can be read from " +
                           std::string(trusted() == nullptr ? "the system's" : trusted()) +
                           ": SSL_CERT_FILE names a PEM file");
      case CURLE_SSL_CONNECT_ERROR:
        return unavailable("TLS with " + where() + " failed (" + seen +
                           "); a port without TLS is http://");
      default: break;
    }
    const bool plain = place.url.starts_with("http://");
    return unavailable("the talk with the server broke off: " + seen +
                       (plain ? "; does it speak TLS? then write https://" : ""));
  }
};

AdminClient::AdminClient(AdminPlace place, std::chrono::milliseconds patience)
    : link_(std::make_unique<Link>()) {
  link_->place = std::move(place);
  link_->patience = patience;
}
AdminClient::~AdminClient() = default;

const std::string& AdminClient::place() const { return link_->where(); }
bool AdminClient::local() const { return link_->place.url.empty(); }
bool AdminClient::unreachable() const { return link_->unreachable; }
bool AdminClient::answered() const { return link_->answered; }
const std::string& AdminClient::request_id() const { return link_->request_id; }

std::string AdminClient::url_of(std::string_view path) const {
  std::string url = local() ? "http://mpim" : link_->place.url;
  while (url.ends_with('/')) url.pop_back();
  return url.append(path);
}

Result<std::string> AdminClient::get(std::string_view path) {
  MPIM_TRY(Answer answer, link_->talk(url_of(path), nullptr));
  return std::move(answer.body);
}

Result<void> AdminClient::exchange(std::string_view method, const Message& request,
                                   Message& response) {
  std::string body;
  if (!google::protobuf::util::MessageToJsonString(request, &body).ok())
    return Error{Code::kBadText, "an argument is not valid UTF-8"};
  MPIM_TRY(const Answer answer,
           link_->talk(url_of("/mpim.v1.AdminService/" + std::string(method)), &body));
  if (answer.status != 200) return refusal(answer);
  google::protobuf::util::JsonParseOptions lenient;
  lenient.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(answer.body, &response, lenient).ok())
    return Error{Code::kInternal, "the server's answer to " + std::string(method) +
                                      " is not of this version's contract"};
  return {};
}

}  // namespace mpim::ops
