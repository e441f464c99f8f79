package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"csrd/csr"

	"github.com/jedib0t/go-pretty/v6/table"
)

// What becomes of a file.
const (
	resultImported = "imported"
	resultExisting = "already there"
	resultKeyAdded = "key added"
	resultLeftOut  = "left out"
	resultRefused  = "refused"
)

// outcome is what became of a CSR, or of a file that has none.
type outcome struct {
	file, domain string
	withKey      bool
	result       string
	id           int64
	note         string
}

// renderOutcomes prints a table and a summary. It fails where something was refused.
func renderOutcomes(out io.Writer, outcomes []outcome, dryRun bool) error {
	slices.SortStableFunc(outcomes, func(a, b outcome) int { return cmp.Compare(a.file, b.file) })
	counts := map[string]int{}
	var rows []table.Row
	var reasons []string // in full: a table cuts them
	for _, o := range outcomes {
		counts[o.result]++
		id, key := "", ""
		if o.id != 0 {
			id = fmt.Sprint(o.id)
		}
		if o.withKey {
			key = "with key"
		}
		result := o.result
		if dryRun && result == resultImported {
			result = "would import"
		}
		note := o.note
		if o.result == resultRefused {
			reasons = append(reasons, printable(o.file+": "+note))
			note = ""
		}
		rows = append(rows, table.Row{o.file, csr.UnicodeDomain(o.domain), key, result, id, note})
	}
	if len(rows) == 0 {
		return nil
	}
	renderTable(out, table.Row{"FILE", "DOMAIN", "KEY", "RESULT", "ID", "NOTE"}, rows)
	if len(reasons) > 0 {
		fmt.Fprintln(out, "\nRefused:\n  "+strings.Join(reasons, "\n  ")+"\n")
	}
	var parts []string
	for _, result := range []string{resultImported, resultKeyAdded, resultExisting, resultLeftOut, resultRefused} {
		if n := counts[result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, result))
		}
	}
	text := strings.Join(parts, ", ") + "."
	if dryRun {
		text = "Nothing was imported. What would be tried: " + text
	}
	fmt.Fprintln(out, text)
	if n := counts[resultRefused]; n > 0 {
		return fmt.Errorf("%d refused", n)
	}
	return nil
}
