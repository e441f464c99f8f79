package sqlstore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"zombiezen.com/go/sqlite"
)

// explain turns what keeps a data directory from being opened into a message
// that says what to do.
func explain(dir string, err error) error {
	file := filepath.Join(dir, DatabaseName)
	var code sqlite.ResultCode
	if errors.As(err, new(interface{ Code() int })) {
		var coded interface{ Code() int } // modernc's driver, behind the migrations
		errors.As(err, &coded)
		code = sqlite.ResultCode(coded.Code()).ToPrimary()
	} else {
		code = sqlite.ErrCode(err).ToPrimary()
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), code == sqlite.ResultFull:
		return fmt.Errorf("no space left for the data directory %s: free some and start again; nothing is damaged: %w", dir, err)
	case code == sqlite.ResultNotADB:
		return fmt.Errorf("%s is not a database: it was overwritten, or is not csrd's; put back a copy, or give another --data: %w", file, err)
	case code == sqlite.ResultCorrupt:
		return fmt.Errorf("%s is damaged: put back a copy, and keep this file for a rescue with the sqlite3 tool's .recover: %w", file, err)
	case errors.Is(err, fs.ErrPermission), code == sqlite.ResultCantOpen, code == sqlite.ResultReadOnly, code == sqlite.ResultPerm, code == sqlite.ResultAuth:
		return fmt.Errorf("cannot open the data directory %s: the user csrd runs as must be able to read and write it and every file in it: %w", dir, err)
	case code == sqlite.ResultBusy, code == sqlite.ResultLocked:
		return fmt.Errorf("%s is in use by another process that does not let go: try again when it has ended: %w", file, err)
	}
	return fmt.Errorf("open the data directory %s: %w", dir, err)
}
