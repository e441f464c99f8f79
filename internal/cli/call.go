package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"csrd/action"
	"csrd/inventory"
	"csrd/ssl"

	"github.com/spf13/cobra"
)

// callCommand has a command for each action of the table, its flags the
// action's parameters.
func callCommand(s streams) *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use:   "call ACTION [--Parameter value ...]",
		Short: "Call an action of the API and print its response",
		Long: `Call an action of the API and print its response as JSON.

Parameters are given as tccli takes them: texts and numbers as they are, booleans as true
or false, lists and objects as JSON. file://PATH takes the value from a file.`,
		Example: `  csrd call DescribeCSRSet --Limit 2
  csrd call BatchDeleteCSR --CSRIds '[11, 22]'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef("name an action") },
	}
	c.addTo(cmd.PersistentFlags())
	for _, p := range products() {
		for _, spec := range p.specs {
			cmd.AddCommand(actionCommand(s, &c, p.name, p.version, spec))
		}
	}
	return cmd
}

// product is a table of actions as the command line needs it.
type product struct {
	name, version string
	specs         []action.Spec
}

func products() []product {
	return []product{
		{ssl.Product, ssl.Version, ssl.Table().Specs()},
		{inventory.Product, inventory.Version, inventory.Table().Specs()},
	}
}

func actionCommand(s streams, c *client, product, version string, spec action.Spec) *cobra.Command {
	cmd := &cobra.Command{
		Use:   spec.Name,
		Short: spec.Summary,
		Long:  longHelp(spec),
		Args:  cobra.NoArgs,
	}
	cmd.Flags().SortFlags = false
	values := make([]parameterValue, len(spec.Params))
	for i, p := range spec.Params {
		values[i].param = p
		cmd.Flags().Var(&values[i], p.Name, parameterHelp(p))
		// The annotation can only fail for a flag that is not there.
		_ = cmd.Flags().SetAnnotation(p.Name, noEnvironment, nil)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		parameters := encodeParameters(values)
		defer clear(parameters)
		response, err := c.call(cmd.Context(), product, version, spec.Name, parameters)
		if err != nil {
			return err
		}
		defer clear(response)
		return printJSON(s, response)
	}
	return cmd
}

func longHelp(spec action.Spec) string {
	text := spec.Summary
	if spec.Doc != "" {
		text += "\n\n" + spec.Doc
	}
	codes := ""
	for _, o := range spec.Outcomes {
		if o.Never == "" {
			codes += fmt.Sprintf("  %s: %s\n", o.Code, o.When)
		}
	}
	if codes != "" {
		text += "\n\nError codes, besides the common ones:\n" + codes
	}
	return strings.TrimRight(text, "\n")
}

func parameterHelp(p action.Param) string {
	var notes []string
	if p.Required {
		notes = append(notes, "required")
	}
	if p.Type == action.Array || p.Type == action.Object {
		notes = append(notes, "as "+jsonForm(&p))
	}
	if bounds := p.Bounds(); bounds != "" {
		notes = append(notes, bounds)
	}
	if p.Default != nil {
		notes = append(notes, fmt.Sprintf("default %d", *p.Default))
	}
	if p.Secret {
		notes = append(notes, "only as file://PATH, since others can see the arguments of a process")
	}
	if len(notes) == 0 {
		return p.Doc
	}
	return strings.TrimSpace(p.Doc + " (" + strings.Join(notes, "; ") + ")")
}

// jsonForm sketches the JSON of a list or an object.
func jsonForm(p *action.Param) string {
	switch p.Type {
	case action.Array:
		return "[" + jsonForm(p.Elem) + ", ...]"
	case action.Object:
		fields := make([]string, len(p.Fields))
		for i := range p.Fields {
			fields[i] = fmt.Sprintf("%q: %s", p.Fields[i].Name, jsonForm(&p.Fields[i]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return string(p.Type)
}

// encodeParameters makes a JSON object of the values that were given.
func encodeParameters(values []parameterValue) []byte {
	var body bytes.Buffer
	for _, v := range values {
		if v.json == nil {
			continue
		}
		if body.Len() > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, "%q:%s", v.param.Name, v.json)
	}
	return fmt.Appendf(nil, "{%s}", body.Bytes())
}

func printJSON(s streams, raw json.RawMessage) error {
	var text bytes.Buffer
	if err := json.Indent(&text, raw, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	_, err := text.WriteTo(s.out)
	return err
}
