package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Kinds of plots.
const (
	linePlot = "line"
	barPlot  = "bar"
)

// plot is a picture of series over the same labels.
type plot struct {
	File   string // name of its file, without .svg
	Title  string
	Kind   string
	YLabel string
	Labels []string
	Series []series
	Log    bool // a logarithmic vertical axis
}

type series struct {
	Name   string
	Y      []float64
	Dashed bool
}

// Measures of a picture, in its own units.
const (
	plotWidth, plotHeight             = 760, 380
	marginLeft, marginTop             = 70, 44
	areaWidth, areaHeight             = 470, 270
	legendLeft, legendTop, legendStep = marginLeft + areaWidth + 24, marginTop + 8, 20
)

// colours are told apart by those who see few colours too, on white and on
// black (Okabe and Ito's, without black and yellow).
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b", "#9467bd"}

// svg draws the plot. It has no background, and its text and axes take a
// colour that both a light and a dark page show.
func (p *plot) svg() string {
	var out strings.Builder
	top := p.top()
	x := func(i int) float64 {
		return marginLeft + (float64(i)+0.5)*areaWidth/float64(len(p.Labels))
	}
	width := plotWidth
	if len(p.Series) == 1 { // no legend
		width = legendLeft
	}
	y := func(v float64) float64 { return marginTop + areaHeight*(1-p.height(v, top)) }

	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		width, plotHeight, width, plotHeight, html.EscapeString(p.Title))
	out.WriteString(`<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8c959f; stroke-opacity: 0.35 }
@media (prefers-color-scheme: dark) { text { fill: #9ea7b3 } }
</style>
`)
	text := func(x, y float64, class, anchor, s string) {
		fmt.Fprintf(&out, `<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, html.EscapeString(s))
	}
	text(marginLeft, 24, "title", "start", p.Title)
	for _, tick := range p.ticks(top) {
		fmt.Fprintf(&out, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="grid"/>`+"\n", marginLeft, marginLeft+areaWidth, y(tick), y(tick))
		text(marginLeft-8, y(tick)+4, "", "end", tickText(tick))
	}
	fmt.Fprintf(&out, `<text x="16" y="%d" text-anchor="middle" transform="rotate(-90 16 %d)">%s</text>`+"\n",
		marginTop+areaHeight/2, marginTop+areaHeight/2, html.EscapeString(p.YLabel))
	for i, label := range p.Labels {
		for line, part := range wrap(label, areaWidth/len(p.Labels)/7) {
			text(x(i), float64(marginTop+areaHeight+18+15*line), "", "middle", part)
		}
	}
	for n, s := range p.Series {
		colour := p.colour(n)
		if p.Kind == barPlot {
			width := 0.6 * areaWidth / float64(len(p.Labels)) / float64(len(p.Series))
			for i, v := range s.Y {
				left := x(i) + (float64(n)-float64(len(p.Series))/2)*width
				fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, y(v), width, marginTop+areaHeight-y(v), colour)
				text(left+width/2, y(v)-5, "", "middle", number(v))
			}
		} else {
			p.line(&out, s, colour, x, y)
		}
		if len(p.Series) > 1 {
			at := float64(legendTop + legendStep*n)
			fmt.Fprintf(&out, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="%s" stroke-width="2.5"%s/>`+"\n", legendLeft, legendLeft+22, at, at, colour, dash(s))
			text(legendLeft+28, at+4, "", "start", s.Name)
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// colour is that of a series; a dashed one has that of the one before it.
func (p *plot) colour(n int) string {
	solid := -1
	for i := range n + 1 {
		if !p.Series[i].Dashed || i == 0 {
			solid++
		}
	}
	return colours[solid%len(colours)]
}

func (p *plot) line(out *strings.Builder, s series, colour string, x func(int) float64, y func(float64) float64) {
	var points []string
	for i, v := range s.Y {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(i), y(v)))
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(i), y(v), colour)
	}
	fmt.Fprintf(out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(points, " "), colour, dash(s))
}

func dash(s series) string {
	if s.Dashed {
		return ` stroke-dasharray="5 4"`
	}
	return ""
}

// top is the end of the vertical axis: a round number that no value is above.
func (p *plot) top() float64 {
	most := 0.0
	for _, s := range p.Series {
		for _, v := range s.Y {
			most = max(most, v)
		}
	}
	if most == 0 {
		return 1
	}
	if p.Log {
		return max(math.Pow(10, math.Ceil(math.Log10(most))), 10*p.bottom())
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, n := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if most <= n*unit {
			return n * unit
		}
	}
	return 10 * unit
}

// bottom is the other end of a logarithmic axis: the power of ten that no
// value is below.
func (p *plot) bottom() float64 {
	least := math.Inf(1)
	for _, s := range p.Series {
		for _, v := range s.Y {
			if v > 0 {
				least = min(least, v)
			}
		}
	}
	if math.IsInf(least, 1) {
		return 0.1
	}
	return math.Pow(10, math.Floor(math.Log10(least)))
}

// height is where a value stands, from 0 at the bottom to 1 at the top.
func (p *plot) height(v, top float64) float64 {
	if !p.Log {
		return v / top
	}
	bottom := p.bottom()
	return max(0, math.Log10(v/bottom)/math.Log10(top/bottom))
}

func (p *plot) ticks(top float64) (ticks []float64) {
	if p.Log {
		for v := p.bottom(); v <= top*1.001; v *= 10 {
			ticks = append(ticks, v)
		}
		return ticks
	}
	for i := range 6 {
		ticks = append(ticks, top*float64(i)/5)
	}
	return ticks
}

// tickText is a round number without zeros behind.
func tickText(v float64) string {
	if v >= 10_000 {
		return number(v)
	}
	return fmt.Sprintf("%.4g", v)
}

// wrap breaks a text at spaces into lines of about so many characters.
func wrap(text string, width int) (lines []string) {
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
