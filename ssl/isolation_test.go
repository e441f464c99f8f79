package ssl_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// rule is a statement of a random policy.
type rule struct{ effect, action, resource string }

// caller is somebody who makes random calls: a user, or with no rules at all
// (nil) the root of an account.
type caller struct {
	name  string
	owner csr.Owner
	rules []rule
}

// may is what the documentation of policies says, as plainly as it can be
// written: a deny beats an allow, and what nothing allows is refused.
func (c *caller) may(action, resource string) bool {
	if c.rules == nil {
		return true
	}
	allowed := false
	for _, r := range c.rules {
		if !like(r.action, action) || !c.covers(r.resource, resource) {
			continue
		}
		if r.effect == "deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func (c *caller) covers(pattern, resource string) bool {
	if pattern == "*" {
		return true
	}
	p := strings.Split(pattern, ":")
	if own := fmt.Sprintf("uin/%d", c.owner); p[4] != "" && p[4] != own {
		return false
	}
	if resource == "*" {
		return p[5] == "*"
	}
	return like(p[5], resource[strings.LastIndex(resource, ":")+1:])
}

func like(pattern, text string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(text)
}

func randomRules(random *rand.Rand) []rule {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	rules := []rule{}
	for range random.IntN(5) {
		rules = append(rules, rule{
			pick("allow", "allow", "allow", "deny"),
			pick("*", "ssl:*", "ssl:Describe*", "ssl:*CSR", "ssl:DescribeCSR", "ssl:DescribeCSRSet", "ssl:CreateCSR", "ssl:ModifyCSR",
				"ssl:BatchDeleteCSR", "csrd:*", "csrd:ReadPrivateKey"),
			pick("*", "*", "qcs::ssl:::*", "qcs::ssl:::csr/*", fmt.Sprintf("qcs::ssl::uin/%d:csr/*", accounts["alice"]),
				fmt.Sprintf("qcs::ssl::uin/%d:*", accounts["bob"]), fmt.Sprintf("qcs::ssl:::csr/%d", 1+random.IntN(20)), fmt.Sprintf("qcs::ssl:::csr/%d*", 1+random.IntN(3))),
		})
	}
	return rules
}

func documentOf(rules []rule) string {
	if len(rules) == 0 { // a document has a statement
		rules = []rule{{"allow", "ssl:DescribeCSR", "qcs::ssl:::csr/999999"}}
	}
	var statements []string
	for _, r := range rules {
		statements = append(statements, fmt.Sprintf(`{"effect":%q,"action":%q,"resource":%q}`, r.effect, r.action, r.resource))
	}
	return `{"version":"2.0","statement":[` + strings.Join(statements, ",") + `]}`
}

// kept is a CSR as the model knows it.
type kept struct {
	id               int64
	domain, password string
}

// world is a server with several accounts and users, and a plain model of what
// each account has.
type world struct {
	*harness
	random  *rand.Rand
	callers []*caller
	has     map[csr.Owner][]*kept // newest first
	newest  int64
}

// What a caller sees, counts and changes, and every error it gets, is what its
// own account and its policies make of it, whatever other accounts have.
func TestNoCallerLearnsAnythingOfAnotherAccount(t *testing.T) {
	for range 3 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := &world{harness: newHarness(t), random: rand.New(rand.NewPCG(seed, 0)), has: map[csr.Owner][]*kept{}}
			for name, owner := range accounts {
				w.callers = append(w.callers, &caller{name: name, owner: owner})
				for i := range 4 {
					user := &caller{fmt.Sprintf("user%d-of-%s", i, name), owner, randomRules(w.random)}
					w.addUser(t, owner, user.name, documentOf(user.rules))
					w.callers = append(w.callers, user)
				}
			}
			slices.SortFunc(w.callers, func(a, b *caller) int { return strings.Compare(a.name, b.name) })
			for range 400 {
				w.step(t)
			}
			for _, c := range w.callers {
				w.list(t, c, "", 0)
			}
		})
	}
}

func (w *world) step(t *testing.T) {
	t.Helper()
	c := w.callers[w.random.IntN(len(w.callers))]
	switch w.random.IntN(6) {
	case 0, 1:
		w.create(t, c)
	case 2:
		w.describe(t, c, w.anyID())
	case 3:
		w.modify(t, c, w.anyID())
	case 4:
		w.delete(t, c, w.anyID(), w.anyID(), w.anyID())
	case 5:
		w.list(t, c, w.anyDomain(), w.random.IntN(5))
	}
}

// anyID is one of any account, one that is deleted, or one that never was.
func (w *world) anyID() int64 { return 1 + w.random.Int64N(w.newest+3) }

func (w *world) anyDomain() string { return fmt.Sprintf("d%d.example.com", w.random.IntN(4)) }

// find is the CSR of an account, or nil.
func (w *world) find(owner csr.Owner, id int64) *kept {
	i := slices.IndexFunc(w.has[owner], func(k *kept) bool { return k.id == id })
	if i < 0 {
		return nil
	}
	return w.has[owner][i]
}

// ask calls an action on resources, and reports whether it was done. The error
// must be the one that the caller's policies and account ask for.
func (w *world) ask(t *testing.T, c *caller, name string, ids []int64, parameters map[string]any, into any) bool {
	t.Helper()
	body, err := json.Marshal(parameters)
	must(t, err)
	var answer struct {
		Response struct {
			Error *struct{ Code, Message string }
		}
	}
	raw := w.call(t, c.name, name, body)
	must(t, json.Unmarshal(raw, &answer))
	code, message := action.Code(""), ""
	if e := answer.Response.Error; e != nil {
		code, message = action.Code(e.Code), e.Message
	}
	want, says := w.wants(c, name, ids)
	if code != want || !strings.Contains(message, says) || strings.Contains(message, "example.com") {
		t.Fatalf("%s %s %s: answered %s %q, want %s %q", c.name, name, body, code, message, want, says)
	}
	if code == "" {
		must(t, json.Unmarshal(raw, &struct{ Response any }{into}))
	}
	return code == ""
}

// wants is the error that an answer must have.
func (w *world) wants(c *caller, name string, ids []int64) (code action.Code, says string) {
	resources := []string{"*"}
	if name == "DescribeCSRSet" {
		resources = []string{fmt.Sprintf("qcs::ssl::uin/%d:csr/*", c.owner)}
	} else if ids != nil {
		resources = nil
		for _, id := range ids {
			resources = append(resources, fmt.Sprintf("qcs::ssl::uin/%d:csr/%d", c.owner, id))
		}
	}
	for _, resource := range resources {
		if !c.may("ssl:"+name, resource) {
			return action.CodeUnauthorizedOperation, fmt.Sprintf("you are not authorized to perform operation (ssl:%s)\nresource (%s) has no permission", name, resource)
		}
	}
	if len(ids) == 1 && name != "BatchDeleteCSR" && w.find(c.owner, ids[0]) == nil {
		return wire.CodeInvalidCSRId, fmt.Sprintf("The CSR `%d` specified in the parameter `CSRId` does not exist.", ids[0])
	}
	return "", ""
}

func (w *world) create(t *testing.T, c *caller) {
	t.Helper()
	k := &kept{domain: w.anyDomain(), password: fmt.Sprintf("password-of-%s-%d", c.name, w.newest)}
	var answer struct{ Id int64 }
	if !w.ask(t, c, "CreateCSR", nil, map[string]any{
		"Domain": k.domain, "Organization": "Example", "Department": "IT", "Email": "pki@example.com", "Province": "Hunan", "City": "Changsha",
		"Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": false, "KeyPassword": k.password,
	}, &answer) {
		return
	}
	for owner := range w.has {
		if w.find(owner, answer.Id) != nil {
			t.Fatalf("the id %d is given twice", answer.Id)
		}
	}
	k.id = answer.Id
	w.newest = max(w.newest, k.id)
	w.has[c.owner] = slices.Insert(w.has[c.owner], 0, k)
}

func (w *world) describe(t *testing.T, c *caller, id int64) {
	t.Helper()
	var answer struct {
		Id               int64
		OwnerUin, Domain string
		KeyPassword      *string
	}
	if !w.ask(t, c, "DescribeCSR", []int64{id}, map[string]any{"CSRId": id}, &answer) {
		return
	}
	k := w.find(c.owner, id)
	if answer.Id != id || answer.Domain != k.domain || answer.OwnerUin != c.owner.String() {
		t.Fatalf("%s sees %+v, want %+v", c.name, answer, k)
	}
	switch mayRead := c.may("csrd:ReadPrivateKey", fmt.Sprintf("qcs::ssl::uin/%d:csr/%d", c.owner, id)); {
	case !mayRead && answer.KeyPassword != nil:
		t.Fatalf("%s is shown the password of %d", c.name, id)
	case mayRead && (answer.KeyPassword == nil || *answer.KeyPassword != k.password):
		t.Fatalf("%s is not shown the password of %d", c.name, id)
	}
}

func (w *world) modify(t *testing.T, c *caller, id int64) {
	t.Helper()
	domain := w.anyDomain()
	if w.ask(t, c, "ModifyCSR", []int64{id}, map[string]any{"CSRId": id, "Generate": false, "Domain": domain}, &struct{}{}) {
		w.find(c.owner, id).domain = domain
	}
}

func (w *world) delete(t *testing.T, c *caller, ids ...int64) {
	t.Helper()
	var answer struct{ Success []int64 }
	if !w.ask(t, c, "BatchDeleteCSR", ids, map[string]any{"CSRIds": ids}, &answer) {
		return
	}
	want := []int64{}
	for _, id := range ids {
		if k := w.find(c.owner, id); k != nil {
			want = append(want, id)
			w.has[c.owner] = slices.DeleteFunc(w.has[c.owner], func(other *kept) bool { return other == k })
		}
	}
	if !slices.Equal(answer.Success, want) {
		t.Fatalf("%s deletes %v of %v, want %v", c.name, answer.Success, ids, want)
	}
}

func (w *world) list(t *testing.T, c *caller, domain string, offset int) {
	t.Helper()
	var answer struct {
		Total int
		Set   []struct {
			Id       int64
			OwnerUin string
		}
	}
	if !w.ask(t, c, "DescribeCSRSet", nil, map[string]any{"Domain": domain, "Offset": offset, "Limit": 100}, &answer) {
		return
	}
	var want, got []int64
	for _, k := range w.has[c.owner] {
		if domain == "" || k.domain == domain {
			want = append(want, k.id)
		}
	}
	for _, item := range answer.Set {
		got = append(got, item.Id)
		if item.OwnerUin != c.owner.String() {
			t.Fatalf("%s is shown a CSR of %s", c.name, item.OwnerUin)
		}
	}
	if page := want[min(offset, len(want)):]; answer.Total != len(want) || !slices.Equal(got, page) {
		t.Fatalf("%s lists %v of %d, want %v of %d", c.name, got, answer.Total, page, len(want))
	}
}
