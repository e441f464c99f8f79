package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"csrd/internal/seal"
	"csrd/internal/sqlstore"
	"csrd/internal/vault"

	"github.com/jedib0t/go-pretty/v6/table"
)

// What a master key is used for.
const (
	useActive   = "active"   // wraps new data keys
	usePrevious = "previous" // is being replaced by the active one
	useUnused   = "unused"   // given, and wraps nothing
	useStray    = "stray"    // wraps data keys and should not
)

type masterKeyStatus struct {
	Rotating   bool
	MasterKeys []statusKey
	Servers    []statusServer
	Next       string // what is to be done
}

type statusKey struct {
	ID            string           `json:"Id"`
	GivenAs       string           // "" where it is not given to this command
	Use           string           // one of the uses above
	DataKeys      int64            // how many it wraps
	VaultVersions map[string]int64 `json:",omitempty"` // these, by the version of the key in Vault
}

type statusServer struct {
	ID         string `json:"Id"`
	Started    time.Time
	LastSeen   time.Time
	Gone       bool // it is so long not seen that it does not count
	MasterKeys []string
}

func showMasterKeys(ctx context.Context, s streams, store *sqlstore.Store, set *masterKeySetting, data string, asJSON bool) error {
	sources, err := set.sources(data)
	if err != nil {
		return err
	}
	if _, err := sources.read(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(s.err, "csrd: %v\n", err)
	}
	status, err := readStatus(ctx, store, sources)
	if err != nil {
		return err
	}
	if asJSON {
		text, err := json.Marshal(status)
		if err != nil {
			return err
		}
		return printJSON(s, text)
	}
	status.render(s)
	return nil
}

func readStatus(ctx context.Context, store seal.RotationStore, sources *keySources) (*masterKeyStatus, error) {
	state, err := store.Rotation(ctx)
	if err != nil {
		return nil, err
	}
	usage, err := seal.Use(ctx, store, func(k seal.DataKey) string {
		version, _ := vault.Version(k.Payload())
		return version
	})
	if err != nil {
		return nil, err
	}
	servers, err := store.Servers(ctx)
	if err != nil {
		return nil, err
	}
	status := &masterKeyStatus{Rotating: state.Rotating(), MasterKeys: []statusKey{}, Servers: []statusServer{}}
	var missing []string
	for _, id := range keyIDs(state, usage, sources) {
		key := statusKey{ID: id.String(), GivenAs: sources.nameOf(id), Use: useUnused, DataKeys: usage.Count(id)}
		switch {
		case id == state.Active:
			key.Use = useActive
		case id == state.Previous:
			key.Use = usePrevious
		case key.DataKeys > 0:
			key.Use = useStray
		}
		versions := maps.Clone(usage[id])
		delete(versions, "")
		key.VaultVersions = versions
		if key.GivenAs == "" && (key.Use == useActive || key.DataKeys > 0) {
			missing = append(missing, key.ID)
		}
		status.MasterKeys = append(status.MasterKeys, key)
	}
	for _, server := range servers {
		shown := statusServer{ID: server.ID, Started: server.Started, LastSeen: server.Seen, Gone: time.Since(server.Seen) > seal.GoneAfter}
		for _, id := range server.KEKs {
			shown.MasterKeys = append(shown.MasterKeys, id.String())
		}
		status.Servers = append(status.Servers, shown)
	}
	status.Next = status.whatNext(state, sources, missing)
	return status, nil
}

// keyIDs are the ids of all master keys that are known of: the active one
// first, then the one being replaced, what else is in use, and what is given.
func keyIDs(state seal.Rotation, usage seal.Usage, sources *keySources) (ids []seal.KeyID) {
	used := slices.SortedFunc(maps.Keys(usage), func(a, b seal.KeyID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Concat([]seal.KeyID{state.Active, state.Previous}, used, idsOf(sources.keys())) {
		if id != (seal.KeyID{}) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *masterKeyStatus) whatNext(state seal.Rotation, sources *keySources, missing []string) string {
	current, next := sources.current.key, sources.next.key
	switch {
	case len(missing) > 0:
		return fmt.Sprintf("give the master key %s too, as to csrd serve: without it the secrets do not open", strings.Join(missing, " and "))
	case state.Active == seal.KeyID{}:
		return "nothing is sealed yet: the first start of csrd serve takes the master key that it is given"
	case state.Rotating():
		return "run `csrd master-key rotate`, which goes on where it was cut off; until then csrd serve needs both master keys"
	case next != nil && next.ID() == state.Active && current != nil && current.ID() != state.Active:
		if sources.next.path == sources.current.path+nextSuffix {
			return "the rotation is over: run `csrd master-key rotate` once more, which puts the new file in the place of the old one"
		}
		return fmt.Sprintf("the rotation is over: give csrd %s as the master key, and no next one", sources.next.name)
	case next != nil && next.ID() != state.Active:
		for _, server := range m.Servers {
			if !server.Gone && !slices.Contains(server.MasterKeys, next.ID().String()) {
				return fmt.Sprintf("csrd %s does not know the next master key yet: restart it with the next master key given; then run `csrd master-key rotate`", server.ID)
			}
		}
		return "run `csrd master-key rotate` to replace the active master key by the next one"
	}
	return "nothing is to be done; `csrd master-key rotate` replaces the master key"
}

func (m *masterKeyStatus) render(s streams) {
	if len(m.MasterKeys) > 0 {
		var rows []table.Row
		for _, k := range m.MasterKeys {
			given := k.GivenAs
			if given == "" {
				given = "(not given)"
			}
			count := fmt.Sprint(k.DataKeys)
			for _, version := range slices.Sorted(maps.Keys(k.VaultVersions)) {
				count += fmt.Sprintf(", %s: %d", version, k.VaultVersions[version])
			}
			rows = append(rows, table.Row{k.ID, k.Use, count, given})
		}
		renderTable(s.out, table.Row{"MASTER KEY", "USE", "DATA KEYS", "GIVEN AS"}, rows)
	}
	if len(m.Servers) > 0 {
		var rows []table.Row
		for _, server := range m.Servers {
			seen := server.LastSeen.Local().Format(time.DateTime + " MST")
			if server.Gone {
				seen += " (gone)"
			}
			rows = append(rows, table.Row{server.ID, server.Started.Local().Format(time.DateTime), seen, strings.Join(server.MasterKeys, " ")})
		}
		fmt.Fprintln(s.out)
		renderTable(s.out, table.Row{"SERVER", "STARTED", "LAST SEEN", "KNOWS"}, rows)
	} else {
		fmt.Fprintln(s.out, "\nNo server runs.")
	}
	rotating := "No rotation is under way."
	if m.Rotating {
		rotating = "A rotation is under way."
	}
	fmt.Fprintf(s.out, "\n%s Next: %s.\n", rotating, m.Next)
}
