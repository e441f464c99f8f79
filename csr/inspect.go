package csr

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of [Inspect]: a chain of certificates with its key is far below.
const (
	MaxInspect       = 256 << 10 // bytes
	MaxInspectBlocks = 100       // of PEM
)

// Inspect decodes, verifies and lints what is in data: CSRs, certificates and
// keys, in PEM, in DER, or in base64 of DER. It never fails: what cannot be
// read is [KindUnknown] with a finding that says so. password opens encrypted
// private keys, which takes up to seconds; without it they are told to be
// encrypted. now is what validities are compared with.
func Inspect(data []byte, password Secret, now time.Time) []Inspected {
	if len(data) > MaxInspect {
		return unreadable("too-large", rule("has more than %d bytes, which are taken at most", "超过 %d 字节的上限", MaxInspect))
	}
	if len(data) == 0 {
		return unreadable("not-parsed", rule("is empty", "为空"))
	}
	blocks, damaged := Blocks(data)
	defer func() {
		for _, b := range blocks {
			clear(b.Bytes)
		}
	}()
	if len(blocks) > MaxInspectBlocks {
		return unreadable("too-many", rule("has more than %d PEM blocks, which are taken at most", "超过 %d 个 PEM 块的上限", MaxInspectBlocks))
	}
	var list []Inspected
	for _, b := range blocks {
		if b.Type == "EC PARAMETERS" { // openssl writes them before a key that names them again
			continue
		}
		list = append(list, inspectBlock(b, password, now))
	}
	for range min(damaged, MaxInspectBlocks) {
		list = append(list, unreadable("damaged-pem", rule("is a PEM block that is damaged: its end or some of its base64 is missing, or its lines are indented or joined", "是已损坏的 PEM 块：缺少结尾或部分 base64 内容，或各行被缩进或合并"))...)
	}
	if len(list) == 0 {
		return unreadable("not-parsed", rule("is neither PEM nor DER", "既不是 PEM 也不是 DER"))
	}
	return list
}

// Blocks returns the PEM blocks of data, of more than MaxInspectBlocks one too
// many; or what is DER, or base64 of it, as one block without a label; and how
// many PEM blocks begin in data that cannot be read. A text may begin with a
// byte order mark, and be UTF-16 then.
func Blocks(data []byte) (blocks []*pem.Block, damaged int) {
	if der := sequence(data); der != nil {
		return []*pem.Block{{Bytes: bytes.Clone(der)}}, 0
	}
	if text, ok := fromUTF16(data); ok {
		defer clear(text)
		data = text
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	for rest := data; len(blocks) <= MaxInspectBlocks; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		blocks = append(blocks, b)
	}
	if begun := bytes.Count(data, []byte("-----BEGIN ")); begun > 0 {
		return blocks, max(0, begun-len(blocks))
	}
	compact := bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, data)
	defer clear(compact)
	decoded, err := base64.StdEncoding.AppendDecode(nil, compact)
	if der := sequence(decoded); err == nil && der != nil {
		return []*pem.Block{{Bytes: der}}, 0
	}
	return nil, 0
}

// fromUTF16 returns a text in UTF-8, a copy, if it is UTF-16 with a byte order
// mark, as Windows writes it.
func fromUTF16(data []byte) (text []byte, ok bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		order = binary.BigEndian
	default:
		return nil, false
	}
	text = make([]byte, 0, 2*len(data)) // it never grows and leaves no copy behind
	for ; len(data) >= 2; data = data[2:] {
		text = utf8.AppendRune(text, rune(order.Uint16(data)))
	}
	return text, true
}

// sequence returns the one SEQUENCE in DER that data is, but for space behind
// it; nil where it is none.
func sequence(data []byte) []byte {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(data, &outer)
	if err != nil || len(bytes.TrimSpace(rest)) > 0 || outer.Class != asn1.ClassUniversal || outer.Tag != asn1.TagSequence {
		return nil
	}
	return outer.FullBytes
}

func unreadable(code string, reason Reason) []Inspected {
	i := newInspected(KindUnknown, "")
	i.fail(code, "", "", reason)
	return []Inspected{*i}
}

// newInspected has empty lists, which are [] and not null in JSON.
func newInspected(kind, label string) *Inspected {
	return &Inspected{
		Kind: kind, Label: label,
		Subject: []Attribute{}, Issuer: []Attribute{}, AltNames: []AltName{}, Extensions: []Extension{}, Findings: []Finding{},
	}
}

// inspectBlock tells what is in a block by its structure; its label may lie.
func inspectBlock(b *pem.Block, password Secret, now time.Time) Inspected {
	var request requestDER
	if rest, err := asn1.Unmarshal(b.Bytes, &request); err == nil && len(rest) == 0 {
		return *inspectRequest(&request, b.Type)
	}
	var certificate certificateDER
	if _, err := asn1.Unmarshal(b.Bytes, &certificate); err == nil { // openssl's TRUSTED CERTIFICATE has more behind it
		return *inspectCertificate(&certificate, b.Type, now)
	}
	var public publicKeyDER
	if rest, err := asn1.Unmarshal(b.Bytes, &public); err == nil && len(rest) == 0 {
		i := newInspected(KindPublicKey, b.Type)
		i.inspectPublicKey(&public)
		return *i
	}
	if i := inspectPrivateKey(b, password); i != nil {
		return *i
	}
	i := newInspected(KindUnknown, b.Type)
	i.fail("not-parsed", "", "", rule("is no CSR, certificate or key that can be read, or is damaged", "不是可读取的 CSR、证书或密钥，或已损坏"))
	return *i
}
