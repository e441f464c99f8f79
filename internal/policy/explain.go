package policy

import "fmt"

// explain says why a statement that applies decides.
func (j *judged) explain(r Request) string {
	verb, end := "allows", "."
	if j.deny {
		verb, end = "denies", "; a deny beats every allow."
	}
	because := "action " + quoted(j.action) + " and resource " + quoted(j.resource) + " match"
	for i := range j.conditions {
		because += ", and " + j.conditions[i].met(r)
	}
	return fmt.Sprintf("Statement %d of policy %s %s %s on %s: %s%s", j.number, quoted(j.policy), verb, r.Action, r.Resource, because, end)
}

// explainNothing says that nothing allows a request, and what came nearest.
func explainNothing(policies int, near judged, r Request) string {
	nothing := fmt.Sprintf("Nothing allows %s on %s: ", r.Action, r.Resource)
	switch {
	case policies == 0:
		return nothing + "there is no policy."
	case near.statement == nil:
		return nothing + "no statement allows anything."
	}
	say := "allows "
	switch {
	case near.action == "":
		var actions []string
		for _, a := range near.actions {
			actions = append(actions, quoted(a))
		}
		say += "only " + listed(actions, "and")
	case near.resource == "":
		var resources []string
		for _, p := range near.resources {
			resources = append(resources, quoted(p.text))
		}
		say += "it only on " + listed(resources, "and")
		if r.Resource == "*" {
			say += ", and this action is about no single resource: it needs `*`"
		}
	default:
		say += "it only where " + near.unmet.unmetBy(r)
	}
	return fmt.Sprintf("%sthe nearest, statement %d of policy %s, %s.", nothing, near.number, quoted(near.policy), say)
}

// met says that a condition holds, and for what.
func (c *condition) met(r Request) string {
	have, known := c.key.of(r)
	switch {
	case !known && c.ifExist:
		return fmt.Sprintf("%s is not known, which `%s_if_exist` does not mind", c.key.name, c.operator.name)
	case !known:
		return fmt.Sprintf("%s, which `%s` needs, is not known", c.key.name, c.operator.name)
	}
	return fmt.Sprintf("%s %s %s %s", c.key.name, c.key.kind.show(have), c.operator.says, c.values())
}

// unmetBy says what a condition wants, and what the request has.
func (c *condition) unmetBy(r Request) string {
	have, known := c.key.of(r)
	is := "is " + c.key.kind.show(have)
	if !known {
		is = "is not known"
	}
	return fmt.Sprintf("%s %s %s, and it %s", c.key.name, c.operator.says, c.values(), is)
}

func (c *condition) values() string {
	var texts []string
	for _, text := range c.text {
		texts = append(texts, quoted(text))
	}
	return listed(texts, "or")
}
