// Package durable writes files that are still there after a power cut.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// WriteFile writes a file of mode 0600, whole or not at all, in place of one
// that may be there, and syncs it and its folder.
func WriteFile(path string, data []byte) error {
	return write(path, data, os.Rename)
}

// MakeFolder makes a folder of mode 0700 where there is none, and those above it.
func MakeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	above := filepath.Dir(filepath.Clean(path))
	if err := MakeFolder(above); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // another process was first
		return err
	}
	return SyncFolder(above)
}

// CreateFile writes a file of mode 0600, whole or not at all, and syncs it and
// its folder. Where there is one already, the error is fs.ErrExist.
func CreateFile(path string, data []byte) error {
	return write(path, data, func(temporary, path string) error {
		if err := os.Link(temporary, path); err != nil {
			return err
		}
		return os.Remove(temporary)
	})
}

func write(path string, data []byte, put func(temporary, path string) error) (err error) {
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, filepath.Base(path)+unfinished+"*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	if _, err = file.Write(data); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err = put(file.Name(), path); err != nil {
		return err
	}
	return SyncFolder(folder)
}

// unfinished is between the name of a file and what makes that of its
// temporary file unique.
const unfinished = ".new-"

// RemoveUnfinished removes what a process that was killed while it wrote a
// file left beside it. Nobody else may be writing the file.
func RemoveUnfinished(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), filepath.Base(path)+unfinished) {
			if err := os.Remove(filepath.Join(filepath.Dir(path), entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
