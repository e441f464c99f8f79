package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"csrd/csr"
)

// importRequest is a CSR to be imported.
type importRequest struct {
	file    string
	domain  string
	spki    string
	content []byte // PEM

	key      []byte     // PEM; nil without
	password csr.Secret // that the key is encrypted with; "" for none
}

// importKey is a private key found among the files.
type importKey struct {
	file     string
	content  []byte // PEM
	password csr.Secret
	used     bool
}

// importFiles gathers CSRs and keys.
type importFiles struct {
	s        streams
	progress *progress
	ask      func() (csr.Secret, error)
	secret   csr.Secret
	asked    bool // whether the password was asked for
	looked   int  // how many files were looked into

	requests []importRequest
	keys     map[string]*importKey // by the hash of the public key
	outcomes []outcome             // of what cannot be imported
}

// clear overwrites the keys.
func (f *importFiles) clear() {
	for _, key := range f.keys {
		clear(key.content)
	}
}

// read reads a file, or all files of a directory and below it. What a
// directory has besides CSRs and keys is passed over, and what of it cannot be
// read is refused.
func (f *importFiles) read(ctx context.Context, name string) error {
	info, err := os.Stat(name)
	if name == "-" || err == nil && !info.IsDir() {
		return f.readFile(ctx, name, true)
	}
	if err != nil {
		return err
	}
	root := name
	if link, err := os.Lstat(name); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator) // WalkDir does not follow a link, but what is behind it
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			f.refuse(path, plainly(err))
			return nil
		}
		info, err := os.Stat(path) // a link counts as what it names
		if err != nil || !info.Mode().IsRegular() || info.Size() > csr.MaxInspect {
			return nil
		}
		return f.readFile(ctx, path, false)
	})
}

// plainly is an error of a file without the file's name.
func plainly(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return "cannot be read: " + failed.Err.Error()
	}
	return err.Error()
}

// readFile takes the CSRs and keys in a file. One that was named must have any.
func (f *importFiles) readFile(ctx context.Context, name string, named bool) error {
	f.looked++
	f.progress.show("Reading file %d", f.looked)
	content, err := readInput(f.s, name)
	if err != nil {
		if named {
			return err
		}
		f.refuse(name, plainly(err))
		return nil
	}
	defer clear(content)
	if len(content) > csr.MaxInspect {
		f.refuse(name, fmt.Sprintf("it has more than %d bytes", csr.MaxInspect))
		return nil
	}
	taken := false
	blocks, damaged := csr.Blocks(content)
	if len(blocks) > csr.MaxInspectBlocks {
		f.refuse(name, fmt.Sprintf("it has more than %d PEM blocks", csr.MaxInspectBlocks))
		blocks, damaged, taken = nil, 0, true
	}
	for _, block := range blocks {
		if ctx.Err() != nil { // opening a key may have taken seconds
			return fmt.Errorf("nothing was imported: %w", context.Cause(ctx))
		}
		took, err := f.readBlock(name, block)
		if err != nil {
			return err
		}
		taken = taken || took
		clear(block.Bytes)
	}
	if damaged > 0 && (named || ofInterest(content)) {
		f.refuse(name, "a PEM block in it is damaged")
		return nil
	}
	if !taken && named {
		f.refuse(name, "there is no CSR or private key in it")
	}
	return nil
}

func (f *importFiles) readBlock(name string, block *pem.Block) (taken bool, err error) {
	if block.Type == "EC PARAMETERS" {
		return false, nil
	}
	content := pem.EncodeToMemory(block)
	if block.Type == "" { // DER: as a key, which is also how a CSR is told from one
		content = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes})
	}
	item := f.inspect(content)
	if isEncrypted(item) && !f.asked && f.secret == "" {
		f.asked = true
		if f.secret, err = f.ask(); err != nil {
			return false, err
		}
		item = f.inspect(content)
	}
	switch {
	case item.Kind == csr.KindRequest:
		f.requests = append(f.requests, importRequest{
			file: name, domain: domainOf(&item), spki: item.SPKISHA256,
			content: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: block.Bytes}),
		})
	case item.Kind == csr.KindPrivateKey && item.SPKISHA256 == "":
		f.refuse(name, whyUnread(&item))
	case item.Kind == csr.KindPrivateKey:
		key := &importKey{file: name, content: content}
		if item.Encryption != "" {
			key.password = f.secret
		}
		if f.keys == nil {
			f.keys = map[string]*importKey{}
		}
		if before := f.keys[item.SPKISHA256]; before != nil {
			clear(before.content)
		}
		f.keys[item.SPKISHA256] = key
	case strings.HasSuffix(block.Type, "CERTIFICATE REQUEST"):
		f.refuse(name, "there is a CSR in it that cannot be read, or is damaged")
	default:
		return false, nil
	}
	return true, nil
}

// ofInterest reports whether a text says that it has a CSR or a private key.
func ofInterest(content []byte) bool {
	return bytes.Contains(content, []byte("CERTIFICATE REQUEST-----")) || bytes.Contains(content, []byte("PRIVATE KEY-----"))
}

func (f *importFiles) inspect(content []byte) csr.Inspected {
	return csr.Inspect(content, f.secret, time.Now())[0]
}

// whyUnread says why a private key cannot be used.
func whyUnread(item *csr.Inspected) string {
	for _, finding := range item.Findings {
		switch {
		case finding.Code == "key-encrypted":
			return "the private key is encrypted: give its password with --password-file or " + envKeyPassword
		case finding.Severity != csr.SeverityHint && finding.Field == "PrivateKey":
			return "the private key " + finding.Reason
		}
	}
	return "the private key cannot be read"
}

func (f *importFiles) refuse(file, why string) {
	f.outcomes = append(f.outcomes, outcome{file: file, result: resultRefused, note: why})
}

// readKeyOf reads the one key that --key names, for the one CSR there is. That
// they belong together is for the server to check.
func (f *importFiles) readKeyOf(ctx context.Context, name string) error {
	if len(f.requests) != 1 {
		return usagef("--key names the key of one CSR, and there are %d; keys among the files find their CSRs by themselves", len(f.requests))
	}
	request := f.requests[0]
	f.requests = nil
	if err := f.readFile(ctx, name, true); err != nil {
		return err
	}
	if len(f.requests) > 0 {
		return usagef("--key %s has a CSR in it", name)
	}
	f.requests = []importRequest{request}
	for spki, key := range f.keys {
		if key.file == name && (f.requests[0].key == nil || spki == request.spki) {
			f.requests[0].key, f.requests[0].password = key.content, key.password
			key.used = true
		}
	}
	if f.requests[0].key == nil {
		return fmt.Errorf("--key %s: %w", name, errors.New(f.outcomes[len(f.outcomes)-1].note))
	}
	return nil
}

// pair gives each CSR its key, and returns what became of the rest.
func (f *importFiles) pair() []outcome {
	for n := range f.requests {
		r := &f.requests[n]
		if key := f.keys[r.spki]; key != nil && r.key == nil {
			r.key, r.password, key.used = key.content, key.password, true
		}
	}
	for _, key := range f.keys {
		if !key.used {
			f.outcomes = append(f.outcomes, outcome{file: key.file, result: resultLeftOut, note: "no CSR of this private key was given"})
		}
	}
	return f.outcomes
}

// domainOf is what the record will have as its Domain.
func domainOf(item *csr.Inspected) string {
	for _, a := range item.Subject {
		if a.Name == "CN" {
			return a.Value
		}
	}
	for _, name := range item.AltNames {
		if name.Type == "DNS" {
			return name.Value
		}
	}
	return ""
}

// parameters are those of the action, as JSON. The caller overwrites them.
func (r *importRequest) parameters(remark string) ([]byte, error) {
	given := map[string]string{"CSR": string(r.content)}
	if r.key != nil {
		given["PrivateKey"] = string(r.key)
	}
	if r.password != "" {
		given["KeyPassword"] = string(r.password)
	}
	if remark = strings.TrimSpace(remark); remark != "" {
		given["Remark"] = remark
	}
	return json.Marshal(given)
}
