#include "host/figure/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/figure/markup.hpp"
#include "host/figure/style.hpp"
#include "host/figure/ticks.hpp"

namespace quantal::figure {

namespace {

constexpr double letter_width = 6.4;  // of the 12-pixel text, on average
constexpr double left_margin = 66;    // of each panel: the labels and the title of its y axis
constexpr double right_margin = 16;
constexpr double top_margin = 30;  // of each panel: its title, if one has any
constexpr double bottom_margin = 50;
constexpr double title_height = 34;
constexpr double legend_row = 22;
constexpr double sample_width = 34;  // of a line in the legend
constexpr double marker_radius = 3.2;

double text_width(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return letter_width * static_cast<double>(std::count_if(text.begin(), text.end(), begins));
}

/// What an axis can show: numbers far enough from the ends of double that differences and powers of ten are numbers
/// too.
bool is_drawable(double number, Scale scale) {
  constexpr double largest = 1e150;
  constexpr double smallest = 1e-250;
  return std::abs(number) < largest && (scale == Scale::linear || number > smallest);
}

/// Smallest and largest number that an axis can show.
struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(const std::vector<double>& numbers, Scale scale) {
    for (const double number : numbers) take(number, scale);
  }
  void take(double number, Scale scale) {
    if (!is_drawable(number, scale)) return;
    low = std::min(low, number);
    high = std::max(high, number);
  }
};

/// An axis with its ticks, and where numbers are on it.
class Ruler {
 public:
  /// From pixel `begin` to pixel `end`.
  Ruler(const Axis& axis, Bounds bounds, double begin, double end)
      : scale_(axis.scale), begin_(begin), end_(end), ticks_(choose(axis, bounds, std::abs(end - begin))) {}

  const std::vector<Tick>& ticks() const { return ticks_.ticks; }
  double low() const { return ticks_.low; }

  bool holds(double number) const { return is_drawable(number, scale_); }

  /// Whether it lies on the axis.
  bool shows(double number) const { return holds(number) && number >= ticks_.low && number <= ticks_.high; }

  /// Of a number that the axis holds. What lies far outside the panel is brought nearer, where it is as invisible.
  double pixel(double number) const {
    const double share = (place(number) - place(ticks_.low)) / (place(ticks_.high) - place(ticks_.low));
    return begin_ + std::clamp(share, -3.0, 4.0) * (end_ - begin_);
  }

 private:
  double place(double number) const { return scale_ == Scale::log ? std::log10(number) : number; }

  static Ticks choose(const Axis& axis, Bounds bounds, double pixels) {
    const bool is_log = axis.scale == Scale::log;
    if (!(bounds.low <= bounds.high)) bounds = {is_log ? 1.0 : 0.0, is_log ? 10.0 : 1.0};
    double low = axis.low.value_or(bounds.low);
    double high = axis.high.value_or(bounds.high);
    // A single number is in the middle of something.
    const double least = std::max(std::abs(low), std::abs(high)) * 1e-9;
    if (!(high - low > least)) {
      const double about = std::max(std::abs(low) / 2, low == 0 ? 0.5 : 0.0);
      if (!axis.low) low = is_log ? low / 2 : low - about;
      if (!axis.high || !(high > low)) high = is_log ? low * 4 : low + 2 * about;
    }
    const int wanted = std::max(2, static_cast<int>(pixels / 40));
    return (is_log ? log_ticks : linear_ticks)(low, high, wanted, !axis.low, !axis.high);
  }

  Scale scale_;
  double begin_;
  double end_;
  Ticks ticks_;
};

/// The names of all series, in the order in which they come first.
std::vector<std::string> names_of(const Figure& figure) {
  std::vector<std::string> names;
  for (const Panel& panel : figure.panels) {
    for (const Series& series : panel.series) {
      if (std::find(names.begin(), names.end(), series.name) == names.end()) names.push_back(series.name);
    }
  }
  return names;
}

/// A path of dots, each told by its distance from the last, which takes few letters where there are thousands.
class Dots {
 public:
  explicit Dots(std::string& path) : path_(path) {}

  void add(double x, double y) {
    const std::int64_t tenth_x = std::llround(10 * x);
    const std::int64_t tenth_y = std::llround(10 * y);
    path_ += path_.empty() ? 'M' : 'm';
    append(tenth_x - std::exchange(tenth_x_, tenth_x));
    path_ += ' ';
    append(tenth_y - std::exchange(tenth_y_, tenth_y));
    path_ += "h0";
  }

 private:
  void append(std::int64_t tenths) {
    fmt::format_to(std::back_inserter(path_), "{}", static_cast<double>(tenths) / 10);
  }

  std::string& path_;
  std::int64_t tenth_x_ = 0;
  std::int64_t tenth_y_ = 0;
};

class SvgWriter {
 public:
  explicit SvgWriter(const Figure& figure) : figure_(figure), names_(names_of(figure)) {
    const std::size_t panels = std::max<std::size_t>(figure.panels.size(), 1);
    columns_ = std::clamp<std::size_t>(figure.columns, 1, panels);
    rows_ = (panels + columns_ - 1) / columns_;
    plot_width_ = columns_ == 1 ? 470 : columns_ == 2 ? 300 : 215;
    plot_height_ = columns_ == 1 ? 300 : columns_ == 2 ? 215 : 180;
    lay_legend_out();
  }

  std::string write() {
    const double height = legend_top() + legend_row * static_cast<double>(legend_.size()) + 10;
    print(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w:.0f}\" height=\"{h:.0f}\" viewBox=\"0 0 {w:.0f} "
        "{h:.0f}\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" font-size=\"12\" "
        "fill=\"#222\">\n",
        fmt::arg("w", width()), fmt::arg("h", height));
    print("<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", markup(figure_.title));
    print("<text x=\"{:.0f}\" y=\"23\" font-size=\"15\" font-weight=\"bold\" text-anchor=\"middle\">{}</text>\n",
          width() / 2, markup(figure_.title));
    for (std::size_t k = 0; k < figure_.panels.size(); ++k) write_panel(k);
    write_legend();
    text_ += "</svg>\n";
    return std::move(text_);
  }

 private:
  struct Frame {
    double left, right, top, bottom;
  };

  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  double width() const { return static_cast<double>(columns_) * (left_margin + plot_width_ + right_margin); }
  double panel_top() const {
    const auto has_title = [](const Panel& panel) { return !panel.title.empty(); };
    return std::any_of(figure_.panels.begin(), figure_.panels.end(), has_title) ? top_margin : 10;
  }
  double panel_height() const { return panel_top() + plot_height_ + bottom_margin; }
  double legend_top() const { return title_height + static_cast<double>(rows_) * panel_height(); }

  Style style(const std::string& name) const {
    const auto place = std::find(names_.begin(), names_.end(), name) - names_.begin();
    return style_of(static_cast<std::size_t>(place), names_.size(), figure_.ordered);
  }

  double entry_width(const std::string& name) const { return sample_width + 8 + text_width(name) + 22; }

  /// Rows of entries that fit the width. A lone series without a name needs no legend.
  void lay_legend_out() {
    double used = width();
    for (const std::string& name : names_) {
      if (name.empty()) continue;
      if (used + entry_width(name) > width() - 20) {
        legend_.emplace_back();
        used = 0;
      }
      legend_.back().push_back(name);
      used += entry_width(name);
    }
  }

  void write_panel(std::size_t k) {
    const Panel& panel = figure_.panels[k];
    const double left = static_cast<double>(k % columns_) * (left_margin + plot_width_ + right_margin) + left_margin;
    const double top = title_height + static_cast<double>(k / columns_) * panel_height() + panel_top();
    const Frame frame{left, left + plot_width_, top, top + plot_height_};

    Bounds x_bounds;
    Bounds y_bounds;
    for (const Series& series : panel.series) {
      x_bounds.take(series.x, panel.x.scale);
      for (const auto* numbers : {&series.y, &series.low, &series.high}) y_bounds.take(*numbers, panel.y.scale);
    }
    for (const Mark& mark : panel.marks) {
      (mark.vertical ? x_bounds : y_bounds).take(mark.at, (mark.vertical ? panel.x : panel.y).scale);
    }
    const Ruler x(panel.x, x_bounds, frame.left, frame.right);
    const Ruler y(panel.y, y_bounds, frame.bottom, frame.top);

    print("<clipPath id=\"plot{}\"><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\"/></clipPath>\n",
          k, frame.left, frame.top, plot_width_, plot_height_);
    write_axes(panel, x, y, frame);
    print("<g clip-path=\"url(#plot{})\">\n", k);
    for (const Series& series : panel.series) write_band(series, x, y);
    for (const Series& series : panel.series) write_line(series, x, y);
    text_ += "</g>\n";
    for (const Series& series : panel.series) write_markers(series, x, y);
    for (const Mark& mark : panel.marks) write_mark(mark, x, y, frame);
  }

  void write_axes(const Panel& panel, const Ruler& x, const Ruler& y, const Frame& frame) {
    print("<text x=\"{:.0f}\" y=\"{:.0f}\" font-size=\"13\" text-anchor=\"middle\">{}</text>\n",
          (frame.left + frame.right) / 2, frame.top - 9, markup(panel.title));
    for (const Tick& tick : x.ticks()) {
      const double at = x.pixel(tick.at);
      const bool is_large = !tick.label.empty();
      if (is_large) line(at, frame.top, at, frame.bottom, "#e4e4e4");
      line(at, frame.bottom, at, frame.bottom - (is_large ? 5 : 3), "#222");
      if (is_large) write_tick_label(tick, at, frame.bottom + 16, "middle");
    }
    for (const Tick& tick : y.ticks()) {
      const double at = y.pixel(tick.at);
      const bool is_large = !tick.label.empty();
      if (is_large) line(frame.left, at, frame.right, at, "#e4e4e4");
      line(frame.left, at, frame.left + (is_large ? 5 : 3), at, "#222");
      if (is_large) write_tick_label(tick, frame.left - 7, at + 4, "end");
    }
    print("<path d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\" fill=\"none\" stroke=\"#222\"/>\n", frame.left, frame.top,
          frame.bottom, frame.right);
    print("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", (frame.left + frame.right) / 2,
          frame.bottom + 36, markup(panel.x.title));
    const double title_x = frame.left - 50;
    const double title_y = (frame.top + frame.bottom) / 2;
    print("<text transform=\"translate({:.0f} {:.0f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", title_x,
          title_y, markup(panel.y.title));
  }

  void line(double x1, double y1, double x2, double y2, std::string_view colour) {
    print("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2, colour);
  }

  void write_tick_label(const Tick& tick, double x, double y, std::string_view anchor) {
    print("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" text-anchor=\"{}\">{}", x, y, anchor, markup(tick.label));
    if (!tick.exponent.empty()) {
      // A true minus, which is as wide as a plus.
      const bool is_negative = tick.exponent.front() == '-';
      print("<tspan dy=\"-5\" font-size=\"8\">{}{}</tspan>", is_negative ? "\u2212" : "",
            tick.exponent.substr(is_negative ? 1 : 0));
    }
    text_ += "</text>\n";
  }

  /// Areas between `low` and `high`, one for each stretch without an interruption.
  void write_band(const Series& series, const Ruler& x, const Ruler& y) {
    const std::size_t count = std::min({series.x.size(), series.low.size(), series.high.size()});
    std::vector<std::size_t> stretch;
    const auto finish = [&] {
      if (stretch.size() > 1) {
        std::string path;
        for (const std::size_t k : stretch) append_point(path, x.pixel(series.x[k]), y.pixel(series.high[k]));
        for (auto k = stretch.rbegin(); k != stretch.rend(); ++k) {
          // On a log axis 0 lies below everything.
          const double low = y.holds(series.low[*k]) ? series.low[*k] : y.low();
          append_point(path, x.pixel(series.x[*k]), y.pixel(low));
        }
        print("<path d=\"{}z\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", path, style(series.name).colour);
      }
      stretch.clear();
    };
    for (std::size_t k = 0; k < count; ++k) {
      if (x.holds(series.x[k]) && y.holds(series.high[k]) && !std::isnan(series.low[k])) {
        stretch.push_back(k);
      } else {
        finish();
      }
    }
    finish();
  }

  static void append_point(std::string& path, double x, double y) {
    fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
  }

  void write_line(const Series& series, const Ruler& x, const Ruler& y) {
    if (series.shape == Shape::points) return;
    const std::size_t count = std::min(series.x.size(), series.y.size());
    std::string paths;
    std::string path;
    for (std::size_t k = 0; k <= count; ++k) {
      if (k < count && x.holds(series.x[k]) && y.holds(series.y[k])) {
        append_point(path, x.pixel(series.x[k]), y.pixel(series.y[k]));
      } else {
        paths += std::exchange(path, "");
      }
    }
    if (!paths.empty()) write_line_path(paths, style(series.name));
  }

  /// Whole ones, also on the frame.
  void write_markers(const Series& series, const Ruler& x, const Ruler& y) {
    if (series.shape == Shape::line) return;
    const std::size_t count = std::min(series.x.size(), series.y.size());
    const Style look = style(series.name);
    std::string markers;
    Dots dots(markers);
    for (std::size_t k = 0; k < count; ++k) {
      if (!x.shows(series.x[k]) || !y.shows(series.y[k])) continue;
      const double at_x = x.pixel(series.x[k]);
      const double at_y = y.pixel(series.y[k]);
      if (series.shape == Shape::points) {
        dots.add(at_x, at_y);
      } else {
        markers += marker_path(look.marker, at_x, at_y, marker_radius);
      }
    }
    if (!markers.empty()) write_marker_path(markers, series.shape, look);
  }

  /// Points are dots, of a series that comes later smaller ones, so that they do not hide those of an earlier one.
  void write_marker_path(const std::string& path, Shape shape, const Style& look) {
    if (shape == Shape::points) {
      const double width = std::max(1.6, 4.2 - 2.2 * static_cast<double>(look.marker));
      print("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-linecap=\"round\"/>\n", path,
            look.colour, width);
    } else {
      print("<path d=\"{}\" fill=\"{}\"/>\n", path, look.colour);
    }
  }

  void write_line_path(const std::string& path, const Style& look) {
    print("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"{}/>\n", path,
          look.colour, look.dashes.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", look.dashes));
  }

  void write_mark(const Mark& mark, const Ruler& x, const Ruler& y, const Frame& frame) {
    const Ruler& ruler = mark.vertical ? x : y;
    if (!ruler.shows(mark.at)) return;
    const double at = ruler.pixel(mark.at);
    const bool vertical = mark.vertical;
    print("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"#555\" stroke-dasharray=\"5 4\"/>\n",
          vertical ? at : frame.left, vertical ? frame.top : at, vertical ? at : frame.right,
          vertical ? frame.bottom : at);
    // On the side where there is room.
    const bool fits = frame.right - at > text_width(mark.name) + 8;
    const double text_x = vertical ? (fits ? at + 5 : at - 5) : frame.right - 4;
    const double text_y = vertical ? frame.top + 12 : at - 5;
    print(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" fill=\"#444\" text-anchor=\"{}\" stroke=\"#fff\" "
        "stroke-width=\"3\" paint-order=\"stroke\">{}</text>\n",
        text_x, text_y, vertical && fits ? "start" : "end", markup(mark.name));
  }

  void write_legend() {
    double y = legend_top() + legend_row / 2;
    for (const std::vector<std::string>& row : legend_) {
      double total = -22;
      for (const std::string& name : row) total += entry_width(name);
      double x = (width() - total) / 2;
      for (const std::string& name : row) {
        write_legend_sample(name, x, y);
        print("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + sample_width + 8, y + 4, markup(name));
        x += entry_width(name);
      }
      y += legend_row;
    }
  }

  void write_legend_sample(const std::string& name, double x, double y) {
    const Style look = style(name);
    const Shape shape = shape_of(name);
    if (shape != Shape::points) {
      std::string path;
      append_point(path, x, y);
      append_point(path, x + sample_width, y);
      write_line_path(path, look);
    }
    const double middle = x + sample_width / 2;
    if (shape == Shape::line_with_markers) {
      write_marker_path(marker_path(look.marker, middle, y, marker_radius), shape, look);
    } else if (shape == Shape::points) {
      std::string path;
      Dots dots(path);
      for (const double beside : {-8.0, 0.0, 8.0}) dots.add(middle + beside, y);
      write_marker_path(path, shape, look);
    }
  }

  Shape shape_of(const std::string& name) const {
    for (const Panel& panel : figure_.panels) {
      for (const Series& series : panel.series) {
        if (series.name == name) return series.shape;
      }
    }
    return Shape::line;
  }

  const Figure& figure_;
  std::vector<std::string> names_;
  std::size_t columns_ = 1;
  std::size_t rows_ = 1;
  double plot_width_ = 0;
  double plot_height_ = 0;
  std::vector<std::vector<std::string>> legend_;  // names, row by row
  std::string text_;
};

}  // namespace

std::string write_svg(const Figure& figure) {
  return SvgWriter(figure).write();
}

}  // namespace quantal::figure
