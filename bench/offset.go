package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// place is where in a list pages are asked for.
type place struct {
	name   string
	offset func(total int64, random *rand.Rand) int64
}

// near is how far from its place a page is at most, so that not one page alone
// is measured.
const near = 1000

var places = []place{
	{"first", func(total int64, r *rand.Rand) int64 { return r.Int64N(min(near, total-pageSize+1)) }},
	{"middle", func(total int64, r *rand.Rand) int64 {
		from := max(0, total/2-near/2)
		return from + r.Int64N(min(near, total-from-pageSize+1))
	}},
	{"last", func(total int64, r *rand.Rand) int64 {
		return total - pageSize - r.Int64N(min(near, total-pageSize+1))
	}},
	{"anywhere", func(total int64, r *rand.Rand) int64 { return r.Int64N(total - pageSize + 1) }},
}

// Pages that are drawn for a place: few near one, so that they are asked for
// again and again; anywhere so many that most are asked for once.
const (
	pagesNear     = 100
	pagesAnywhere = 5000
)

// cell is one of what is compared: a size, a filter and a place.
type cell struct {
	server  *process
	size    int64
	found   *found
	filter  filter
	place   place
	p50     []float64 // of one client, by round
	p50Rate []float64 // at half the capacity
	p99Rate []float64
}

func (c *cell) pool(round int) *pool {
	random := rand.New(rand.NewPCG(7, uint64(round)))
	n := pagesNear
	if c.place.name == "anywhere" {
		n = pagesAnywhere
	} else {
		random = rand.New(rand.NewPCG(7, 7)) // the same pages in each round
	}
	s := signer{c.server.host(), time.Now()}
	requests := make([]request, n)
	for i := range requests {
		requests[i] = s.list(c.found, c.filter, c.place.offset(c.found.total(), random), pageSize)
	}
	return newPool(requests)
}

func (b *bench) offsetStage() (*section, error) {
	var cells []*cell
	var servers []*process
	defer func() {
		for _, p := range servers {
			_ = p.stop() // a failure has been returned already, or nothing is lost
		}
	}()
	for _, size := range b.sizes {
		p, err := b.list(size)
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
		for _, f := range filters {
			of := find(bigUin, size, size, f)
			for _, place := range places {
				cells = append(cells, &cell{server: p, size: size, found: of, filter: f, place: place})
			}
			for _, offset := range []int64{0, of.total() / 2, of.total() - pageSize} {
				if _, err := p.page(of, f, offset, pageSize); err != nil {
					return nil, fmt.Errorf("%s CSRs, filter %s: %w", count(size), f, err)
				}
			}
		}
	}
	if err := quiet(servers...); err != nil {
		return nil, err
	}
	rate, err := b.halfCapacity(cells)
	if err != nil {
		return nil, err
	}
	for round := range b.rounds {
		for i, c := range cells {
			if err := c.measure(round, rate, b.window/4); err != nil {
				return nil, fmt.Errorf("%s CSRs, filter %s, %s: %w", count(c.size), c.filter, c.place.name, err)
			}
			b.at("round %d of %d, %d of %d", round+1, b.rounds, i+1, len(cells))
		}
	}
	b.clear()
	return b.offsetSection(cells, rate), nil
}

func (c *cell) measure(round int, rate float64, window time.Duration) error {
	pages := c.pool(round)
	out, err := load{port: c.server.port, clients: 1, next: pages.inTurn, time: window}.run()
	if err != nil {
		return err
	}
	c.p50 = append(c.p50, out.p50())
	if out, err = (load{port: c.server.port, clients: 64, next: pages.inTurn, time: window, rate: rate}).run(); err != nil {
		return err
	}
	c.p50Rate, c.p99Rate = append(c.p50Rate, out.p50()), append(c.p99Rate, out.p99())
	return nil
}

// halfCapacity is half of what the slowest of the servers answers at random
// offsets.
func (b *bench) halfCapacity(cells []*cell) (float64, error) {
	var least float64
	for _, c := range cells {
		if c.place.name != "anywhere" || c.filter != (filter{}) {
			continue
		}
		out, err := load{port: c.server.port, clients: clients, next: c.pool(-1).any, time: b.window}.run()
		if err != nil {
			return 0, err
		}
		if least == 0 || out.perSecond() < least {
			least = out.perSecond()
		}
	}
	return least / 2, nil
}

func (b *bench) offsetSection(cells []*cell, rate float64) *section {
	largest, smallest := b.sizes[len(b.sizes)-1], b.sizes[0]
	at := func(size int64, f filter, place string) *cell {
		return cells[slices.IndexFunc(cells, func(c *cell) bool { return c.size == size && c.filter == f && c.place.name == place })]
	}
	s := &section{
		Title: "Latency over size and offset",
		Text: []string{
			fmt.Sprintf("Pages of %d of one account's list, in µs: p50 of one client that asks again after each answer; and p50 and p99 at %s requests a second, which is half of what the slowest of the sizes answers. "+
				"At that rate requests are sent when they are due, whatever the earlier ones take, and timed from then. "+
				"First, middle and last are %d pages within %d CSRs of there, asked for again and again; anywhere are %s random offsets, others in each round. "+
				"All sizes are served at once and measured in turn in %d rounds; a figure is the median of the rounds.",
				pageSize, number(rate), pagesNear, near, count(pagesAnywhere), b.rounds),
			"The filter Domain finds a third of all CSRs, EncryptAlgo three in five, both 2 in 15.",
			b.settings(),
		},
		Tables: []table{{Head: []string{"CSRs", "filter", "found", "page", "p50 of one", "p50 at the rate", "p99 at the rate"}}},
	}
	for _, c := range cells {
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{
			count(c.size), c.filter.String(), count(c.found.total()), c.place.name, number(median(c.p50)), number(median(c.p50Rate)), number(median(c.p99Rate)),
		})
	}
	for _, f := range filters {
		s.Goals = append(s.Goals, goal{
			What:  fmt.Sprintf("p50 on the last page in that on the first, %s CSRs, filter %s", count(largest), f),
			Value: median(ratios(at(largest, f, "last").p50, at(largest, f, "first").p50)), Bound: 1.5, Most: true,
		})
	}
	for _, place := range places {
		s.Goals = append(s.Goals, goal{
			What:  fmt.Sprintf("p50 at %s CSRs in that at %s, page %s", count(largest), count(smallest), place.name),
			Value: median(ratios(at(largest, filter{}, place.name).p50, at(smallest, filter{}, place.name).p50)), Bound: 1.3, Most: true,
		})
	}
	s.Plots = []plot{
		{File: "perf-offset", Title: "p50 of one client and p99 at the rate, over the offset, " + count(largest) + " CSRs", Kind: linePlot, Log: true, YLabel: "µs"},
		{File: "perf-size", Title: "p50 of one client and p99 at the rate, over the number of CSRs, last page", Kind: linePlot, Log: true, YLabel: "µs"},
	}
	for _, place := range places {
		s.Plots[0].Labels = append(s.Plots[0].Labels, place.name)
	}
	for _, size := range b.sizes {
		s.Plots[1].Labels = append(s.Plots[1].Labels, count(size))
	}
	for _, f := range filters {
		p50, p99 := series{Name: "p50, " + f.String()}, series{Name: "p99, " + f.String(), Dashed: true}
		for _, place := range places {
			c := at(largest, f, place.name)
			p50.Y, p99.Y = append(p50.Y, median(c.p50)), append(p99.Y, median(c.p99Rate))
		}
		s.Plots[0].Series = append(s.Plots[0].Series, p50, p99)
		p50.Y, p99.Y = nil, nil
		for _, size := range b.sizes {
			c := at(size, f, "last")
			p50.Y, p99.Y = append(p50.Y, median(c.p50)), append(p99.Y, median(c.p99Rate))
		}
		s.Plots[1].Series = append(s.Plots[1].Series, p50, p99)
	}
	return s
}
