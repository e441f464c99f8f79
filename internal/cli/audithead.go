package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// keptHead is a line of `csrd audit head`.
type keptHead struct {
	Account csr.Owner `json:",string"`
	Seq     int64
	Mac     audit.MAC
}

func auditHeadCommand(s streams, place *storePlace) *cobra.Command {
	return &cobra.Command{
		Use:   "head",
		Short: "Print the end of each chain, to be kept elsewhere",
		Long: `Print the end of the chain of each account, a line of JSON each, with Account, Seq (of its last
entry) and Mac (its HMAC). Kept where whoever can write the store cannot, it lets
"csrd audit verify --head" find that the store was put back to before.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				owners, err := store.Chains(cmd.Context())
				if err != nil {
					return err
				}
				enough := errors.New("enough")
				for _, owner := range owners {
					err := store.ReadChain(cmd.Context(), owner, func(c audit.Chain) error {
						if c.Head == nil || c.Head.Seq == 0 {
							return enough
						}
						line, err := json.Marshal(keptHead{owner, c.Head.Seq, c.Head.MAC})
						if err != nil {
							return err
						}
						_, err = fmt.Fprintf(s.out, "%s\n", line)
						return errors.Join(err, enough)
					}, nil)
					if err != nil && !errors.Is(err, enough) {
						return err
					}
				}
				return nil
			})
		},
	}
}

// readHeads reads what `csrd audit head` printed, once or more often.
func readHeads(file string) (kept []audit.Kept, err error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--head: %w", err)
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var head keptHead
		if err := json.Unmarshal(line, &head); err != nil || head.Seq < 1 {
			return nil, fmt.Errorf("--head: line %d of %s is not of `csrd audit head`: %w", number, file, errors.Join(err, errNoHead))
		}
		kept = append(kept, audit.Kept{Owner: head.Account, Seq: head.Seq, MAC: head.Mac})
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("--head: %s is empty: it has nothing to compare with", file)
	}
	return kept, nil
}

var errNoHead = errors.New("it is JSON with Account, Seq and Mac")
