package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"csrd/internal/durable"
)

// refuseExisting fails where one of the files is there already and may not be
// written over: none may without force, and a folder never.
func refuseExisting(folder string, files []artifact, force bool) error {
	for _, f := range files {
		path := filepath.Join(folder, f.name)
		switch info, err := os.Lstat(path); {
		case err == nil && info.IsDir():
			return fmt.Errorf("%s is a folder, and nothing was written: give another --out", path)
		case err == nil && !force:
			return existsError(path)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

func existsError(path string) error {
	return fmt.Errorf("%s is there already, and nothing was written: give another --out, or --force to write over it", path)
}

// writeFiles writes all files, each whole; where one fails, those that this
// call made are gone again.
func writeFiles(folder string, files []artifact, force bool) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	put := durable.CreateFile
	if force {
		put = durable.WriteFile
	}
	for i, f := range files {
		path := filepath.Join(folder, f.name)
		err := put(path, f.data)
		if err == nil {
			continue
		}
		if !force {
			for _, made := range files[:i] {
				os.Remove(filepath.Join(folder, made.name))
			}
		}
		if errors.Is(err, fs.ErrExist) {
			return existsError(path)
		}
		return err
	}
	return nil
}
