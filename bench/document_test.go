package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// exampleResults has a goal that holds, one that does not, and both kinds of
// plots.
func exampleResults() *results {
	return &results{
		Command: "go run .",
		Sections: map[string]*section{"memory": {
			Title: "Memory", Date: time.Date(2024, 5, 6, 7, 8, 0, 0, time.UTC), Text: []string{"A text."},
			Tables: []table{{Head: []string{"CSRs", "MiB"}, Rows: [][]string{{"10k", "1.5"}}}},
			Plots: []plot{
				{File: "perf-lines", Title: "a < b & c", Kind: linePlot, Labels: []string{"x", "y"}, Series: []series{{Name: "p50", Y: []float64{1, 2}}, {Name: "p99", Y: []float64{3, 400}, Dashed: true}}},
				{File: "perf-bars", Title: "bars", Kind: barPlot, Labels: []string{"x", "a long label of it"}, Series: []series{{Name: "n", Y: []float64{0.5, 0.9}}}},
				{File: "perf-log", Title: "log", Kind: barPlot, Log: true, Labels: []string{"x", "y"}, Series: []series{{Name: "n", Y: []float64{0.0002, 60000}}}},
			},
			Goals: []goal{{What: "kept", Value: 3, Bound: 2}, {What: "missed", Value: 3, Bound: 2, Most: true}},
		}},
	}
}

func TestTheDocumentSaysWhichGoalsHoldAndShowsEachPlot(t *testing.T) {
	folder := t.TempDir()
	if err := writeDocument(folder, exampleResults()); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(folder, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	lines := map[string]string{}
	for line := range strings.Lines(text) {
		for _, what := range []string{"kept", "missed"} {
			if strings.HasPrefix(line, "| "+what) {
				lines[what] = line
			}
		}
	}
	if !strings.Contains(lines["kept"], "yes") || !strings.Contains(lines["missed"], "**no**") {
		t.Errorf("goals are told wrongly: %q", lines)
	}
	for _, name := range []string{"perf-lines", "perf-bars", "perf-log"} {
		if !strings.Contains(text, "(images/"+name+".svg)") {
			t.Errorf("the document does not show %s", name)
		}
		svg, err := os.ReadFile(filepath.Join(folder, "images", name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, name, svg)
	}
}

func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s is no XML: %v\n%s", name, err, svg)
		}
	}
}

func TestAPlotKeepsEveryValueInside(t *testing.T) {
	for _, p := range exampleResults().Sections["memory"].Plots {
		top := p.top()
		for _, s := range p.Series {
			for _, v := range s.Y {
				if h := p.height(v, top); h < 0 || h > 1 {
					t.Errorf("%s: %v stands at %v of the height", p.Title, v, h)
				}
			}
		}
	}
}

func TestResultsOfOneStageKeepThoseOfOthers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.json")
	if err := exampleResults().save(file); err != nil {
		t.Fatal(err)
	}
	again, err := loadResults(file)
	if err != nil {
		t.Fatal(err)
	}
	again.Sections["walk"] = &section{Title: "Walk"}
	var titles []string
	again.each(func(s *section) { titles = append(titles, s.Title) })
	if len(titles) != 2 || titles[0] != "Walk" || titles[1] != "Memory" {
		t.Errorf("got %v, want Walk and Memory in the order of the stages", titles)
	}
	if g := again.Sections["memory"].Goals[1]; g.holds() {
		t.Errorf("%+v holds", g)
	}
}
