package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"csrd/action"
	"csrd/csr"
	"csrd/ssl"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// listed is what the table shows of DescribeCSRSet's response.
type listed struct {
	Total int64
	Set   []struct {
		Id                                 int64
		Domain, Organization               string
		EncryptAlgo, KeyParameter, Remarks string
		Status                             int64
		CreateTime                         string
	}
}

// listAction is the action behind `csrd list`.
const listAction = "DescribeCSRSet"

// listParams returns what the table says of the action's parameters.
func listParams() map[string]action.Param {
	params := map[string]action.Param{}
	for _, spec := range ssl.Table().Specs() {
		if spec.Name == listAction {
			for _, p := range spec.Params {
				params[p.Name] = p
			}
		}
	}
	return params
}

func listCommand(s streams) *cobra.Command {
	var c client
	var request struct {
		Limit, Offset       int64
		Domain, EncryptAlgo string
	}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the account's CSRs as a table",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parameters, err := json.Marshal(request)
			if err != nil {
				return err
			}
			response, err := c.call(cmd.Context(), ssl.Product, ssl.Version, listAction, parameters)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s, response)
			}
			var page listed
			if err := json.Unmarshal(response, &page); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			renderList(s.out, &page, request.Offset, request.Limit)
			return nil
		},
	}
	c.addTo(cmd.Flags())
	params := listParams()
	number := func(into *int64, flag, name string) {
		p := params[name]
		value := *p.Default
		p.Default = nil // the flag shows its own
		cmd.Flags().Int64Var(into, flag, value, parameterHelp(p))
	}
	text := func(into *string, flag, name string) {
		cmd.Flags().StringVar(into, flag, "", parameterHelp(params[name]))
	}
	number(&request.Limit, "limit", "Limit")
	number(&request.Offset, "offset", "Offset")
	text(&request.Domain, "domain", "Domain")
	text(&request.EncryptAlgo, "encrypt-algo", "EncryptAlgo")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the response of "+listAction+" instead of a table")
	return cmd
}

func renderList(out io.Writer, page *listed, offset, limit int64) {
	rows := make([]table.Row, 0, len(page.Set))
	for _, item := range page.Set {
		status := map[int64]string{0: "draft", 1: "generated"}[item.Status]
		rows = append(rows, table.Row{item.Id, csr.UnicodeDomain(item.Domain), item.Organization, item.EncryptAlgo + " " + item.KeyParameter, status, item.CreateTime, item.Remarks})
	}
	if len(rows) > 0 {
		renderTable(out, table.Row{"ID", "DOMAIN", "ORGANIZATION", "KEY", "STATUS", "CREATED", "REMARKS"}, rows)
	}
	shown := int64(len(page.Set))
	switch {
	case page.Total == 0:
		fmt.Fprintln(out, "No CSRs.")
	case shown == 0:
		fmt.Fprintf(out, "None of %d CSRs on this page.\n", page.Total)
	default:
		pages := (page.Total + limit - 1) / limit
		fmt.Fprintf(out, "%d to %d of %d CSRs, page %d of %d", offset+1, offset+shown, page.Total, offset/limit+1, pages)
		if next := offset + shown; next < page.Total {
			fmt.Fprintf(out, "; next: --offset %d", next)
		}
		fmt.Fprintln(out, ".")
	}
}

// renderTable prints a table no wider than the terminal: the widest columns of
// text give way, but for those that are to stay whole.
func renderTable(out io.Writer, header table.Row, rows []table.Row, whole ...int) {
	cells := make([][]string, 0, len(rows)+1)
	for _, row := range append([]table.Row{header}, rows...) {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = printable(fmt.Sprint(cell))
		}
		cells = append(cells, line)
	}
	widths := make([]int, len(header))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
		}
	}
	fit(widths, terminalWidth(out)-2*(len(widths)-1), whole)
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	w.SetStyle(style)
	for _, line := range cells {
		row := make(table.Row, len(line))
		for i, cell := range line {
			row[i] = text.Snip(cell, widths[i], "…")
		}
		w.AppendRow(row)
	}
	for line := range strings.SplitSeq(w.Render(), "\n") {
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// fit narrows the widest columns until all fit; none below ten, and none of
// those that are to stay whole.
func fit(widths []int, available int, whole []int) {
	const least = 10
	for {
		total, widest := 0, -1
		for i, w := range widths {
			total += w
			if w > least && !slices.Contains(whole, i) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if total <= available || widest < 0 {
			return
		}
		widths[widest]--
	}
}

// terminalWidth is the width of the terminal behind a stream; where there is
// none, wide enough for anything.
func terminalWidth(out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 1 << 20
}

// printable keeps a record's text from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}
