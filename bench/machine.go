package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is where the figures are from.
type machine struct {
	Processor string
	Cores     int
	Memory    string
	Kernel    string
	Disk      string
	Go        string
}

func thisMachine(folder string) machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Processor: runtime.GOARCH, Disk: fileSystem(folder)}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(text), "model name\t: "); found {
			m.Processor, _, _ = strings.Cut(rest, "\n")
		}
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Memory = number(float64(info.Totalram)*float64(info.Unit)/(1<<30)) + " GiB"
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = "Linux " + unix.ByteSliceToString(name.Release[:])
	}
	return m
}

// fileSystem is the type and the device of the file system that a folder is
// on, as /proc/mounts has it.
func fileSystem(folder string) string {
	text, err := os.ReadFile("/proc/mounts")
	folder, absolute := filepath.Abs(folder)
	if err != nil || absolute != nil {
		return "unknown"
	}
	found, best := "unknown", -1
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || len(fields[1]) <= best {
			continue
		}
		if fields[1] == "/" || folder == fields[1] || strings.HasPrefix(folder, fields[1]+"/") {
			found, best = fields[2]+" on "+fields[0], len(fields[1])
		}
	}
	return found
}

// inMemory reports whether a folder is on a file system without a disk, where
// a durable write costs nothing.
func inMemory(folder string) bool {
	var info unix.Statfs_t
	return unix.Statfs(folder, &info) == nil && (info.Type == unix.TMPFS_MAGIC || info.Type == unix.RAMFS_MAGIC)
}

// commit is the one that is measured.
func commit(repository string) string {
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = repository
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		return string(bytes.TrimSpace(out))
	}
	name := git("rev-parse", "--short", "HEAD")
	if name != "" && git("status", "--porcelain", "--untracked-files=no") != "" {
		name += " and changes"
	}
	return name
}

// loadAverage is that of the last minute; 0 where it cannot be told.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64) // 0 is what it says where there is none
	return load
}
