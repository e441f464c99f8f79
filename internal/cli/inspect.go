package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/inventory"

	"github.com/spf13/cobra"
)

// inspectedFile is what `csrd inspect --json` prints of a file.
type inspectedFile struct {
	File  string
	Items []csr.Inspected
}

func inspectCommand(s streams) *cobra.Command {
	var password keyPassword
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE|- ...",
		Short: "Decode, verify and check CSRs, certificates and keys",
		Long: `Decode, verify and check CSRs, certificates and keys, in PEM or DER; - reads from
standard input. It asks no server, and shows no private key.

The exit code is 1 where there are errors: what cannot be read, or is signed by another
key. Warnings, which a CA or a client may refuse, and hints leave it 0.

--json prints a list of the files, each with the fields File and Items. An item has:

` + fieldsHelp(itemFields(), "  "),
		Example: `  csrd inspect www.example.com.csr
  openssl req -new -key key.pem -subj /CN=example.com | csrd inspect - --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inspectFiles(cmd.Context(), s, args, &password, asJSON)
		},
	}
	password.addTo(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of a text")
	return cmd
}

// itemFields are the fields of a csr.Inspected, as InspectCSR answers with them.
func itemFields() []action.Param {
	for _, spec := range inventory.Table().Specs() {
		for _, field := range spec.Result {
			if spec.Name == "InspectCSR" && field.Name == "Items" {
				return field.Elem.Fields
			}
		}
	}
	return nil
}

// fieldsHelp has a line for each field, and for those inside it.
func fieldsHelp(fields []action.Param, indent string) string {
	var lines strings.Builder
	for _, field := range fields {
		fmt.Fprintf(&lines, "%s%s: %s\n", indent, field.Name, field.Doc)
		if field.Elem != nil {
			lines.WriteString(fieldsHelp(field.Elem.Fields, indent+"  "))
		}
	}
	return lines.String()
}

func inspectFiles(ctx context.Context, s streams, names []string, password *keyPassword, asJSON bool) error {
	secret, err := password.given()
	if err != nil {
		return err
	}
	var unread error
	files := []inspectedFile{}
	for _, name := range names {
		content, err := readInput(s, name)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		items := csr.Inspect(content, secret, time.Now())
		if secret == "" && name != "-" && slices.ContainsFunc(items, isEncrypted) && ctx.Err() == nil {
			typed, err := password.ask(ctx, s, "Password of "+printable(name)+", or nothing: ")
			if err != nil {
				return err
			}
			if typed != "" {
				items = csr.Inspect(content, typed, time.Now())
			}
		}
		clear(content)
		files = append(files, inspectedFile{name, items})
	}
	if asJSON {
		text, err := json.Marshal(files)
		if err != nil {
			return err
		}
		if err := printJSON(s, text); err != nil {
			return err
		}
	} else {
		renderInspected(s.out, files)
	}
	errorsFound := 0
	for _, file := range files {
		errorsFound += count(file.Items, csr.SeverityError)
	}
	if errorsFound > 0 {
		unread = errors.Join(unread, fmt.Errorf("%s found", plural(errorsFound, "error")))
	}
	return unread
}

func isEncrypted(i csr.Inspected) bool {
	return i.Kind == csr.KindPrivateKey && i.Encryption != "" && i.SPKISHA256 == ""
}

func count(items []csr.Inspected, severity csr.Severity) (n int) {
	for _, item := range items {
		for _, f := range item.Findings {
			if f.Severity == severity {
				n++
			}
		}
	}
	return n
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// readInput reads a file, or standard input for "-", as far as it is looked at.
func readInput(s streams, name string) ([]byte, error) {
	in := s.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	var content bytes.Buffer
	if _, err := io.Copy(&content, io.LimitReader(in, csr.MaxInspect+1)); err != nil {
		return nil, err // it names the file
	}
	return content.Bytes(), nil
}
