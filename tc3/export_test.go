package tc3

// RememberedScopes counts the derived keys remembered for a SecretId.
func (v *Verifier) RememberedScopes(secretID string) int {
	if id := v.derived.byID[secretID]; id != nil {
		return len(id.keys)
	}
	return 0
}
