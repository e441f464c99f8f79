package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a machine without time zones serves too

	"csrd/action"
	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/front"
	"csrd/internal/policy"
	"csrd/internal/recorder"
	"csrd/internal/sqlstore"
	"csrd/inventory"
	"csrd/ssl"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// drainTimeout is the time that requests under way have at a shutdown: more
// than they have in all, so that those that wait for their turn are answered.
const drainTimeout = front.RequestTimeout + 5*time.Second

// How many refused signatures an address is told in a second for each SecretId,
// and how long the answer to one more is held back.
const (
	failuresPerSecond = 10
	refusalDelay      = time.Second
)

// serveSetting is what `csrd serve` is told.
type serveSetting struct {
	data                string
	listen              string
	tlsCert, tlsKey     string
	allowPlainHTTP      bool
	masterKey           masterKeySetting
	deletedRetention    time.Duration
	timeZone            string
	readOnly            bool
	strict              bool
	rateLimit           int
	trustedProxies      []string
	requireSignedAction bool
	bindSignatures      bool
	subjectOU           bool
	subjectEmail        bool
	algorithms          string
	keyPool             int
	auditLists          string
	log                 logSetting
}

func serveCommand(s streams) *cobra.Command {
	var set serveSetting
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API",
		Long: `Serve the API from a data directory, which is made where there is none.

An empty store gets one root account with an access key. On a terminal the key is shown,
once; otherwise it is written to root-credentials in the data directory. To set it, put
` + envRootUin + `, ` + envRootSecretID + ` and ` + envRootSecretKey + ` into the environment.

Private keys, passwords and SecretKeys are sealed under a master key: 32 bytes, taken from
` + envMasterKey + ` (base64) or --master-key-file, or a key in HashiCorp Vault or OpenBao,
with --master-key-uri. Without any of them, the file master.key in the data directory is
used, and made at the first start. See "csrd master-key rotate" for how to replace it.

Besides the API, at every other path, the server answers /healthz, /readyz and /metrics.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), &set, s) },
	}
	flags := cmd.Flags()
	addDataFlag(flags, &set.data)
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
	flags.IntVar(&set.keyPool, "key-pool", 8, "RSA keys of each length to make ahead in idle time, kept in memory only; 0 makes none ahead")
	flags.BoolVar(&set.readOnly, "read-only", false, "refuse every action that changes something, and destroy nothing that was deleted, as during a maintenance")
	flags.BoolVar(&set.strict, "strict", false, "show private keys to whoever may DescribeCSR, as the cloud does, without asking for "+policy.ReadPrivateKey)
	flags.IntVar(&set.rateLimit, "rate-limit", documentedRate, "requests a second for each account and action; -1: as the action's page documents, 0: no limit")
	flags.StringSliceVar(&set.trustedProxies, "trusted-proxy", nil, "CIDR of proxies whose X-Forwarded-For says where a request came from; may be given more than once")
	flags.BoolVar(&set.requireSignedAction, "require-signed-action", false, "refuse TC3 signatures that do not cover x-tc-action (SDKs do not sign it)")
	flags.BoolVar(&set.bindSignatures, "bind-signatures", false, "refuse a TC3 signature seen before with another action, version or token")
	flags.StringVar(&set.auditLists, "audit-lists", auditListsOff, "put successful reads of lists into the audit record: "+auditListsOff+", or one of so many, 1 for all")
	set.log.addTo(flags)
	return cmd
}

// serve runs the server until the context ends.
func serve(ctx context.Context, set *serveSetting, s streams) (err error) {
	log, err := set.log.logger(s.err)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(set.timeZone)
	if err != nil {
		return usagef("--time-zone %q: there is no such time zone", set.timeZone)
	}
	if set.deletedRetention < 0 {
		return usagef("--deleted-retention %v: it cannot be negative", set.deletedRetention)
	}
	if set.rateLimit < documentedRate {
		return usagef("--rate-limit %d: it is a number of requests, or 0 for no limit", set.rateLimit)
	}
	algorithms, err := csr.ParseAlgorithms(set.algorithms)
	if err != nil {
		return usagef("--algorithms %q: %w", set.algorithms, err)
	}
	if set.keyPool < 0 || set.keyPool > csr.MaxAhead {
		return usagef("--key-pool %d: it is a number of keys, at most %d, or 0 for none", set.keyPool, csr.MaxAhead)
	}
	recordedLists, err := set.recordedLists()
	if err != nil {
		return err
	}
	trusted, err := set.proxies()
	if err != nil {
		return err
	}
	root, err := rootFromEnvironment()
	if err != nil {
		return err
	}
	tlsConfig, err := set.tls(log)
	if err != nil {
		return err
	}
	address, err := set.address(tlsConfig != nil)
	if err != nil {
		return err
	}

	store, err := sqlstore.Serve(ctx, set.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	sealing, err := openSealer(ctx, set, store, log)
	if err != nil {
		return sqlstore.ExplainFull(set.data, err)
	}
	attending, err := attend(ctx, store, sealing, log)
	if err != nil {
		return sqlstore.ExplainFull(set.data, err)
	}
	defer attending.stop()
	sealer := sealing.sealer
	if err := sealer.Check(ctx); err != nil { // again: a rotation may have begun before the store knew of this server
		return explainMissing(set.data, err)
	}
	keys := cam.NewKeyring(store, sealer)
	auditKeys, auditMetrics := audit.NewKeys(store, sealer), recorder.NewMetrics()

	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w: is another program there? --listen takes another address", set.listen, err)
	}
	defer listener.Close()
	endpoint := "http://" + listener.Addr().String()
	if tlsConfig != nil {
		endpoint = "https://" + listener.Addr().String()
	}
	var terminal io.Writer
	if isTerminal(s.out) {
		terminal = s.out
	}
	if err := firstStart(actsAs(ctx, auditKeys, operator(), "account create", auditMetrics.Entry), set, root, store, sealer, keys, terminal, endpoint, log); err != nil {
		return sqlstore.ExplainFull(set.data, err)
	}

	ahead := set.keyPool
	if set.readOnly {
		ahead = 0 // nobody will ask for one
	}
	generator := csr.NewGenerator(algorithms, ahead)
	generator.SubjectOU, generator.SubjectEmail = set.subjectOU, set.subjectEmail
	service := &ssl.Service{Store: store, Sealer: sealer, Generator: generator, Zone: zone, RetainDeleted: set.deletedRetention > 0, Strict: set.strict}
	dispatcher := action.NewDispatcher(ssl.Table().Bind(service),
		inventory.Table().Bind(&inventory.Service{Store: store, Sealer: sealer, Generator: generator}))
	dispatcher.Limiter = newRateLimit(set.rateLimit)
	dispatcher.Authorizer = cam.NewAuthority(store)
	dispatcher.Recorder = recorder.New(store, auditKeys, recordedLists, auditMetrics)
	if set.readOnly {
		dispatcher.Authorizer = readOnly{dispatcher.Authorizer}
	}
	metrics := front.NewMetrics()
	metrics.Register(newKeyMetrics(generator))
	metrics.Register(auditMetrics)
	api := front.NewAPI(front.Settings{
		Dispatcher:          dispatcher,
		Keys:                keys,
		Tokens:              cam.NewTokens(store, sealer, keys),
		Log:                 log,
		Metrics:             metrics,
		RequireSignedAction: set.requireSignedAction,
		BindSignatures:      set.bindSignatures,
		FailuresPerSecond:   failuresPerSecond,
		RefusalDelay:        refusalDelay,
		TrustedProxies:      trusted,
		Now:                 time.Now,
		NewRequestID:        uuid.NewString,
	})
	server := front.NewServer(front.NewHandler(api, store.Ping), log)

	if !set.readOnly {
		purging := startPurging(store, set.deletedRetention, func(ctx context.Context) context.Context {
			return actsAs(ctx, auditKeys, audit.Actor{Kind: audit.Server}, "deleted purge", auditMetrics.Entry)
		}, log)
		defer purging.stop()
	}
	writing := startWritingUse(keys, log)
	defer writing.stop()
	if ahead > 0 {
		making := startMakingAhead(ctx, generator, log)
		defer making.stop()
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(api.Listen(listener, tlsConfig)) }()
	log.Info("listening", "endpoint", endpoint, "data", set.data, "version", version())

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

// tls returns the TLS configuration, nil for plain HTTP.
func (set *serveSetting) tls(log *slog.Logger) (*tls.Config, error) {
	if set.tlsCert == "" && set.tlsKey == "" {
		return nil, nil
	}
	if set.tlsCert == "" || set.tlsKey == "" {
		return nil, usagef("--tls-cert and --tls-key go together: one of them is missing")
	}
	certificate, err := front.LoadCertificate(set.tlsCert, set.tlsKey, log)
	if err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: certificate.Get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

// auditListsOff leaves reads of lists out of the audit record.
const auditListsOff = "off"

// recordedLists says of how many successful reads of lists one is recorded; 0
// for none.
func (set *serveSetting) recordedLists() (int64, error) {
	if set.auditLists == auditListsOff {
		return 0, nil
	}
	n, err := strconv.ParseInt(set.auditLists, 10, 64)
	if err != nil || n < 1 {
		return 0, usagef("--audit-lists %q: it is %s, or a number from 1 on: of so many reads one is recorded", set.auditLists, auditListsOff)
	}
	return n, nil
}

// proxies parses the trusted proxies: networks, or single addresses.
func (set *serveSetting) proxies() (prefixes []netip.Prefix, err error) {
	for _, text := range set.trustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, single := netip.ParseAddr(text)
			if single != nil {
				return nil, usagef("--trusted-proxy %q: it is a CIDR, as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// address resolves the address to listen on. Private keys do not cross a
// network in the clear unless the operator says so.
func (set *serveSetting) address(secure bool) (string, error) {
	address, err := net.ResolveTCPAddr("tcp", set.listen)
	if err != nil {
		return "", usagef("--listen %q: %w", set.listen, err)
	}
	if !secure && !set.allowPlainHTTP && !address.IP.IsLoopback() {
		return "", usagef("--listen %s can be reached from other machines, and without TLS private keys would cross the network in the clear: "+
			"give --tls-cert and --tls-key, or, behind a proxy that does TLS, --allow-plain-http", set.listen)
	}
	return address.String(), nil
}
