package csr

import "log/slog"

// Secret is a text that must not be shown: it prints, logs and marshals as
// "[redacted]". Convert it to string where it really is to be used.
type Secret string

const redacted = "[redacted]"

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Sealed is a secret encrypted by a [Sealer].
type Sealed []byte
