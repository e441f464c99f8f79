package audit

import (
	"context"
	"time"

	"csrd/csr"
)

// Prune removes the entries of a chain before the first that is not older than
// a time, a batch in each transaction, and leaves a stub that signs them off.
// Nothing is removed from a chain that does not verify: the report says why.
// The context carries a pending entry, which the chain gets with each batch.
func Prune(ctx context.Context, store Store, keys *Keys, owner csr.Owner, before, now time.Time, batch int64) (pruned int64, report *Report, err error) {
	var stubs []Stub // of the last entry of each batch
	total, young := int64(0), false
	report, err = walk(ctx, store, keys, owner, nil, func(e *Entry) {
		young = young || !e.Time.Before(before)
		if young {
			return
		}
		if total%batch == 0 {
			stubs = append(stubs, Stub{Time: now.Truncate(time.Microsecond)})
		}
		total++
		stubs[len(stubs)-1].Seq, stubs[len(stubs)-1].MAC = e.Seq, e.MAC
	})
	if err != nil || len(report.Faults) > 0 || len(stubs) == 0 {
		return 0, report, err
	}
	key, err := keys.Find(ctx, owner)
	if err != nil {
		return 0, report, err
	}
	for _, stub := range stubs {
		if err := store.Prune(ctx, owner, key.sign(stub)); err != nil {
			return pruned, report, err
		}
		pruned = min(pruned+batch, total)
	}
	return pruned, report, nil
}
