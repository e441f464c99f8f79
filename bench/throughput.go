package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// clients is how many connections a throughput is measured with.
const clients = 16

// job is a way of asking for pages that is measured against the bare handler.
type job struct {
	name       string
	ratio, cpu float64 // the goals: the least throughput and the most processor time, in those of the bare handler; 0: none
	args       []string
	restart    bool // before each round
	load       func(s signer, port, round int) load
	warm       func(s signer, port int) load // before the rounds, or before each with restart
	rounds     int                           // 0: as many as the plan has
}

// measured is what became of a server in a job, by round.
type measured struct{ perSecond, cpu, p50, p99 []float64 }

// measure runs a load and notes the processor time of the server, in
// microseconds for each answer.
func (m *measured) measure(p *process, l load) error {
	before, err := p.cpu()
	if err != nil {
		return err
	}
	out, err := l.run()
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	after, err := p.cpu()
	if err != nil {
		return err
	}
	m.perSecond = append(m.perSecond, out.perSecond())
	m.cpu = append(m.cpu, float64((after-before).Microseconds())/float64(out.answers))
	m.p50 = append(m.p50, out.p50())
	m.p99 = append(m.p99, out.p99())
	return nil
}

func (b *bench) throughputStage() (*section, error) {
	dir, err := b.seeder.folder(b.ctx, b.main)
	if err != nil {
		return nil, err
	}
	body, err := b.sample(dir)
	if err != nil {
		return nil, err
	}
	bare, err := b.bare(body)
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	s := &section{
		Title: "Throughput against a bare handler",
		Text: []string{
			fmt.Sprintf("Signed DescribeCSRSet of %d items, an account of %s CSRs and %s accounts of %d, %d connections of one client thread on the same machine. "+
				"Each round measures a bare net/http handler that writes an answer of the same bytes (%s of body), then csrd, both with the same requests; the ratios are medians of the rounds' ratios.",
				pageSize, count(b.main), count(smallAccounts(b.main)), smallRows, clients, bytesText(len(body))),
			b.settings(),
			fmt.Sprintf("Random offsets are %s pages, each asked for once before. Their rows take about 200 MiB, so --list-cache is 512 there; the default of 64 has no room for all of them.", count(int64(b.throughput))),
			"Cold pages: each account was asked for one page after the server's start, so that its key is known; then every request asks for a page that nobody asked for since. " +
				"First requests: the server is started anew before each round, and every account asks once. The database's file is in the system's page cache in each case.",
		},
		Tables: []table{{Head: []string{"pages", "bare req/s", "csrd req/s", "ratio", "bare CPU µs", "csrd CPU µs", "CPU ratio", "p50 µs", "p99 µs", "rounds"}}},
	}
	bars := plot{File: "perf-throughput", Title: "Throughput in that of a bare handler", Kind: barPlot, YLabel: "csrd / bare handler", Series: []series{{Name: "req/s ratio"}}}
	for _, j := range b.jobs() {
		b.step("  %s", j.name)
		own, base, err := b.pairs(j, dir, bare)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		ratio, cpu := median(ratios(own.perSecond, base.perSecond)), median(ratios(own.cpu, base.cpu))
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{
			j.name, number(median(base.perSecond)), number(median(own.perSecond)), number(ratio),
			number(median(base.cpu)), number(median(own.cpu)), number(cpu), number(median(own.p50)), number(median(own.p99)), fmt.Sprint(len(own.p50)),
		})
		bars.Labels = append(bars.Labels, j.name)
		bars.Series[0].Y = append(bars.Series[0].Y, ratio)
		if j.ratio > 0 {
			s.Goals = append(s.Goals,
				goal{What: "throughput, " + j.name + ", in that of the bare handler", Value: ratio, Bound: j.ratio},
				goal{What: "server CPU for each request, " + j.name + ", in that of the bare handler", Value: cpu, Bound: j.cpu, Most: true})
		}
	}
	s.Plots = append(s.Plots, bars)
	return s, nil
}

// jobs are the ways of asking. Cold pages have nine rounds: each of the ten
// pages of a small account is asked for once, the first before.
func (b *bench) jobs() []job {
	big := find(bigUin, b.main, b.main, filter{})
	list := func(s signer, at []int64) []request {
		requests := make([]request, len(at))
		for i, offset := range at {
			requests[i] = s.list(big, filter{}, offset, pageSize)
		}
		return requests
	}
	timed := func(port int, next func() request) load {
		return load{port: port, clients: clients, next: next, time: b.window}
	}
	same := func(s signer, port, _ int) load {
		return timed(port, newPool(list(s, offsets(10, b.main))).inTurn)
	}
	all := func(s signer, port int) load {
		requests := list(s, offsets(b.throughput, b.main))
		return load{port: port, clients: clients, next: newPool(requests).inTurn, requests: len(requests)}
	}
	random := func(s signer, port, _ int) load {
		return timed(port, newPool(list(s, offsets(b.throughput, b.main))).any)
	}
	// every small account's page of a round, in an order of chance
	small := func(s signer, port, page int) load {
		n := int(smallAccounts(b.main))
		requests := make([]request, n)
		for i, account := range rand.New(rand.NewPCG(5, uint64(page))).Perm(n) {
			requests[i] = s.list(find(firstSmall+int64(account), smallRows, b.main, filter{}), filter{}, int64(page%10*pageSize), pageSize)
		}
		return load{port: port, clients: clients, next: newPool(requests).inTurn, requests: n}
	}
	jobs := []job{
		{name: "the same ten pages", ratio: 0.85, cpu: 1.3, args: b.listing, load: same, warm: func(s signer, port int) load { return same(s, port, 0) }},
		{name: "random offsets, warm", ratio: 0.70, cpu: 1.6, args: append(slices.Clone(b.listing), "--list-cache", "512"), warm: all, load: random},
		{name: "random offsets, warm, with the cache of the default size", args: b.listing, warm: all, load: random},
		{name: fmt.Sprintf("cold pages of %s accounts", count(smallAccounts(b.main))), ratio: 0.40, cpu: 2.8, args: b.listing, rounds: 9,
			warm: func(s signer, port int) load { return small(s, port, 0) },
			load: func(s signer, port, round int) load { return small(s, port, round+1) }},
		{name: fmt.Sprintf("first requests of %s accounts", count(smallAccounts(b.main))), args: b.listing, restart: true,
			load: func(s signer, port, round int) load { return small(s, port, 0) }},
	}
	if b.quietLog != nil {
		logged := jobs[0]
		logged.name, logged.ratio, logged.cpu, logged.args = "the same ten pages, with a line of the log for each", 0, 0, []string{"--key-pool", "0"}
		jobs = append(jobs, logged)
	}
	return jobs
}

// pairs measures the bare handler and csrd in turn, with the same requests.
func (b *bench) pairs(j job, dir string, bare *process) (own, base *measured, err error) {
	own, base = &measured{}, &measured{}
	var server *process
	defer func() {
		if server != nil {
			if stopped := server.stop(); err == nil {
				err = stopped
			}
		}
	}()
	for round := range cmp.Or(j.rounds, b.rounds) {
		if server == nil || j.restart {
			if server != nil {
				if err := server.stop(); err != nil {
					return nil, nil, err
				}
			}
			if server, err = b.csrd(dir, j.args...); err != nil {
				return nil, nil, err
			}
			if err := quiet(server); err != nil {
				return nil, nil, err
			}
			if j.warm != nil {
				if _, err := j.warm(signer{server.host(), time.Now()}, server.port).run(); err != nil {
					return nil, nil, fmt.Errorf("warm up: %w", err)
				}
			}
		}
		l := j.load(signer{server.host(), time.Now()}, server.port, round)
		if err := base.measure(bare, toBare(l, bare)); err != nil {
			return nil, nil, err
		}
		l = j.load(signer{server.host(), time.Now()}, server.port, round)
		if err := own.measure(server, l); err != nil {
			return nil, nil, err
		}
		b.at("round %d: csrd %s req/s, bare %s", round+1, number(own.perSecond[round]), number(base.perSecond[round]))
	}
	b.clear()
	return own, base, nil
}

// toBare is the load for the bare handler, which always answers the same.
func toBare(l load, bare *process) load {
	next := l.next
	l.port = bare.port
	l.next = func() request {
		r := next()
		r.prefix = []byte(`{"Response":{"Total":`)
		return r
	}
	return l
}

// sample is the body of an answer of csrd, for the bare handler: that of a page
// whose length is the middle of eleven. It is checked whole.
func (b *bench) sample(dir string) ([]byte, error) {
	server, err := b.csrd(dir)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	big := find(bigUin, b.main, b.main, filter{})
	bodies := make([][]byte, 11)
	for i, offset := range offsets(len(bodies), b.main) {
		if bodies[i], err = server.page(big, filter{}, offset, pageSize); err != nil {
			return nil, err
		}
	}
	return middle(bodies), nil
}

// page asks for one page and checks each of its items.
func (p *process) page(of *found, f filter, offset, limit int64) ([]byte, error) {
	l := load{port: p.port, clients: 1, requests: 1}
	var body []byte
	l.next = func() request { return signer{p.host(), time.Now()}.list(of, f, offset, limit) }
	l.seen = func(answer []byte) error {
		body = bytes.Clone(answer)
		return checkPage(body, of, offset, limit)
	}
	_, err := l.run()
	return body, err
}

// checkPage compares an answer with what was seeded.
func checkPage(body []byte, of *found, offset, limit int64) error {
	var answer struct {
		Response struct {
			Total int64
			Set   []struct{ Id int64 }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if answer.Response.Total != of.total() {
		return fmt.Errorf("the Total is %d and should be %d", answer.Response.Total, of.total())
	}
	if want := min(limit, of.total()-offset); int64(len(answer.Response.Set)) != want {
		return fmt.Errorf("the page at %d has %d CSRs and should have %d", offset, len(answer.Response.Set), want)
	}
	for i, item := range answer.Response.Set {
		if want := of.id(offset + int64(i)); item.Id != want {
			return fmt.Errorf("behind %d CSRs comes the id %d and should be %d", offset+int64(i), item.Id, want)
		}
	}
	return nil
}
