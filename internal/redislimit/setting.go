package redislimit

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// dialTimeout bounds what goes on behind a call's own time: a connection that
// is made too late for one call serves the next.
const dialTimeout = time.Second

// Check says what is wrong with a URL, as [New] does.
func Check(url string) error {
	_, err := options(url, "")
	return err
}

// options reads a URL, redis://USER:PASSWORD@HOST:PORT/DB, rediss:// for TLS,
// or unix://PATH. No error repeats what may hold a password.
func options(text, password string) (*redis.Options, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("it is no URL: one is as redis://HOST:6379 or, for TLS, rediss://HOST:6379")
	}
	user := u.User
	u.User = nil
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, fmt.Errorf("%w: it is as redis://HOST:6379 or, for TLS, rediss://HOST:6379", err)
	}
	o.Username = user.Username()
	o.Password, _ = user.Password()
	o.Password = cmp.Or(password, o.Password)

	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.MaxRetries = -1 // the call has no time for it
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}
