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
	if full := ExplainFull(dir, err); full != err {
		return full
	}
	switch code := resultCode(err).ToPrimary(); {
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s cannot be a data directory: a file stands where a directory should, or the reverse; give another --data: %w", dir, err)
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

// ExplainFull turns an error of a full disk into a message that says what to
// do, and returns any other as it is.
func ExplainFull(dir string, err error) error {
	// Where the WAL's index cannot grow, SQLite tells an I/O error.
	code := resultCode(err)
	if errors.Is(err, syscall.ENOSPC) || code.ToPrimary() == sqlite.ResultFull || code == sqlite.ResultIOErrSHMSize {
		return fmt.Errorf("no space left for the data directory %s: free some and start again; nothing is damaged: %w", dir, err)
	}
	return err
}

func resultCode(err error) sqlite.ResultCode {
	var coded interface{ Code() int } // modernc's driver, behind the migrations
	if errors.As(err, &coded) {
		return sqlite.ResultCode(coded.Code())
	}
	return sqlite.ErrCode(err)
}
