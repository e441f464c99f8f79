package audit

import (
	"context"
	"errors"
	"fmt"

	"csrd/csr"
)

// maxFaults is how many faults of a chain are told; after the first, others
// often follow from it.
const maxFaults = 20

// Fault is what is wrong with a chain, and where.
type Fault struct {
	Owner  csr.Owner
	Seq    int64 // of the entry; of the first one where some are missing; 0 for none
	Reason string
}

// String is the fault for a person.
func (f Fault) String() string {
	where := "account " + f.Owner.String()
	if f.Owner == System {
		where = "the system's record"
	}
	if f.Seq > 0 {
		where += fmt.Sprintf(", entry %d", f.Seq)
	}
	return where + ": " + f.Reason
}

// Report is what the verification of a chain found.
type Report struct {
	Owner   csr.Owner
	Seq     int64 // of the last entry
	Entries int64 // that were read
	Pruned  int64 // up to which entry the chain was pruned; 0 for none
	Faults  []Fault
	More    int // faults that are not told
}

func (r *Report) fault(seq int64, format string, args ...any) {
	if len(r.Faults) == maxFaults {
		r.More++
		return
	}
	r.Faults = append(r.Faults, Fault{r.Owner, seq, fmt.Sprintf(format, args...)})
}

// Kept is the end of a chain that was kept elsewhere.
type Kept struct {
	Owner csr.Owner
	Seq   int64
	MAC   MAC
}

// Verify reads the chain of an account and checks every entry of it, its head
// and its stub, and that it goes on from what was kept elsewhere. What is wrong
// is in the report; an error says that the store or the key cannot be read.
func Verify(ctx context.Context, store Store, keys *Keys, owner csr.Owner, kept ...Kept) (*Report, error) {
	return walk(ctx, store, keys, owner, kept, nil)
}

// walk verifies a chain and calls each, if not nil, with every entry.
func walk(ctx context.Context, store Store, keys *Keys, owner csr.Owner, kept []Kept, each func(*Entry)) (*Report, error) {
	key, err := keys.Find(ctx, owner)
	noKey := errors.Is(err, ErrNoChain)
	if err != nil && !noKey {
		return nil, err
	}
	v := &verification{report: &Report{Owner: owner}, key: key, kept: kept, noKey: noKey}
	err = store.ReadChain(ctx, owner, v.begin, func(e *Entry) error {
		v.entry(e)
		if each != nil {
			each(e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.end()
	return v.report, nil
}

// verification walks along a chain.
type verification struct {
	report *Report
	key    Key
	noKey  bool
	kept   []Kept
	chain  Chain
	seq    int64 // of the entry before, and
	mac    MAC   // its MAC, as the store has it
	broken bool  // the entry before is missing: what follows cannot be checked against it
}

func (v *verification) begin(c Chain) error {
	v.chain = c
	r := v.report
	switch {
	case v.noKey || c.Head == nil:
		v.noKey = true
	case !v.key.Sealed(*c.Head):
		r.fault(0, "the head of the chain was altered")
	}
	if s := c.Stub; s != nil && !v.noKey {
		if !s.Seal.Equal(v.key.stub(*s)) {
			r.fault(0, "the stub of the pruned entries up to %d is not one that `csrd audit prune` signed off", s.Seq)
		}
		v.seq, v.mac, r.Pruned, r.Seq = s.Seq, s.MAC, s.Seq, s.Seq
		v.compare()
	}
	return nil
}

func (v *verification) entry(e *Entry) {
	r := v.report
	r.Entries++
	if v.noKey {
		return
	}
	switch {
	case e.Seq <= v.seq:
		r.fault(e.Seq, "inserted: the entries up to %d were pruned", v.seq)
		return
	case e.Seq == v.seq+2:
		r.fault(v.seq+1, "missing")
		v.broken = true
	case e.Seq > v.seq+1:
		r.fault(v.seq+1, "missing, with all up to entry %d", e.Seq-1)
		v.broken = true
	}
	if !v.broken && !e.MAC.Equal(v.key.entry(e, v.mac)) {
		r.fault(e.Seq, "altered, moved or inserted: its HMAC is not that of this entry after the one before")
	}
	v.broken = false
	v.seq, v.mac = e.Seq, e.MAC
	r.Seq = e.Seq
	v.compare()
}

// compare compares the entry that the walk is at with what was kept of it.
func (v *verification) compare() {
	for _, k := range v.kept {
		if k.Seq == v.seq && !k.MAC.Equal(v.mac) {
			v.report.fault(k.Seq, "not the one whose head was kept: the chain was replaced by another from there or before")
		}
	}
}

func (v *verification) end() {
	r := v.report
	if v.noKey {
		if r.Entries > 0 || v.chain.Stub != nil {
			r.fault(0, "the chain has entries and no head: it was removed")
		}
	} else {
		head := v.chain.Head
		switch {
		case head.Seq == v.seq+1:
			r.fault(head.Seq, "missing: it was the last that was written")
		case head.Seq > v.seq:
			r.fault(v.seq+1, "missing, with all up to entry %d, the last that was written", head.Seq)
		case head.Seq < v.seq:
			r.fault(head.Seq+1, "inserted: entry %d is the last that was written", head.Seq)
		case !head.MAC.Equal(v.mac):
			r.fault(head.Seq, "not the one that the head was written for")
		}
	}
	for _, k := range v.kept {
		if k.Seq > v.seq {
			r.fault(v.seq+1, "missing, with all up to entry %d, whose head was kept: the tail was cut, or an older copy of the store put back", k.Seq)
		}
	}
}
