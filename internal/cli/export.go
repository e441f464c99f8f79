package cli

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"csrd/csr"
	"csrd/ssl"

	"github.com/spf13/cobra"
)

// The formats of `csrd export`.
const (
	formatPEM   = "pem"
	formatDER   = "der"
	formatPKCS8 = "pkcs8"
)

// toStdout stands for a folder.
const toStdout = "-"

// exportSetting is what `csrd export` is told.
type exportSetting struct {
	id               int64
	out, format      string
	csrOnly, keyOnly bool
	force            bool
	password         passwordSetting
}

func exportCommand(s streams) *cobra.Command {
	var c client
	var set exportSetting
	cmd := &cobra.Command{
		Use:   "export ID",
		Short: "Write a CSR and its private key to files",
		Long: `Write a CSR and its private key to files of mode 0600, named after the domain.

  pem    DOMAIN.csr.pem and DOMAIN.key.pem, as the server has them: a key that has a
         KeyPassword stays encrypted with it
  der    DOMAIN.csr.der and DOMAIN.key.der, the same in DER
  pkcs8  DOMAIN.key.pem alone, PKCS#8 under a password of your choice, from
         --password-file or $` + envExportPassword + `, or else asked for; a KeyPassword that
         the key has is taken off first

PKCS#12 and JKS hold a certificate with the key: they come with certificates.`,
		Example: `  csrd export 12
  csrd export 12 --format pkcs8 --password-file new.txt --out /etc/ssl/private
  csrd export 12 --csr-only --out - | openssl req -noout -text`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("export takes one Id; `csrd list` shows them")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if set.id, err = strconv.ParseInt(args[0], 10, 64); err != nil || set.id < 1 {
				return usagef("%q is no Id of a CSR; `csrd list` shows them", args[0])
			}
			if err := set.check(); err != nil {
				return err
			}
			return export(cmd.Context(), &c, &set, s)
		},
	}
	c.addTo(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&set.out, "out", ".", "folder to write to, made where there is none; - for stdout, with --csr-only or --key-only")
	flags.StringVar(&set.format, "format", formatPEM, "format: "+formatPEM+", "+formatDER+" or "+formatPKCS8)
	flags.BoolVar(&set.csrOnly, "csr-only", false, "leave the key out")
	flags.BoolVar(&set.keyOnly, "key-only", false, "leave the CSR out")
	flags.BoolVar(&set.force, "force", false, "write over files that are there")
	set.password.addTo(flags)
	return cmd
}

// check refuses flags that do not go together.
func (set *exportSetting) check() error {
	switch {
	case !slices.Contains([]string{formatPEM, formatDER, formatPKCS8}, set.format):
		return usagef("--format %q: it is %s, %s or %s; PKCS#12 and JKS come with certificates", set.format, formatPEM, formatDER, formatPKCS8)
	case set.csrOnly && set.keyOnly:
		return usagef("--csr-only and --key-only leave nothing to write: give one of them")
	case set.csrOnly && set.format == formatPKCS8:
		return usagef("--csr-only: a CSR has no format %s, which is for keys", formatPKCS8)
	case set.out == "":
		return usagef("--out names no folder")
	case set.format != formatPKCS8 && set.password.given():
		return usagef("--password-file and --no-password go with --format %s: %s leaves the key as the server has it", formatPKCS8, set.format)
	case set.password.none && set.password.file != "":
		return usagef("--no-password and --password-file contradict each other: give one of them")
	case set.out == toStdout && !set.csrOnly && !set.keyOnly && set.format != formatPKCS8:
		return usagef("--out - writes one thing: give --csr-only or --key-only")
	}
	return nil
}

// exported is what an export needs of DescribeCSR's response.
type exported struct {
	Domain                       string
	CSR, PrivateKey, KeyPassword *string
}

// artifact is a file to write.
type artifact struct {
	name, what string
	data       csr.Plain
}

func export(ctx context.Context, c *client, set *exportSetting, s streams) error {
	parameters, err := json.Marshal(map[string]int64{"CSRId": set.id})
	if err != nil {
		return err
	}
	response, err := c.call(ctx, ssl.Product, ssl.Version, "DescribeCSR", parameters)
	if err != nil {
		return err
	}
	defer clear(response)
	var record exported
	if err := json.Unmarshal(response, &record); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	files, err := filesOf(&record, set, s)
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			clear(f.data)
		}
	}()
	if set.out != toStdout { // before a password is asked for
		if err := refuseExisting(set.out, files, set.force); err != nil {
			return err
		}
	}
	for i := range files {
		if err := files[i].convert(ctx, set, &record, s); err != nil {
			return err
		}
	}
	if ctx.Err() != nil { // interrupted while a key was encrypted
		return context.Cause(ctx)
	}
	if set.out == toStdout {
		_, err := s.out.Write(files[0].data)
		return err
	}
	if err := writeFiles(set.out, files, set.force); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintf(s.out, "%s: %s\n", filepath.Join(set.out, f.name), f.what)
	}
	return nil
}

// filesOf returns what is to be written, as PEM as the server has it.
func filesOf(record *exported, set *exportSetting, s streams) ([]artifact, error) {
	withCSR, withKey := !set.keyOnly && set.format != formatPKCS8, !set.csrOnly
	switch {
	case record.CSR == nil:
		return nil, fmt.Errorf("CSR %d is a draft, which has neither a CSR nor a key to export: make them with `csrd call ModifyCSR --CSRId %[1]d --Generate true`", set.id)
	case withKey && record.PrivateKey == nil && !withCSR:
		return nil, fmt.Errorf("CSR %d has no private key here, or you may not read it", set.id)
	case withKey && record.PrivateKey == nil:
		fmt.Fprintf(s.err, "csrd: CSR %d has no private key here, or you may not read it: the CSR is written alone\n", set.id)
		withKey = false
	}
	base, extension := fileBase(record.Domain, set.id), "pem"
	if set.format == formatDER {
		extension = "der"
	}
	var files []artifact
	if withCSR {
		files = append(files, artifact{base + ".csr." + extension, "CSR", csr.Plain(*record.CSR)})
	}
	if withKey {
		what := "private key, not encrypted"
		if record.KeyPassword != nil {
			what = "private key, encrypted with its KeyPassword"
		}
		files = append(files, artifact{base + ".key." + extension, what, csr.Plain(*record.PrivateKey)})
	}
	return files, nil
}

// convert turns PEM as the server has it into the format that is asked for.
func (f *artifact) convert(ctx context.Context, set *exportSetting, record *exported, s streams) error {
	switch set.format {
	case formatDER:
		block, _ := pem.Decode(f.data)
		if block == nil {
			return errors.New("the answer has no PEM: is --endpoint that of a csrd?")
		}
		clear(f.data)
		f.data = block.Bytes
	case formatPKCS8:
		var old csr.Secret
		if record.KeyPassword != nil {
			old = csr.Secret(*record.KeyPassword)
		}
		key, err := csr.ParsePrivateKey(f.data, old)
		if err != nil {
			return err
		}
		password, err := set.password.choose(ctx, s)
		if err != nil {
			return err
		}
		clear(f.data)
		if f.data, err = csr.MarshalPrivateKey(key, password); err != nil {
			return err
		}
		f.what = "private key, encrypted with the password you chose"
		if password == "" {
			f.what = "private key, not encrypted"
		}
	}
	return nil
}

// maxBase keeps a name with all that is put behind it, also while it is
// written, below the 255 bytes that file systems take.
const maxBase = 200

// fileBase makes a file name of a record's domain, which may be any text: what
// is not a letter, a digit, a dot, a hyphen or an underscore of ASCII becomes an
// underscore, and nothing but a letter, a digit or an underscore comes first.
func fileBase(domain string, id int64) string {
	name := csr.DomainKey(domain)
	if rest, isWildcard := strings.CutPrefix(name, "*."); isWildcard {
		name = "_wildcard." + rest
	}
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(name, ".-")
	name = strings.TrimRight(name[:min(len(name), maxBase)], ".")
	if strings.Trim(name, "._-") == "" {
		return fmt.Sprintf("csr-%d", id)
	}
	return name
}
