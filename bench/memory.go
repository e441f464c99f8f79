package main

import (
	"fmt"
	"time"
)

// memoryLimit is the most anonymous memory that csrd may have, in MiB.
const memoryLimit = 256

// loadedFor is how many windows the memory is looked at under load.
const loadedFor = 5

func (b *bench) memoryStage() (*section, error) {
	s := &section{
		Title: "Memory",
		Text: []string{
			fmt.Sprintf("Anonymous resident memory (RssAnon of /proc/PID/status) of the server, with its defaults but for `--rate-limit 0`: once ready and with RSA keys made ahead, and the most that it had while %d connections asked for random pages under every filter, "+
				"and of all small accounts, for %s s.", clients, number((loadedFor * b.window).Seconds())),
		},
		Tables: []table{{Head: []string{"CSRs", "ready MiB", "most under load MiB", "answers"}}},
	}
	bars := plot{File: "perf-memory", Title: "Most anonymous memory under load", Kind: barPlot, YLabel: "MiB", Series: []series{{Name: "MiB"}}}
	for _, size := range b.sizes {
		ready, most, answers, err := b.memory(size)
		if err != nil {
			return nil, fmt.Errorf("%s CSRs: %w", count(size), err)
		}
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{count(size), number(ready), number(most), fmt.Sprint(answers)})
		bars.Labels, bars.Series[0].Y = append(bars.Labels, count(size)), append(bars.Series[0].Y, most)
		if size == b.sizes[len(b.sizes)-1] {
			s.Goals = []goal{{What: "anonymous memory at " + count(size) + " CSRs under load", Value: most, Unit: " MiB", Bound: memoryLimit, Most: true}}
		}
	}
	s.Plots = []plot{bars}
	return s, nil
}

func (b *bench) memory(size int64) (ready, most float64, answers int, err error) {
	dir, err := b.seeder.folder(b.ctx, size)
	if err != nil {
		return 0, 0, 0, err
	}
	p, err := b.csrd(dir, b.quietLog...)
	if err != nil {
		return 0, 0, 0, err
	}
	defer p.stop()
	mib := func() (float64, error) {
		n, err := p.anonymous()
		return float64(n) / (1 << 20), err
	}
	if err := quiet(p); err != nil {
		return 0, 0, 0, err
	}
	signed := signer{p.host(), time.Now()}
	var requests []request
	for _, f := range filters {
		of := find(bigUin, size, size, f)
		for _, offset := range offsets(b.throughput, of.total()) {
			requests = append(requests, signed.list(of, f, offset, pageSize))
		}
	}
	for account := range smallAccounts(size) {
		requests = append(requests, signed.list(find(firstSmall+account, smallRows, size, filter{}), filter{}, 0, pageSize))
	}
	if ready, err = mib(); err != nil { // with the keys made ahead
		return 0, 0, 0, err
	}
	type end struct {
		out *outcome
		err error
	}
	ended := make(chan end, 1)
	pages := newPool(requests)
	go func() {
		out, err := load{port: p.port, clients: clients, next: pages.any, time: loadedFor * b.window}.run()
		ended <- end{out, err}
	}()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var wrong error
	for {
		select {
		case <-tick.C:
			now, err := mib()
			if err != nil {
				wrong = err
			}
			most = max(most, now)
			b.at("%s CSRs: %s MiB", count(size), number(now))
		case e := <-ended:
			b.clear()
			if e.err != nil || wrong != nil {
				return 0, 0, 0, fmt.Errorf("%v %v", e.err, wrong)
			}
			return ready, most, e.out.answers, nil
		}
	}
}
