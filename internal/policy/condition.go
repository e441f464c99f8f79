package policy

import (
	"errors"
	"slices"
	"strings"
)

// condition is an operator over a key and the values that a policy names.
type condition struct {
	operator operator
	ifExist  bool
	key      key
	wanted   []value
	text     []string // the values as they are written
}

// Decision: several values of a negative operator, such as ip_not_equal, mean none of them. CAM's rule that one value
// is enough, read literally, would make such a condition hold for everybody.

// holds compares what a request has for the key.
func (c *condition) holds(have value) bool {
	some := slices.ContainsFunc(c.wanted, func(wanted value) bool { return c.operator.match(have, wanted) })
	return some != c.operator.negative
}

// Decision: where a request has nothing for a condition's key, the condition holds if its operator ends in `_if_exist`,
// as CAM documents; otherwise it holds in a deny and not in an allow, so that what is not known is refused.

// firstUnmet returns the first condition of the statement that does not hold,
// or nil.
func (s *statement) firstUnmet(r Request) *condition {
	for i := range s.conditions {
		c := &s.conditions[i]
		have, known := c.key.of(r)
		if known && !c.holds(have) || !known && !c.ifExist && !s.deny {
			return c
		}
	}
	return nil
}

// conditions checks a block of conditions: operators, their keys, their values.
func (c *checker) conditions(block node) (conditions []condition) {
	if len(block.members) == 0 {
		c.add(block.line, "`condition` is empty: leave it out")
	}
	for _, m := range block.members {
		operator, ifExist, problem := operatorNamed(m.name)
		switch {
		case problem != "":
			c.add(m.line, "%s", problem)
			continue
		case m.value.kind != isObject:
			c.add(m.value.line, "%s must have an object of keys and values, and has %s", quoted(m.name), m.value.kind)
			continue
		case len(m.value.members) == 0:
			c.add(m.value.line, "%s is empty: leave it out", quoted(m.name))
		}
		for _, k := range m.value.members {
			if condition, ok := c.condition(operator, k); ok {
				condition.ifExist = ifExist
				conditions = append(conditions, condition)
			}
		}
	}
	return conditions
}

func (c *checker) condition(o operator, m member) (condition, bool) {
	k, problem := keyNamed(m.name, o)
	if problem != "" {
		c.add(m.line, "%s", problem)
		return condition{}, false
	}
	checked := condition{operator: o, key: k}
	for _, text := range c.texts(m.value, quoted(m.name)) {
		v, err := o.kind.parse(text.text)
		if err == nil && o.pattern && strings.Contains(text.text, "?") {
			err = errors.New("has a `?`, and the only wildcard is `*`")
		}
		if err != nil {
			c.add(text.line, "value %s of %s %v", quoted(text.text), quoted(m.name), err)
			continue
		}
		checked.wanted = append(checked.wanted, v)
		checked.text = append(checked.text, text.text)
	}
	return checked, true
}
