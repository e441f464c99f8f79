package sigv1

import (
	"errors"
	"net/url"
	"strings"
)

// ErrNoEquals says that a part of a query or a form has no "=".
var ErrNoEquals = errors.New("sigv1: a parameter has no =")

// ParseParameters decodes a query or a form, in order. It fails with
// ErrNoEquals, or on a wrong percent-encoding. Empty parts, as the .NET SDK's
// empty query has one, are passed over.
func ParseParameters(raw string) ([]Parameter, error) {
	var parameters []Parameter
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, ErrNoEquals
		}
		var p Parameter
		var err error
		if p.Name, err = url.QueryUnescape(name); err == nil {
			p.Value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, err
		}
		parameters = append(parameters, p)
	}
	return parameters, nil
}
