package csr

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that must not be shown: it prints, logs and marshals as
// "[redacted]". Convert it to string where it really is to be used.
type Secret string

const redacted = "[redacted]"

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Plain is a secret as bytes, so that whoever holds it can overwrite it, with
// clear, once it was used. It prints, logs and marshals as "[redacted]".
type Plain []byte

// Format writes "[redacted]" for every verb.
func (Plain) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Plain) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Plain) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Sealed is a secret encrypted by a [Sealer].
type Sealed []byte
