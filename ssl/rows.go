package ssl

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"csrd/csr"
)

// Rows keeps rows of lists as they are sent, in bounded memory: to read and to
// encode them is most of what a list costs, and they rarely change. What it
// keeps holds for one version of the owner's CSRs, which is asked for each time.
// It is safe for concurrent use.
type Rows struct {
	most int // bytes of each generation

	mu              sync.Mutex
	current, before map[blockKey]*block // generations: what is not used again goes with the second
	size            int                 // bytes of current
}

// NewRows returns Rows of at most so many bytes.
func NewRows(most int64) *Rows {
	return &Rows{most: int(most / 2), current: map[blockKey]*block{}}
}

// blockSize is how many rows are kept together: a page of the usual size, at
// the usual place, is one block.
const blockSize = 10

// blockKey names the rows from place n*blockSize on of what a filter finds.
type blockKey struct {
	owner  csr.Owner
	filter csr.Filter
	n      int64
}

// block holds encoded rows.
type block struct {
	version int64 // of the owner's CSRs
	total   int64 // that the filter finds
	text    []byte
	ends    []int32 // of each row in text; a comma follows, but for the last
}

// blockOverhead is about what a block takes besides its text.
const blockOverhead = 250

func (b *block) weight() int { return len(b.text) + blockOverhead }

// rows returns the rows from the place i on, to the place j excluded, joined by
// commas. There is at least one.
func (b *block) rows(i, j int64) []byte {
	start := int32(0)
	if i > 0 {
		start = b.ends[i-1] + 1
	}
	return b.text[start:b.ends[j-1]]
}

// whole returns the page widened to whole blocks.
func whole(page csr.Page) csr.Page {
	if page.Limit == 0 {
		return page
	}
	before := page.Offset % blockSize
	return csr.Page{Offset: page.Offset - before, Limit: (before + page.Limit + blockSize - 1) / blockSize * blockSize}
}

// get returns the blocks of a page that was widened, where all that it has are
// kept and of one version.
func (r *Rows) get(owner csr.Owner, filter csr.Filter, page csr.Page) []*block {
	if r == nil {
		return nil
	}
	blocks := make([]*block, 0, page.Limit/blockSize)
	r.mu.Lock()
	defer r.mu.Unlock()
	for at := page.Offset; at < page.Offset+page.Limit; at += blockSize {
		if len(blocks) > 0 && at >= blocks[0].total {
			break
		}
		key := blockKey{owner, filter, at / blockSize}
		b, ok := r.current[key]
		if !ok {
			if b, ok = r.before[key]; !ok {
				return nil
			}
			r.keep(key, b)
		}
		if len(blocks) > 0 && b.version != blocks[0].version {
			return nil
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// put keeps blocks, the first at an offset.
func (r *Rows) put(owner csr.Owner, filter csr.Filter, offset int64, blocks []*block) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, b := range blocks {
		r.keep(blockKey{owner, filter, offset/blockSize + int64(i)}, b)
	}
}

// encode encodes what a store answered for a page that was widened, with times
// in a zone.
func encode(listing csr.Listing, zone *time.Location) []*block {
	var blocks []*block
	for records := range slices.Chunk(listing.Records, blockSize) {
		b := &block{version: listing.Version, total: listing.Total, ends: make([]int32, 0, len(records))}
		text := make([]byte, 0, 512*len(records))
		for i := range records {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendItem(text, &records[i], zone)
			b.ends = append(b.ends, int32(len(text)))
		}
		b.text = bytes.Clone(text) // no larger than it has to be
		blocks = append(blocks, b)
	}
	return blocks
}

// keep is called with the lock held.
func (r *Rows) keep(key blockKey, b *block) {
	if b.weight() > r.most {
		return
	}
	if r.size+b.weight() > r.most {
		r.before, r.current, r.size = r.current, map[blockKey]*block{}, 0
	}
	if old, ok := r.current[key]; ok {
		r.size -= old.weight()
	}
	r.current[key] = b
	r.size += b.weight()
}
