package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// What all tests share. TestMain sets it.
var (
	binary  string          // csrd
	browser context.Context // Chromium, started; nil where there is none
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "browsertest: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// run builds csrd, starts the one browser, in which each test has a profile of
// its own, and runs the tests.
func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "csrd-browsertest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "csrd")
	build := exec.Command("go", "build", "-o", binary, "./cmd/csrd")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build csrd: %w\n%s", err, out)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return m.Run(), nil // each test says that it is left out
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.NoSandbox, // CI runs as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en"),
		chromedp.WSURLReadTimeout(startTimeout))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	started, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(started); err != nil {
		return 0, fmt.Errorf("start %s: %w", chromium, err)
	}
	browser = started
	return m.Run(), nil
}
