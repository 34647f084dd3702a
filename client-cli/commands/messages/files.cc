#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"
#include "server/contract/convert.h"

namespace mpim::chat {
namespace {

// Takes the first word, or what stands in double quotes, off `typed`.
std::string first_word(std::string_view& typed) {
  const bool quoted = typed.starts_with('"');
  if (quoted) typed.remove_prefix(1);
  const size_t end = std::min(typed.find(quoted ? '"' : ' '), typed.size());
  std::string word(typed.substr(0, end));
  typed.remove_prefix(std::min(end + 1, typed.size()));
  typed.remove_prefix(std::min(typed.find_first_not_of(' '), typed.size()));
  return word;
}

std::string size_text(uint64_t bytes) {
  constexpr uint64_t kKibibyte = 1'024;
  if (bytes < kKibibyte) return fmt::format("{} bytes", bytes);
  return fmt::format("{} KiB", (bytes + kKibibyte - 1) / kKibibyte);
}

}  // namespace

void run_file(Repl& repl, std::string_view arguments) {
  std::string path = first_word(arguments);
  if (path.empty()) return repl.tell(Error{Code::kBadRequest, "/file, and the path of a file"});
  if (!repl.current()) return repl.tell(Error{Code::kBadRequest, "say to whom first: /to WHOM"});
  const Destination to = *repl.current();
  auto sent = [&repl, to, caption = std::string(arguments)](const Result<SentFile>& file) {
    if (!file.ok()) return repl.tell(file.error());
    repl.send_to(to, caption.empty() ? file->name : caption,
                 fmt::format("type={} file={}", name_of(file->kind.type), file->id.value));
  };
  repl.files().upload(repl.link().account().token, std::move(path),
                      repl.reply<SentFile>(std::move(sent)));
}

void run_save(Repl& repl, std::string_view arguments) {
  const std::string typed = first_word(arguments);
  const std::string path = first_word(arguments);
  const Result<uint64_t> file = parse_number(typed, "file", 1, INT64_MAX);
  if (!file.ok()) return repl.tell(file.error());
  if (path.empty())
    return repl.tell(Error{Code::kBadRequest, "/save, the file's number, and a new path"});
  auto saved = [&repl, path](const Result<uint64_t>& bytes) {
    if (!bytes.ok()) return repl.tell(bytes.error());
    repl.tell(fmt::format("saved {}, {}", path, size_text(*bytes)));
  };
  repl.files().download(repl.link().account().token, FileId(*file), path,
                        repl.reply<uint64_t>(std::move(saved)));
}

}  // namespace mpim::chat
