#include "server/gateway/auth/text_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mpim {
namespace {

using nlohmann::json;

// Says what is wrong and stops there: nothing deep or long is ever built.
class Reading final : public nlohmann::json_sax<json> {
 public:
  explicit Reading(std::span<const TextField> known) : known_(known) {}

  bool null() override { return no_text(); }
  bool boolean(bool) override { return no_text(); }
  bool number_integer(number_integer_t) override { return no_text(); }
  bool number_unsigned(number_unsigned_t) override { return no_text(); }
  bool number_float(number_float_t, const string_t&) override { return no_text(); }
  bool binary(binary_t&) override { return no_text(); }
  bool start_array(size_t) override { return no_text(); }
  bool end_array() override { return true; }
  bool start_object(size_t) override {
    if (opened_) return no_text();
    return opened_ = true;
  }
  bool end_object() override { return true; }
  bool string(string_t& text) override {
    if (!opened_) return no_text();
    fields.emplace(name_, std::move(text));
    return true;
  }
  bool key(string_t& name) override {
    if (std::ranges::find(known_, name, &TextField::name) == known_.end())
      return stop("there is no field `" + name.substr(0, 64) + "`");
    if (fields.contains(name)) return stop("the field `" + name + "` comes twice");
    name_ = name;
    return true;
  }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    return stop("it is no JSON from byte " + std::to_string(at) + " on");
  }

  TextFields fields;
  std::string wrong;

 private:
  bool no_text() {
    return stop(opened_ ? "the field `" + name_ + "` is no text" : "it is no object");
  }
  bool stop(std::string why) {
    wrong = std::move(why);
    return false;
  }

  const std::span<const TextField> known_;
  std::string name_;
  bool opened_ = false;
};

}  // namespace

Result<TextFields> read_text_fields(std::string_view body, std::span<const TextField> known) {
  if (body.size() > kTextFieldsBytes)
    return Error{Code::kTooLarge,
                 "the body may have " + std::to_string(kTextFieldsBytes) + " bytes"};
  Reading reading(known);
  json::sax_parse(body.begin(), body.end(), &reading);
  if (!reading.wrong.empty()) return Error{Code::kBadRequest, "the body: " + reading.wrong};
  for (const TextField& field : known)
    if (field.required && !reading.fields.contains(field.name))
      return Error{Code::kBadRequest,
                   "the body: the field `" + std::string(field.name) + "` is missing"};
  return std::move(reading.fields);
}

}  // namespace mpim
