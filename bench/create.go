package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kind is what CreateCSR is asked to make.
type kind struct {
	algo, parameter string
	draft           bool
	slow            bool // so that a short run leaves it out
}

func (k kind) String() string {
	if k.draft {
		return "draft"
	}
	return k.algo + " " + k.parameter
}

var kinds = []kind{
	{algo: "RSA", parameter: "2048", draft: true},
	{algo: "ECC", parameter: "prime256v1"},
	{algo: "ECC", parameter: "secp384r1"},
	{algo: "ECC", parameter: "secp521r1"},
	{algo: "EdDSA", parameter: "ed25519"},
	{algo: "SM2", parameter: "sm2p256v1"},
	{algo: "RSA", parameter: "2048", slow: true},
	{algo: "RSA", parameter: "3072", slow: true},
	{algo: "RSA", parameter: "4096", slow: true},
}

// writers are how many clients create at once.
var writers = []int{1, 8, 64}

func (b *bench) createStage() (*section, error) {
	dir := filepath.Join(b.cache, "create")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p, err := b.csrd(dir, append([]string{"--algorithms", "extended"}, b.listing...)...)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	fsync, err := fsyncTime(b.cache)
	if err != nil {
		return nil, err
	}
	s := &section{
		Title: "Creation",
		Text: []string{
			fmt.Sprintf("CreateCSR over HTTP into a new store on a disk (%s; appending 4 KiB and fsync takes %s µs at the median), every answer after a durable commit with its entry in the audit record. ",
				fileSystem(b.cache), number(fsync)) +
				"A client asks again after each answer. RSA keys are made on all processors but one and others wait for their turn; a client that is refused because too many wait asks no more. " +
				"At the end the account's Total was compared with the number of ids that were given.",
			b.settings() + " Without keys made ahead, the rates of RSA are those that last.",
		},
	}
	head := []string{"created"}
	for _, n := range writers {
		head = append(head, fmt.Sprintf("%d: CSRs/s", n), "p50 ms", "p99 ms")
	}
	s.Tables = []table{{Head: append(head, "refused")}}
	lines := plot{File: "perf-create", Title: "Created CSRs a second over the number of clients", Kind: linePlot, YLabel: "CSRs/s"}
	for _, n := range writers {
		lines.Labels = append(lines.Labels, fmt.Sprint(n))
	}
	created := 0
	for _, k := range kinds {
		if k.slow && !b.keys {
			continue
		}
		b.step("  %s", k)
		row, line, refused := []string{k.String()}, series{Name: k.String()}, 0
		for _, n := range writers {
			out, err := b.create(p, k, n)
			if err != nil {
				return nil, fmt.Errorf("%s, %d clients: %w", k, n, err)
			}
			created += out.answers
			refused += out.refused
			row = append(row, number(out.perSecond()), number(out.p50()/1000), number(out.p99()/1000))
			line.Y = append(line.Y, out.perSecond())
		}
		s.Tables[0].Rows = append(s.Tables[0].Rows, append(row, fmt.Sprint(refused)))
		lines.Series = append(lines.Series, line)
	}
	s.Plots = []plot{lines}
	count := request{
		raw:    signer{p.host(), time.Now()}.sign(bigUin, "DescribeCSRSet", listParameters{Limit: 0}),
		prefix: fmt.Appendf(nil, `{"Response":{"Total":%d,`, created),
	}
	if _, err := (load{port: p.port, clients: 1, requests: 1, next: func() request { return count }}).run(); err != nil {
		return nil, fmt.Errorf("after %d CSRs: %w", created, err)
	}
	return s, nil
}

// create measures one kind with so many clients.
func (b *bench) create(p *process, k kind, clients int) (*outcome, error) {
	s := signer{p.host(), time.Now()}
	requests := make([]request, 1000)
	for i := range requests {
		requests[i] = request{prefix: []byte(`{"Response":{"Id":`), raw: s.sign(bigUin, "CreateCSR", map[string]any{
			"Domain": fmt.Sprintf("www%d.example.com", i), "Organization": "Example Trading Company Ltd", "Department": "Platform Security",
			"Email": "pki-operations@example.com", "Province": "Guangdong", "City": "Shenzhen", "Country": "CN",
			"EncryptAlgo": k.algo, "KeyParameter": k.parameter, "Generate": !k.draft,
		})}
	}
	window := b.window
	if k.slow {
		window *= 3
	}
	return load{port: p.port, clients: clients, next: newPool(requests).inTurn, time: window, refused: []byte(`"Code":"ServiceUnavailable"`)}.run()
}

// fsyncTime is the median time in microseconds that the folder's disk takes to
// append 4 KiB durably.
func fsyncTime(folder string) (float64, error) {
	file, err := os.CreateTemp(folder, "fsync-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block := []byte(strings.Repeat("x", 4096))
	times := make([]uint32, 300)
	for i := range times {
		began := time.Now()
		if _, err := file.Write(block); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times[i] = uint32(time.Since(began).Microseconds())
	}
	slices.Sort(times)
	return percentile(times, 0.5), nil
}
