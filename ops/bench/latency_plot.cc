#include "ops/bench/latency_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mpim::ops {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 480;
constexpr double kLeft = 76;
constexpr double kRight = kWidth - 172;  // the legend is beside it
constexpr double kTop = 72;
constexpr double kBottom = kHeight - 60;
constexpr double kLeastMs = 0.001;

// Colours by class, not by variable: many a converter knows no variables.
constexpr std::string_view kStyle = R"(<style>
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;
font-size:12px;fill:#66727f}
.title{font-size:17px;font-weight:600;fill:#1c2733}.name{fill:#1c2733}.paper{fill:#fff}
.grid{stroke:#dfe4ea;stroke-width:1}.axis{stroke:#66727f;stroke-width:1}
.curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.dashed{stroke-dasharray:5 5;stroke-width:1.5}
.k0{stroke:#1f77c9}.k1{stroke:#d9822b}.k2{stroke:#b5306b}
.f0{fill:#1f77c9}.f1{fill:#d9822b}.f2{fill:#b5306b}
.fault{stroke:#d33;stroke-width:2.5;stroke-linecap:round}
@media(prefers-color-scheme:dark){
text{fill:#98a4b0}.title,.name{fill:#e6ebf0}.paper{fill:#12181f}
.grid{stroke:#333d48}.axis{stroke:#98a4b0}
.k0{stroke:#5cb0f5}.k1{stroke:#f2a65a}.k2{stroke:#ef6aa4}
.f0{fill:#5cb0f5}.f1{fill:#f2a65a}.f2{fill:#ef6aa4}}
</style>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view kind,
                    std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                     x, y, anchor, kind, escaped(text));
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view kind) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, kind);
}

// 0.05, 2, 2k, 1.5M: as short as it can be said.
std::string short_number(double number) {
  if (number >= 1e6) return fmt::format("{:g}M", number / 1e6);
  if (number >= 1e3) return fmt::format("{:g}k", number / 1e3);
  return fmt::format("{:g}", number);
}

// 1, 2 or 5 times a power of ten, so that about `count` steps make `whole`.
double step_of(double whole, double count) {
  const double power = std::pow(10, std::floor(std::log10(whole / count)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (whole / (factor * power) <= count) return factor * power;
  return 10 * power;
}

// Where rates and times stand on the paper.
class Scales {
 public:
  explicit Scales(const LatencyPlot& plot) {
    for (const double rate : plot.rates) rate_max_ = std::max(rate_max_, rate);
    step_ = step_of(rate_max_, 8);
    rate_max_ = step_ * std::ceil(rate_max_ / step_ + 0.05);
    double least = 1e12;
    double most = kLeastMs;
    for (const PlotCurve& curve : plot.curves) {
      for (const double ms : curve.ms) {
        least = std::min(least, std::max(ms, kLeastMs));
        most = std::max(most, ms);
      }
    }
    low_ = std::floor(std::log10(std::min(least, most)));
    high_ = std::max(low_ + 1, std::ceil(std::log10(most) + 1e-9));
  }

  double x(double rate) const { return kLeft + (kRight - kLeft) * rate / rate_max_; }
  double y(double ms) const {
    const double place = (std::log10(std::max(ms, kLeastMs)) - low_) / (high_ - low_);
    return kBottom - (kBottom - kTop) * place;
  }

  std::string axes(const std::string& rate_name) const {
    std::string out;
    for (double decade = low_; decade <= high_; ++decade) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double ms = factor * std::pow(10, decade);
        if (decade == high_ && factor > 1) break;
        if (factor > 1 && high_ - low_ > 3) continue;  // enough lines without
        out += line_between(kLeft, y(ms), kRight, y(ms), "grid");
        out += text_at(kLeft - 10, y(ms) + 4, "end", "tick", short_number(ms));
      }
    }
    for (double rate = 0; rate <= rate_max_ * 1.0001; rate += step_) {
      out += line_between(x(rate), kBottom, x(rate), kBottom + 5, "axis");
      out += text_at(x(rate), kBottom + 20, "middle", "tick", short_number(rate));
    }
    out += line_between(kLeft, kBottom, kRight, kBottom, "axis");
    out += text_at((kLeft + kRight) / 2, kHeight - 16, "middle", "name", rate_name);
    out += fmt::format(
        "<text transform=\"translate(20 {:.1f}) rotate(-90)\" text-anchor=\"middle\" "
        "class=\"name\">milliseconds</text>\n",
        (kTop + kBottom) / 2);
    return out;
  }

 private:
  double rate_max_ = 1;
  double step_ = 1;
  double low_ = 0;  // decades
  double high_ = 1;
};

std::string drawn(const LatencyPlot& plot, const PlotCurve& curve, const Scales& scales) {
  std::string points;
  std::string dots;
  for (size_t i = 0; i < std::min(plot.rates.size(), curve.ms.size()); ++i) {
    const double x = scales.x(plot.rates[i]);
    const double y = scales.y(curve.ms[i]);
    points += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", x, y);
    dots += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" class=\"f{}\"><title>{}: {:.3g} ms at "
        "{}</title></circle>\n",
        x, y, curve.dashed ? 2.5 : 3.5, curve.colour, escaped(curve.name), curve.ms[i],
        short_number(plot.rates[i]));
  }
  return fmt::format("<polyline points=\"{}\" class=\"curve k{}{}\"/>\n", points, curve.colour,
                     curve.dashed ? " dashed" : "") +
         dots;
}

std::string legend(const std::vector<PlotCurve>& curves) {
  std::string out;
  double y = kTop + 8;
  for (const PlotCurve& curve : curves) {
    out += line_between(kRight + 20, y, kRight + 46, y,
                        fmt::format("curve k{}{}", curve.colour, curve.dashed ? " dashed" : ""));
    out += text_at(kRight + 54, y + 4, "start", "name", curve.name);
    y += 22;
  }
  return out;
}

std::string fault_marks(const LatencyPlot& plot, const Scales& scales) {
  std::string out;
  for (size_t i = 0; i < std::min(plot.rates.size(), plot.faulty.size()); ++i) {
    if (!plot.faulty[i]) continue;
    const double x = scales.x(plot.rates[i]);
    out += line_between(x - 5, kTop - 13, x + 5, kTop - 3, "fault");
    out += line_between(x - 5, kTop - 3, x + 5, kTop - 13, "fault");
  }
  return out;
}

}  // namespace

std::string LatencyPlot::svg() const {
  const Scales scales(*this);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n",
      kWidth, kHeight, escaped(title));
  out += kStyle;
  out += fmt::format("<rect width=\"{}\" height=\"{}\" class=\"paper\"/>\n", kWidth, kHeight);
  out += text_at(kLeft, 30, "start", "title", title) + text_at(kLeft, 50, "start", "", remark);
  out += scales.axes(rate_name);
  for (const PlotCurve& curve : curves) out += drawn(*this, curve, scales);
  out += legend(curves) + fault_marks(*this, scales) + "</svg>\n";
  return out;
}

}  // namespace mpim::ops
