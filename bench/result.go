package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// results are all that was measured, by stage. They are kept in a file, so that
// one stage can be measured again and the document written from all.
type results struct {
	Command  string
	Machine  machine
	Sections map[string]*section // by the stage's name
}

// section is what a stage measured, as the document shows it.
type section struct {
	Title  string
	Date   time.Time
	Commit string
	Load   float64  // the machine's load average before
	Text   []string // paragraphs
	Tables []table
	Plots  []plot
	Goals  []goal
}

type table struct {
	Caption string
	Head    []string
	Rows    [][]string // the first column is text, the others are numbers
}

// goal is a bound that csrd is to keep.
type goal struct {
	What  string
	Value float64
	Unit  string // behind both numbers, as " MiB"
	Most  bool   // Bound is the most allowed, and not the least
	Bound float64
}

func (g goal) holds() bool {
	if g.Most {
		return g.Value <= g.Bound
	}
	return g.Value >= g.Bound
}

// loadResults reads those of earlier runs, if there are any.
func loadResults(file string) (*results, error) {
	r := &results{Sections: map[string]*section{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		return nil, fmt.Errorf("read the results of earlier runs: %w: delete the file to begin anew", err)
	}
	return r, nil
}

func (r *results) save(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// number is a value with about three digits that count.
func number(v float64) string {
	switch {
	case v >= 10_000:
		text := fmt.Sprintf("%.0f", v)
		for i := len(text) - 3; i > 0; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
		return text
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}
