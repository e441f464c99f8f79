package cli

import (
	"context"
	"log/slog"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/front"
	"csrd/internal/recorder"
	"csrd/internal/sqlstore"
	"csrd/inventory"
	"csrd/ssl"

	"github.com/google/uuid"
)

// How many refused signatures an address is told in a second for each SecretId,
// and how long the answer to one more is held back.
const (
	failuresPerSecond = 10
	refusalDelay      = time.Second
)

// wired is a server put together.
type wired struct {
	api       *front.API
	keys      *cam.Keyring
	generator *csr.Generator

	auditKeys    *audit.Keys
	auditMetrics *recorder.Metrics
}

// wire puts a server together: the actions and what they work on, behind the
// one door with all that watches it, behind HTTP.
func wire(set *serveSetting, checked *checkedSetting, store *sqlstore.Store, sealer csr.Sealer, limiter *rateLimit, log *slog.Logger) *wired {
	w := &wired{
		keys: cam.NewKeyring(store, sealer), generator: csr.NewGenerator(checked.algorithms, set.ahead()),
		auditKeys: audit.NewKeys(store, sealer), auditMetrics: recorder.NewMetrics(),
	}
	w.generator.SubjectOU, w.generator.SubjectEmail = set.subjectOU, set.subjectEmail
	dispatcher := action.NewDispatcher(
		ssl.Table().Bind(&ssl.Service{
			Store: store, Sealer: sealer, Generator: w.generator, Rows: ssl.NewRows(set.listCacheBytes()), Zone: checked.zone,
			RetainDeleted: set.deletedRetention > 0, Strict: set.strict,
		}),
		inventory.Table().Bind(&inventory.Service{Store: store, Sealer: sealer, Generator: w.generator, Zone: checked.zone}))
	dispatcher.Limiter = limiter
	dispatcher.Authorizer = cam.NewAuthority(store)
	if set.readOnly {
		dispatcher.Authorizer = readOnly{dispatcher.Authorizer}
	}
	dispatcher.Recorder = recorder.New(store, w.auditKeys, checked.recordedLists, w.auditMetrics)
	metrics := front.NewMetrics()
	metrics.Register(newKeyMetrics(w.generator))
	metrics.Register(w.auditMetrics)
	if limiter.shared != nil {
		metrics.Register(limiter.shared)
	}
	w.api = front.NewAPI(front.Settings{
		Dispatcher:          dispatcher,
		Keys:                w.keys,
		Tokens:              cam.NewTokens(store, sealer, w.keys),
		Log:                 log,
		Quiet:               !set.logRequests,
		Metrics:             metrics,
		RequireSignedAction: set.requireSignedAction,
		BindSignatures:      set.bindSignatures,
		FailuresPerSecond:   failuresPerSecond,
		RefusalDelay:        refusalDelay,
		TrustedProxies:      checked.trusted,
		Now:                 time.Now,
		NewRequestID:        uuid.NewString,
	})
	return w
}

// actAs returns a context whose changes are recorded as those of an actor, and
// counted among the server's entries.
func (w *wired) actAs(ctx context.Context, actor audit.Actor, name string) context.Context {
	return actsAs(ctx, w.auditKeys, actor, name, w.auditMetrics.Entry)
}
