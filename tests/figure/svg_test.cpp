// Figures as text: well formed whatever they hold, and points where their numbers say.

// GCC 12 sees uninitialised memory in <regex> under the address sanitizer.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include "host/figure/svg.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/figure/style.hpp"
#include "xml_check.hpp"

namespace quantal::figure {
namespace {

using figure_test::xml_error;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A figure with one panel of that series.
Figure figure_of(Series series, Scale x = Scale::linear, Scale y = Scale::linear) {
  return {"Title", {{"panel", {"x", x}, {"y", y}, {std::move(series)}}}, 1};
}

/// The `d` of the first path with that stroke.
std::string path_of(const std::string& svg, const std::string& colour) {
  const std::regex pattern("<path d=\"([^\"]*)\" fill=\"none\" stroke=\"" + colour + "\"");
  std::smatch match;
  return std::regex_search(svg, match, pattern) ? match[1].str() : "";
}

struct Pixel {
  double x, y;
};

/// Ends of lines of a path of M and L.
std::vector<Pixel> points_of(const std::string& path) {
  const std::regex pattern("[ML](-?[0-9.]+) (-?[0-9.]+)");
  std::vector<Pixel> points;
  for (std::sregex_iterator each(path.begin(), path.end(), pattern); each != std::sregex_iterator(); ++each) {
    points.push_back({std::stod((*each)[1]), std::stod((*each)[2])});
  }
  return points;
}

void expect_sound(const std::string& svg) {
  EXPECT_EQ(xml_error(svg), "") << svg;
  const std::regex not_numbers("[^a-z](nan|inf|-nan|-inf)[^a-z]");
  EXPECT_FALSE(std::regex_search(svg, not_numbers)) << svg;
}

TEST(Svg, XmlCheckSeesWhatIsWrong) {
  EXPECT_EQ(xml_error("<a b=\"c\"><d/>text &amp; more</a>\n"), "");
  for (const std::string_view bad : {"<a>", "<a></b>", "<a b=c/>", "<a>&</a>", "<a/><b/>", "<a b=\"1\" b=\"2\"/>",
                                     "<a>\x01</a>", "<a b=\"<\"/>", "", "<a b=\"1\"c=\"2\"/>"}) {
    EXPECT_NE(xml_error(bad), "") << bad;
  }
}

TEST(Svg, PutsPointsOnALinearAxis) {
  Figure figure = figure_of({"s", {0, 5, 10}, {0, 1, 2}});
  figure.panels[0].x.low = 0;
  figure.panels[0].x.high = 10;
  const std::string svg = write_svg(figure);
  expect_sound(svg);
  const std::vector<Pixel> points = points_of(path_of(svg, style_of(0, 1, false).colour));
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR(points[1].x, (points[0].x + points[2].x) / 2, 0.11);
  EXPECT_NEAR(points[1].y, (points[0].y + points[2].y) / 2, 0.11);
  EXPECT_LT(points[2].y, points[0].y);  // up is less
  EXPECT_GT(points[2].x - points[0].x, 100);
}

TEST(Svg, PutsPointsOnALogAxis) {
  const std::string svg = write_svg(figure_of({"s", {1, 10, 100}, {1e-9, 1e-6, 1}}, Scale::log, Scale::log));
  expect_sound(svg);
  const std::vector<Pixel> points = points_of(path_of(svg, style_of(0, 1, false).colour));
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR(points[1].x, (points[0].x + points[2].x) / 2, 0.11);
  EXPECT_NEAR(points[0].y - points[1].y, (points[0].y - points[2].y) / 3, 0.11);
  EXPECT_NE(svg.find(">10<tspan"), std::string::npos);
  EXPECT_NE(svg.find(">\u22128</tspan>"), std::string::npos) << "a label 10^-8 with a true minus";
}

TEST(Svg, InterruptsLinesWhereThereIsNoNumber) {
  const std::string svg = write_svg(figure_of({"s", {1, 2, 3, 4, 5, 6}, {1, 2, nan, 4, infinity, 3}}));
  expect_sound(svg);
  EXPECT_EQ(std::regex_replace(path_of(svg, style_of(0, 1, false).colour), std::regex("[^ML]"), ""), "MLMM");

  const std::string log =
      write_svg(figure_of({"s", {1, 2, 3, 4, 5}, {1, 0.5, 0, 0.1, 0.2}}, Scale::linear, Scale::log));
  expect_sound(log);
  EXPECT_EQ(std::regex_replace(path_of(log, style_of(0, 1, false).colour), std::regex("[^ML]"), ""), "MLML");
}

TEST(Svg, HoldsWhateverNumbersCome) {
  const std::vector<double> odd = {0, -0.0, 1, -1, infinity, -infinity, nan, 1e308, -1e308, 5e-324, 1e-300};
  for (const Scale x : {Scale::linear, Scale::log}) {
    for (const Scale y : {Scale::linear, Scale::log}) {
      for (const Shape shape : {Shape::line, Shape::line_with_markers, Shape::points}) {
        for (const double a : odd) {
          for (const double b : odd) {
            Figure figure = figure_of({"s", {a, b, 2}, {b, a, 3}, {a, a, b}, {b, b, a}, shape}, x, y);
            figure.panels[0].marks = {{"mark", a}, {"level", b, false}};
            expect_sound(write_svg(figure));
          }
        }
      }
    }
  }
}

TEST(Svg, HoldsNothing) {
  expect_sound(write_svg({}));
  expect_sound(write_svg({"nothing", {{"panel"}}}));
  expect_sound(write_svg(figure_of({"empty"})));
  expect_sound(write_svg(figure_of({"empty"}, Scale::log, Scale::log)));
  Figure figure = figure_of({"one", {3}, {7}, {}, {}, Shape::points});
  const std::string svg = write_svg(figure);
  expect_sound(svg);
  EXPECT_NE(svg.find("h0\""), std::string::npos) << "its point is there";
}

TEST(Svg, DotsAreWhereTheirNumbersSay) {
  Figure figure = figure_of({"s", {0, 5, 10, 5}, {0, 1, 2, 1}, {}, {}, Shape::points});
  figure.panels[0].x.low = 0;
  figure.panels[0].x.high = 10;
  const std::string path = path_of(write_svg(figure), style_of(0, 1, false).colour);
  const std::regex pattern("[Mm](-?[0-9.]+) (-?[0-9.]+)h0");
  std::vector<Pixel> dots;
  Pixel at{0, 0};
  for (std::sregex_iterator each(path.begin(), path.end(), pattern); each != std::sregex_iterator(); ++each) {
    at = {at.x + std::stod((*each)[1]), at.y + std::stod((*each)[2])};  // h0 moves nowhere
    dots.push_back(at);
  }
  ASSERT_EQ(dots.size(), 4u);
  EXPECT_NEAR(dots[1].x, (dots[0].x + dots[2].x) / 2, 0.11);
  EXPECT_NEAR(dots[1].y, (dots[0].y + dots[2].y) / 2, 0.11);
  EXPECT_NEAR(dots[3].x, dots[1].x, 1e-6);
  EXPECT_NEAR(dots[3].y, dots[1].y, 1e-6);
  EXPECT_GT(dots[2].x - dots[0].x, 100);
}

TEST(Svg, HoldsAnyName) {
  for (const std::string& name :
       {std::string("a < b & \"c\" > 'd'"), std::string("</svg><script>alert(1)</script>"),
        std::string("\xff\xfe not UTF-8 \xc3"), std::string("nul\0inside", 10), std::string("line\nbreak\t\x7f"),
        std::string("\xed\xa0\x80 a surrogate, \xef\xbf\xbf no character"), std::string("\xf0\x9f\x8e\xb2 τ")}) {
    Figure figure = figure_of({name, {0, 1}, {0, 1}});
    figure.title = name;
    figure.panels[0].title = name;
    figure.panels[0].x.title = name;
    figure.panels[0].y.title = name;
    figure.panels[0].marks = {{name, 0.5}};
    const std::string svg = write_svg(figure);
    expect_sound(svg);
    EXPECT_EQ(svg.find("<script"), std::string::npos);
  }
  EXPECT_NE(write_svg(figure_of({"a < b", {0, 1}, {0, 1}})).find(">a &lt; b</text>"), std::string::npos);
  EXPECT_NE(write_svg(figure_of({"\xf0\x9f\x8e\xb2 τ", {0, 1}, {0, 1}})).find("\xf0\x9f\x8e\xb2 τ"), std::string::npos);
}

TEST(Svg, BandsGoBetweenTheirBoundsAndNoFurtherThanTheAxis) {
  Figure figure = figure_of({"s", {0, 1}, {0.1, 0.1}, {0.0, 0.01}, {1, 1}}, Scale::linear, Scale::log);
  figure.panels[0].y.low = 1e-3;
  const std::string svg = write_svg(figure);
  expect_sound(svg);
  std::smatch match;
  ASSERT_TRUE(std::regex_search(svg, match, std::regex("<path d=\"([^\"]*)z\" fill=\"[^\"]*\" fill-opacity")));
  const std::vector<Pixel> area = points_of(match[1].str());
  ASSERT_EQ(area.size(), 4u);  // along the upper bound, and back along the lower one
  EXPECT_EQ(area[0].y, area[1].y);
  EXPECT_NEAR(area[2].y - area[0].y, (area[3].y - area[0].y) * 2 / 3, 0.2) << "0.01 of 1 .. 0.001, where 0 is drawn";
}

TEST(Svg, SeriesOfOneNameLookAlikeAndAreNamedOnce) {
  Figure figure{
      "Title", {{"a", {}, {}, {{"s", {0, 1}, {0, 1}}, {"t", {0, 1}, {1, 0}}}}, {"b", {}, {}, {{"t", {0, 1}, {1, 0}}}}}};
  const std::string svg = write_svg(figure);
  expect_sound(svg);
  const auto count = [&](const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count(">t</text>"), 1u);
  EXPECT_EQ(count("stroke=\"" + style_of(1, 2, false).colour + "\""), 3u);  // in two panels and the legend
  EXPECT_EQ(count("<clipPath"), 2u);
}

TEST(Svg, SeriesCanBeToldApartWithoutColours) {
  for (const bool ordered : {false, true}) {
    std::set<std::string> colours;
    std::set<std::string> dashes;
    std::set<std::string> markers;
    constexpr std::size_t count = 6;
    for (std::size_t k = 0; k < count; ++k) {
      const Style style = style_of(k, count, ordered);
      colours.insert(style.colour);
      dashes.insert(style.dashes);
      markers.insert(marker_path(style.marker, 0, 0, 3));
    }
    EXPECT_EQ(colours.size(), count);
    EXPECT_EQ(dashes.size(), count);
    EXPECT_EQ(markers.size(), count);
  }
}

}  // namespace
}  // namespace quantal::figure
