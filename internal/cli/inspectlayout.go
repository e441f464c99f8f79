package cli

import (
	"fmt"
	"io"
	"strings"

	"csrd/csr"

	"github.com/jedib0t/go-pretty/v6/text"
)

// labelWidth is the width of the left column of an inspection.
const labelWidth = 14

// renderInspected prints what was found in files, no wider than the terminal.
func renderInspected(out io.Writer, files []inspectedFile) {
	p := &inspectionPrinter{out, terminalWidth(out)}
	var all []csr.Inspected
	for _, file := range files {
		for n := range file.Items {
			if len(all) > 0 {
				fmt.Fprintln(out)
			}
			all = append(all, file.Items[n])
			p.item(title(file, n), &file.Items[n])
		}
	}
	if len(all) > 0 {
		fmt.Fprintf(out, "\n%s, %s, %s.\n", plural(count(all, csr.SeverityError), "error"),
			plural(count(all, csr.SeverityWarning), "warning"), plural(count(all, csr.SeverityHint), "hint"))
	}
}

func title(file inspectedFile, n int) string {
	name := file.File
	if name == "-" {
		name = "standard input"
	}
	if len(file.Items) > 1 {
		name += fmt.Sprintf(", %d of %d", n+1, len(file.Items))
	}
	kind := map[string]string{
		csr.KindRequest: "CSR", csr.KindCertificate: "certificate", csr.KindPrivateKey: "private key", csr.KindPublicKey: "public key",
		csr.KindUnknown: "unknown",
	}[file.Items[n].Kind]
	return name + ": " + kind
}

type inspectionPrinter struct {
	out   io.Writer
	width int
}

// line prints a label and a text, which goes on below itself where it is too long.
func (p *inspectionPrinter) line(label, value string) {
	wrapped := text.WrapSoft(printable(value), max(p.width-labelWidth, 20))
	for n, part := range strings.Split(wrapped, "\n") {
		if n > 0 {
			label = ""
		}
		fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf("%-*s%s", labelWidth, label, part), " "))
	}
}

// lines prints several texts under one label.
func (p *inspectionPrinter) lines(label string, values []string) {
	for _, value := range values {
		p.line(label, value)
		label = ""
	}
}

func (p *inspectionPrinter) item(title string, i *csr.Inspected) {
	fmt.Fprintln(p.out, printable(title))
	p.lines("  Subject", attributes(i.Subject))
	p.lines("  Issuer", attributes(i.Issuer))
	if i.Kind == csr.KindCertificate {
		p.line("  Serial", i.Serial)
		p.line("  Valid", i.NotBefore+" to "+i.NotAfter)
		if i.CA {
			p.line("  CA", "yes")
		}
	}
	var names []string
	for _, name := range i.AltNames {
		shown := name.Type + " " + name.Value
		if readable := csr.UnicodeDomain(name.Value); name.Type == "DNS" && readable != name.Value {
			shown += " (" + readable + ")"
		}
		names = append(names, shown)
	}
	p.lines("  Names", names)
	if i.EncryptAlgo != "" {
		p.line("  Key", strings.TrimSpace(i.EncryptAlgo+" "+i.KeyParameter))
	}
	if i.SPKISHA256 != "" {
		p.line("  SPKI SHA256", i.SPKISHA256)
	}
	if i.Encryption != "" {
		p.line("  Encrypted", i.Encryption)
	}
	if i.SignatureAlgo != "" {
		p.line("  Signature", i.SignatureAlgo+", "+i.Signature)
	}
	if i.ChallengePassword {
		p.line("  Challenge", "there is a challengePassword, which is not shown")
	}
	p.lines("  Extensions", extensions(i.Extensions))
	for _, f := range i.Findings {
		p.line("  "+string(f.Severity), finding(f))
	}
}

func attributes(list []csr.Attribute) (lines []string) {
	for _, a := range list {
		lines = append(lines, fmt.Sprintf("%s = %s (%s)", a.Name, a.Value, a.Type))
	}
	return lines
}

func extensions(list []csr.Extension) (lines []string) {
	for _, e := range list {
		line := e.Name
		if line == "" {
			line = e.OID
		}
		if e.Critical {
			line += ", critical"
		}
		if e.Value != "" {
			line += ": " + e.Value
		}
		lines = append(lines, line)
	}
	return lines
}

func finding(f csr.Finding) string {
	subject := strings.TrimSpace(f.Field)
	if f.Value != "" {
		subject = strings.TrimSpace(subject + " `" + f.Value + "`")
	}
	if subject == "" {
		subject = "it"
	}
	return fmt.Sprintf("%s %s [%s]", subject, f.Reason, f.Code)
}
