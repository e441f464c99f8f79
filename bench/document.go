package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// each calls f with the sections that there are, in the order of the stages.
func (r *results) each(f func(*section)) {
	for _, s := range stages {
		if section := r.Sections[s.name]; section != nil {
			f(section)
		}
	}
}

// goalTable is every goal with what was measured.
func (r *results) goalTable() table {
	t := table{Head: []string{"goal", "measured", "bound", "holds"}}
	r.each(func(s *section) {
		for _, g := range s.Goals {
			bound, holds := "at least ", "**no**"
			if g.Most {
				bound = "at most "
			}
			if g.holds() {
				holds = "yes"
			}
			t.Rows = append(t.Rows, []string{g.What, number(g.Value) + g.Unit, bound + number(g.Bound) + g.Unit, holds})
		}
	})
	return t
}

// writeDocument writes performance.md and its plots into the folder of
// documents.
func writeDocument(folder string, r *results) error {
	var out strings.Builder
	fmt.Fprintf(&out, "# Performance\n\nWritten by `make bench` (`%s` in the folder bench), which makes its own data, starts the real server and checks every answer. "+
		"Both the server and the client that loads it share the machine, so that figures of a second say little elsewhere: ratios of one run do.\n\n", r.Command)
	m := r.Machine
	fmt.Fprintf(&out, "Measured on %d cores of %s, %s of memory, %s, %s, %s.\n\n", m.Cores, m.Processor, m.Memory, m.Kernel, m.Disk, m.Go)
	if goals := r.goalTable(); len(goals.Rows) > 0 {
		out.WriteString("## Goals\n\n")
		goals.markdown(&out)
	}
	r.each(func(s *section) {
		fmt.Fprintf(&out, "## %s\n\n", s.Title)
		for _, text := range s.Text {
			out.WriteString(strings.TrimSpace(text) + "\n\n")
		}
		for _, t := range s.Tables {
			t.markdown(&out)
		}
		for _, p := range s.Plots {
			fmt.Fprintf(&out, "![%s](images/%s.svg)\n\n", p.Title, p.File)
		}
		fmt.Fprintf(&out, "Measured on %s", s.Date.Format("2006-01-02 15:04 UTC"))
		if s.Commit != "" {
			fmt.Fprintf(&out, " at commit %s", s.Commit)
		}
		fmt.Fprintf(&out, ", with a load average of %.1f before.\n\n", s.Load)
	})
	images := filepath.Join(folder, "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	var err error
	r.each(func(s *section) {
		for _, p := range s.Plots {
			if err == nil {
				err = os.WriteFile(filepath.Join(images, p.File+".svg"), []byte(p.svg()), 0o644)
			}
		}
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "performance.md"), []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644)
}

// markdown writes the table with its columns in line.
func (t table) markdown(out *strings.Builder) {
	if t.Caption != "" {
		out.WriteString(t.Caption + "\n\n")
	}
	widths := make([]int, len(t.Head))
	for _, row := range slices.Concat([][]string{t.Head}, t.Rows) {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text), 3)
		}
	}
	line := func(row []string) {
		for i, text := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			if i == 0 {
				fmt.Fprintf(out, "| %s%s ", text, space)
			} else {
				fmt.Fprintf(out, "| %s%s ", space, text)
			}
		}
		out.WriteString("|\n")
	}
	line(t.Head)
	for i, width := range widths {
		if i == 0 {
			out.WriteString("| " + strings.Repeat("-", width) + " ")
		} else {
			out.WriteString("| " + strings.Repeat("-", width-1) + ": ")
		}
	}
	out.WriteString("|\n")
	for _, row := range t.Rows {
		line(row)
	}
	out.WriteString("\n")
}

// writeTerminal prints the tables alone.
func writeTerminal(out io.Writer, r *results) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	show := func(title string, t table) {
		fmt.Fprintf(w, "\n%s\n", title)
		for _, row := range slices.Concat([][]string{t.Head}, t.Rows) {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
	}
	r.each(func(s *section) {
		for _, t := range s.Tables {
			show(fmt.Sprintf("%s (%s)", s.Title, s.Date.Format("2006-01-02 15:04")), t)
		}
	})
	show("Goals; they are for the full size", r.goalTable())
	return w.Flush()
}
