package policy

// OperatorNames lists the operators, without suffixes.
func OperatorNames() (names []string) {
	for _, o := range operators {
		names = append(names, o.name)
	}
	return names
}

// KeyNames lists the condition keys.
func KeyNames() []string { return keyNames() }

// Matches reports whether a text fits a pattern.
func Matches(pattern, text string) bool { return matches(pattern, text) }
