//go:build !unix

package cli

// withoutCoreDumps does nothing: there is no setting for them here.
func withoutCoreDumps() error { return nil }
