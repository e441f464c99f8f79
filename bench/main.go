// Command bench measures csrd: it makes its own data, starts the real server,
// sends it signed requests, checks every answer, and writes what it measured to
// docs/performance.md, with plots. It runs on Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// plan is how much a run measures.
type plan struct {
	rounds     int           // of each pair: odd, so that the median is one of them
	window     time.Duration // that a load lasts
	sizes      []int64       // CSRs of the big account, in ascending order
	walks      []int64       // sizes that are walked from end to end
	main       int64         // the size of the throughput
	peers      []int64       // sizes that are measured beside PocketBase
	keys       bool          // create CSRs of the slow kinds of keys too
	throughput int           // pages that random offsets are drawn from
}

var (
	fullPlan = plan{
		rounds: 7, window: 2 * time.Second, sizes: []int64{10_000, 1_000_000, 10_000_000}, walks: []int64{100_000, 1_000_000},
		main: 1_000_000, peers: []int64{10_000, 1_000_000}, keys: true, throughput: 20_000,
	}
	dailyPlan = plan{
		rounds: 3, window: 400 * time.Millisecond, sizes: []int64{10_000, 100_000}, walks: []int64{10_000, 100_000},
		main: 100_000, throughput: 5000,
	}
)

// bench is a run.
type bench struct {
	plan
	ctx        context.Context
	repository string
	cache      string // folder of everything that is kept or made
	binary     string // csrd
	seeder     *seeder
	quietLog   []string // the flag that turns the log's line for each request off, where csrd has it
	listing    []string // the flags of a server whose lists are measured
	*progress
}

// stage is a part that can be measured alone.
type stage struct {
	name string
	run  func(*bench) (*section, error)
}

var stages = []stage{
	{"throughput", (*bench).throughputStage},
	{"offset", (*bench).offsetStage},
	{"walk", (*bench).walkStage},
	{"memory", (*bench).memoryStage},
	{"start", (*bench).startStage},
	{"create", (*bench).createStage},
	{"peer", (*bench).peerStage},
}

func stageNames() (names []string) {
	for _, s := range stages {
		names = append(names, s.name)
	}
	return names
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	var err error
	if len(os.Args) == 4 && os.Args[1] == "bare" {
		err = serveBare(os.Args[2], os.Args[3])
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	size := flag.String("size", "daily", "how much is measured: daily (under two minutes, to the terminal) or full (to docs/performance.md)")
	only := flag.String("only", "", "measure these stages alone, with commas between, and take the others from the last run: "+strings.Join(stageNames(), ", ")+"; none writes the document from what there is")
	cache := flag.String("cache", "", "folder on a real disk for what is seeded, results and logs; by default csrd-bench in the user's cache folder")
	repository := flag.String("repository", "..", "the project's folder")
	seedOnly := flag.Bool("seed", false, "seed and measure nothing")
	rounds := flag.Int("rounds", 0, "how often each pair is measured; by default as --size says")
	flag.Parse()

	b := &bench{ctx: ctx, repository: *repository, progress: newProgress()}
	switch *size {
	case "daily":
		b.plan = dailyPlan
	case "full":
		b.plan = fullPlan
	default:
		return fmt.Errorf("--size %s: it is daily or full", *size)
	}
	if *rounds > 0 {
		b.rounds = *rounds
	}
	chosen := stageNames()
	if *only == "none" {
		chosen = nil
	} else if *only != "" {
		chosen = strings.Split(*only, ",")
		for _, name := range chosen {
			if !slices.Contains(stageNames(), name) {
				return fmt.Errorf("--only %s: the stages are %s", name, strings.Join(stageNames(), ", "))
			}
		}
	}
	if err := b.prepare(*cache); err != nil {
		return err
	}
	if *seedOnly {
		return b.seedAll()
	}

	file := filepath.Join(b.cache, "results-"+*size+".json")
	all, err := loadResults(file)
	if err != nil {
		return err
	}
	all.Command, all.Machine = "go run . --size "+*size, thisMachine(b.cache)
	var failed error
	for _, s := range stages {
		if !slices.Contains(chosen, s.name) {
			continue
		}
		load := loadAverage()
		b.step("%s", s.name)
		if load > busy {
			b.step("  the load average is %.1f: whatever else this machine does is in the figures", load)
		}
		made, err := s.run(b)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s was cut off; the stages before it are kept", s.name)
		case err != nil: // the others can be measured all the same
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
			b.step("  failed: %v", err)
			continue
		case made == nil: // this plan leaves it out
			continue
		}
		made.Date, made.Commit, made.Load = time.Now().UTC(), commit(b.repository), load
		all.Sections[s.name] = made
		if err := all.save(file); err != nil {
			return err
		}
	}
	if *size == "daily" {
		return errors.Join(failed, writeTerminal(os.Stdout, all))
	}
	b.step("writing docs/performance.md")
	return errors.Join(failed, writeDocument(filepath.Join(b.repository, "docs"), all))
}

// busy is the load average above which others are at work on the machine. What
// a run itself did before is in it too.
const busy = 2

// prepare makes the cache folder and builds csrd.
func (b *bench) prepare(cache string) error {
	if cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("%w: name a folder with --cache", err)
		}
		cache = filepath.Join(folder, "csrd-bench")
	}
	b.cache = cache
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	if inMemory(cache) {
		return fmt.Errorf("%s is in memory, where a durable write costs nothing: name a folder on a disk with --cache", cache)
	}
	b.seeder = &seeder{cache: cache, progress: b.progress}
	b.step("building csrd")
	b.binary = filepath.Join(cache, "csrd")
	if err := b.build(b.repository, "./cmd/csrd", b.binary); err != nil {
		return err
	}
	help, err := exec.CommandContext(b.ctx, b.binary, "serve", "--help").Output()
	if err != nil {
		return fmt.Errorf("ask csrd for its flags: %w", err)
	}
	if strings.Contains(string(help), "--log-requests") {
		b.quietLog = []string{"--log-requests=false"}
	}
	b.listing = append([]string{"--key-pool", "0"}, b.quietLog...)
	return nil
}

func (b *bench) build(folder, what, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(b.ctx, "go", "build", "-o", binary, what)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, out)
	}
	return nil
}

func (b *bench) seedAll() error {
	for _, size := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(b.sizes, b.walks, []int64{b.main}, b.peers)))) {
		if _, err := b.seeder.folder(b.ctx, size); err != nil {
			return err
		}
	}
	return nil
}

// list is the server over so many CSRs, with its log's line for each request
// turned off where that can be.
func (b *bench) list(size int64) (*process, error) {
	dir, err := b.seeder.folder(b.ctx, size)
	if err != nil {
		return nil, err
	}
	return b.csrd(dir, b.listing...)
}

// settings says how a server was run whose lists are measured.
func (b *bench) settings() string {
	log := "It wrote a line of its log for each request, to a file."
	if b.quietLog != nil {
		log = "Its log's line for each request was off (`" + b.quietLog[0] + "`) where nothing else is said."
	}
	return "csrd ran with its defaults but for `--rate-limit 0` and `--key-pool 0`, which keeps it from making keys while something else is measured. " + log +
		" By default the audit record has every change and no successful read of a list."
}
