package main

import (
	"bytes"
	"fmt"
	"time"
)

// walkPage is how many CSRs a walk asks for at once: the most that csrd gives.
const walkPage = 100

// longestSigned is for how long a signed request is used: csrd takes it for
// five minutes.
const longestSigned = 4 * time.Minute

// walk asks for all pages of an account's list, one after the other.
func walk(p *process, of *found, check func(body []byte, offset int64) error) (*outcome, error) {
	s := signer{p.host(), time.Now()}
	var requests []request
	for offset := int64(0); offset < of.total(); offset += walkPage {
		requests = append(requests, s.list(of, filter{}, offset, walkPage))
	}
	offset := int64(0)
	out, err := load{port: p.port, clients: 1, next: newPool(requests).inTurn, requests: len(requests), seen: func(body []byte) error {
		err := check(body, offset)
		offset += walkPage
		return err
	}}.run()
	if err == nil && time.Since(s.at) > longestSigned {
		return nil, fmt.Errorf("a walk took longer than the %v that its signatures hold", longestSigned)
	}
	return out, err
}

var startOfItem = []byte(`{"Id":`)

// countItems is a check that costs little: the page begins with the right CSR,
// which the load itself checks, and has as many as it should.
func countItems(of *found) func([]byte, int64) error {
	return func(body []byte, offset int64) error {
		if got, want := int64(bytes.Count(body, startOfItem)), min(walkPage, of.total()-offset); got != want {
			return fmt.Errorf("the page at %d has %d CSRs and should have %d", offset, got, want)
		}
		return nil
	}
}

func (b *bench) walkStage() (*section, error) {
	seconds := map[int64][]float64{}
	var servers []*process
	var lists []*found
	defer func() {
		for _, p := range servers {
			_ = p.stop() // a failure has been returned already, or nothing is lost
		}
	}()
	for _, size := range b.walks {
		p, err := b.list(size)
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
		of := find(bigUin, size, size, filter{})
		lists = append(lists, of)
		b.at("checking each of %s CSRs", count(size))
		if _, err := walk(p, of, func(body []byte, offset int64) error { return checkPage(body, of, offset, walkPage) }); err != nil {
			return nil, fmt.Errorf("%s CSRs: %w", count(size), err)
		}
	}
	if err := quiet(servers...); err != nil {
		return nil, err
	}
	s := &section{
		Title: "A walk through the whole list",
		Text: []string{
			fmt.Sprintf("One client asks for all CSRs of an account by pages of %d, one after the other. Before the timed walks every CSR was compared with what was seeded; "+
				"in them each page's Total, first CSR and number of CSRs. %d rounds in turn, medians.", walkPage, b.rounds),
			b.settings(),
		},
		Tables: []table{{Head: []string{"CSRs", "requests", "s", "µs for each request"}}},
	}
	for round := range b.rounds {
		for i, size := range b.walks {
			out, err := walk(servers[i], lists[i], countItems(lists[i]))
			if err != nil {
				return nil, fmt.Errorf("%s CSRs: %w", count(size), err)
			}
			seconds[size] = append(seconds[size], out.elapsed.Seconds())
			b.at("round %d: %s CSRs in %s s", round+1, count(size), number(out.elapsed.Seconds()))
		}
	}
	b.clear()
	for _, size := range b.walks {
		pages := float64(size) / walkPage
		took := median(seconds[size])
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{count(size), count(int64(pages)), number(took), number(took / pages * 1e6)})
	}
	short, long := b.walks[0], b.walks[len(b.walks)-1]
	s.Goals = []goal{{
		What:  fmt.Sprintf("time of a walk through %s CSRs in that through %s", count(long), count(short)),
		Value: median(ratios(seconds[long], seconds[short])), Bound: 1.1 * float64(long) / float64(short), Most: true,
	}}
	return s, nil
}
