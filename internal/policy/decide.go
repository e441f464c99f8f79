package policy

import "slices"

// Decision is what policies say of a request, and why.
type Decision struct {
	Allowed   bool
	Policy    string // the name of the policy that decided; "" where none did
	Statement int    // the number of its statement, from 1; 0 where none decided
	Reason    string // one sentence
}

// Decide decides a request by all policies together: a deny beats every allow,
// in whatever order they stand, and what nothing allows is refused.
func Decide(policies []Named, r Request) Decision {
	t, refusal := targetOf(r)
	if refusal != "" {
		return Decision{Reason: refusal}
	}
	var allow, near judged // the first that applies; the nearest where none does
	for _, p := range policies {
		for i := range p.Document.statements {
			j := judge(&p.Document.statements[i], r, t)
			j.policy, j.number = p.Name, i+1
			switch {
			case j.deny && j.applies():
				return Decision{false, j.policy, j.number, j.explain(r)}
			case j.deny:
			case j.applies():
				if allow.statement == nil {
					allow = j
				}
			case near.statement == nil || j.nearness() > near.nearness():
				near = j
			}
		}
	}
	if allow.statement == nil {
		return Decision{Reason: explainNothing(len(policies), near, r)}
	}
	return Decision{true, allow.policy, allow.number, allow.explain(r)}
}

// judged is a statement held against a request.
type judged struct {
	*statement
	policy   string
	number   int
	action   string     // the pattern that matches; "" where none does
	resource string     // the pattern that matches; "" where none does
	unmet    *condition // the first that does not hold
}

func judge(s *statement, r Request, t target) judged {
	j := judged{statement: s, unmet: s.firstUnmet(r)}
	j.action, _ = firstMatch(s.actions, r.Action)
	if i := slices.IndexFunc(s.resources, func(p resource) bool { return p.covers(t) }); i >= 0 {
		j.resource = s.resources[i].text
	}
	return j
}

func (j *judged) applies() bool { return j.action != "" && j.resource != "" && j.unmet == nil }

// nearness orders statements that do not apply: what they say of the action
// counts most, then the resource.
func (j *judged) nearness() (n int) {
	if j.action != "" {
		n += 4
	}
	if j.resource != "" {
		n += 2
	}
	if j.unmet == nil {
		n++
	}
	return n
}
