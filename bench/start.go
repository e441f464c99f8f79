package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"csrd/internal/sqlstore"

	"golang.org/x/sys/unix"
)

func (b *bench) startStage() (*section, error) {
	s := &section{
		Title: "Start",
		Text: []string{
			fmt.Sprintf("From the start of the process until /readyz answers, and then the first page of the large account, asked for once; medians of %d starts. "+
				"Warm: the database's file is in the system's page cache. Cold: it was dropped from it before the start. csrd ran with its defaults.", b.rounds),
		},
		Tables: []table{{Head: []string{"CSRs", "file MiB", "ready ms, warm", "first page ms, warm", "ready ms, cold", "first page ms, cold"}}},
	}
	for _, size := range b.sizes {
		dir, err := b.seeder.folder(b.ctx, size)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, sqlstore.DatabaseName)
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		row := []string{count(size), number(float64(info.Size()) / (1 << 20))}
		for _, cold := range []bool{false, true} {
			var ready, first []float64
			for range b.rounds {
				if cold {
					if err := evict(file); err != nil {
						return nil, err
					}
				}
				p, err := b.csrd(dir)
				if err != nil {
					return nil, err
				}
				began := time.Now()
				_, err = p.page(find(bigUin, size, size, filter{}), filter{}, 0, pageSize)
				took := time.Since(began)
				if stopped := p.stop(); err == nil {
					err = stopped
				}
				if err != nil {
					return nil, fmt.Errorf("%s CSRs: %w", count(size), err)
				}
				ready, first = append(ready, milliseconds(p.ready)), append(first, milliseconds(took))
			}
			row = append(row, number(median(ready)), number(median(first)))
			if !cold {
				s.Goals = append(s.Goals, goal{What: "ready at " + count(size) + " CSRs", Value: median(ready), Unit: " ms", Bound: 1000, Most: true})
			}
			if !cold && size == b.sizes[len(b.sizes)-1] {
				s.Goals = append(s.Goals, goal{What: "first page at " + count(size) + " CSRs after the start", Value: median(first), Unit: " ms", Bound: 100, Most: true})
			}
		}
		s.Tables[0].Rows = append(s.Tables[0].Rows, row)
	}
	return s, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// evict has the system drop a file from its page cache.
func evict(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Sync(); err != nil { // what is not on the disk is not dropped
		return err
	}
	return unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
}
