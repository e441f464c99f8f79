package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/console"
	"csrd/internal/front"
	"csrd/internal/policy"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// drainTimeout is the time that requests under way have at a shutdown: more
// than they have in all, so that those that wait for their turn are answered.
const drainTimeout = front.RequestTimeout + 5*time.Second

func serveCommand(s streams) *cobra.Command {
	var set serveSetting
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API",
		Long: `Serve the API from a data directory, which is made where there is none, or from a
PostgreSQL, with --database, which several csrd may serve at the same time.

An empty store gets one root account with an access key. On a terminal the key is shown,
once; otherwise it is written to root-credentials in the data directory. To set it, put
` + envRootUin + `, ` + envRootSecretID + ` and ` + envRootSecretKey + ` into the environment.

Private keys, passwords and SecretKeys are sealed under a master key: 32 bytes, taken from
` + envMasterKey + ` (base64) or --master-key-file, or a key in HashiCorp Vault or OpenBao,
with --master-key-uri. Without any of them, the file master.key in the data directory is
used, and made at the first start. See "csrd master-key rotate" for how to replace it.

Besides the API, at every other path, the server answers /healthz, /readyz and /metrics,
and shows people the console at /console/ and the API Explorer at /explorer/. They are
clients of the API that run in the browser; --console=false leaves them out.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), &set, s) },
	}
	flags := cmd.Flags()
	set.addTo(flags)
	flags.IntVar(&set.connections, "database-connections", 0, fmt.Sprintf("connections to the database, at most; 0 for what pool_max_conns in its URL says, or else %d", sqlstore.DefaultConnections))
	flags.StringVar(&set.listen, "listen", "127.0.0.1:9402", "address and port to listen on")
	flags.StringVar(&set.tlsCert, "tls-cert", "", "PEM file of the TLS certificate and its chain; read again when it changes")
	flags.StringVar(&set.tlsKey, "tls-key", "", "PEM file of the TLS certificate's key")
	flags.BoolVar(&set.allowPlainHTTP, "allow-plain-http", false, "serve without TLS on an address that other machines can reach")
	set.masterKey.addTo(flags)
	flags.DurationVar(&set.deletedRetention, "deleted-retention", 7*24*time.Hour, "how long the operator can bring a deleted CSR back; 0 destroys its key at once")
	flags.StringVar(&set.timeZone, "time-zone", "Asia/Shanghai", "time zone of CreateTime, as the IANA names it")
	flags.BoolVar(&set.subjectOU, "csr-subject-ou", false, "put Department into a CSR's subject as OU (public CAs refuse it)")
	flags.BoolVar(&set.subjectEmail, "csr-subject-email", false, "put Email into a CSR's subject as emailAddress")
	flags.StringVar(&set.algorithms, "algorithms", csr.TencentAlgorithms.String(), fmt.Sprintf("kinds of keys that CSRs may have: %s (%s) or %s (%s)",
		csr.TencentAlgorithms, strings.Join(csr.TencentAlgorithms.Names(), ", "), csr.ExtendedAlgorithms, strings.Join(csr.ExtendedAlgorithms.Names(), ", ")))
	flags.IntVar(&set.listCache, "list-cache", defaultListCache, "MiB of memory for rows of lists as they are sent, about 2,000 a MiB; 0 keeps none")
	flags.BoolVar(&set.logRequests, "log-requests", true, "log each request in one line; without it only those that fail for a fault of the server's")
	flags.IntVar(&set.keyPool, "key-pool", 8, "RSA keys of each length to make ahead in idle time, kept in memory only; 0 makes none ahead")
	flags.BoolVar(&set.readOnly, "read-only", false, "refuse every action that changes something, and destroy nothing that was deleted, as during a maintenance")
	flags.BoolVar(&set.strict, "strict", false, "show private keys to whoever may DescribeCSR, as the cloud does, without asking for "+policy.ReadPrivateKey)
	set.rate.addTo(flags)
	flags.StringSliceVar(&set.trustedProxies, "trusted-proxy", nil, "CIDR of proxies whose X-Forwarded-For says where a request came from; may be given more than once")
	flags.BoolVar(&set.requireSignedAction, "require-signed-action", false, "refuse TC3 signatures that do not cover x-tc-action (SDKs do not sign it)")
	flags.BoolVar(&set.bindSignatures, "bind-signatures", false, "refuse a TC3 signature seen before with another action, version or token")
	flags.StringVar(&set.auditLists, "audit-lists", auditListsOff, "put successful reads of lists into the audit record: "+auditListsOff+", or one of so many, 1 for all")
	flags.BoolVar(&set.console, "console", true, "serve the console and the API Explorer at "+console.Home+" and /explorer/")
	set.log.addTo(flags)
	return cmd
}

// serve runs the server until the context ends.
func serve(ctx context.Context, set *serveSetting, s streams) (err error) {
	log, err := set.log.logger(s.err)
	if err != nil {
		return err
	}
	checked, err := set.check(log)
	if err != nil {
		return err
	}
	setCollector(set.listCacheBytes())
	store, err := set.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	sealing, err := openSealer(ctx, set, store, log)
	if err != nil {
		return set.explain(err)
	}
	attending, err := attend(ctx, store, sealing, log)
	if err != nil {
		return set.explain(err)
	}
	defer attending.stop()
	if err := sealing.sealer.Check(ctx); err != nil { // again: a rotation may have begun before the store knew of this server
		return explainMissing(set.data, err)
	}

	listener, err := net.Listen("tcp", checked.address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w: is another program there? --listen takes another address", set.listen, err)
	}
	defer listener.Close()
	limiter, err := set.rate.limiter(attending.count, log)
	if err != nil {
		return err
	}
	defer limiter.start(ctx)()
	w := wire(set, checked, store, sealing.sealer, limiter, log)
	endpoint := checked.endpoint(listener.Addr())
	var terminal io.Writer
	if isTerminal(s.out) {
		terminal = s.out
	}
	if err := firstStart(w.actAs(ctx, operator(), "account create"), set, checked.root, store, sealing.sealer, w.keys, terminal, endpoint, log); err != nil {
		return set.explain(err)
	}
	defer w.startWork(ctx, set, store, log)()

	handler := front.NewHandler(w.api, store.Ping)
	if handler.Pages, err = set.pages(checked.algorithms); err != nil {
		return err
	}
	server := front.NewServer(handler, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(w.api.Listen(listener, checked.tls)) }()
	said := []any{"endpoint", endpoint, "data", set.data}
	if database := set.storePlace.name(); database != "" {
		said = append(said, "database", database)
	}
	log.Info("listening", append(said, "version", version())...)

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("shutting down: requests under way are finished")
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %v: %w", drainTimeout, err), server.Close())
	}
	log.Info("shut down")
	return nil
}

// startWork starts what a server does beside answering, and returns what ends it.
func (w *wired) startWork(ctx context.Context, set *serveSetting, store *sqlstore.Store, log *slog.Logger) (stop func()) {
	var stops []func()
	if !set.readOnly {
		stops = append(stops, startPurging(store, set.deletedRetention, func(ctx context.Context) context.Context {
			return w.actAs(ctx, audit.Actor{Kind: audit.Server}, "deleted purge")
		}, log).stop)
	}
	stops = append(stops, startWritingUse(w.keys, log).stop)
	if set.ahead() > 0 {
		stops = append(stops, startMakingAhead(ctx, w.generator, log).stop)
	}
	return func() {
		for i := range stops {
			stops[len(stops)-1-i]()
		}
	}
}
