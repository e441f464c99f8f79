package sdktest

// mode is how a client signs and sends.
type mode struct {
	sign string // as the profiles of the SDKs name it
	http string
}

var modes = []mode{
	{"TC3-HMAC-SHA256", "POST"},
	{"TC3-HMAC-SHA256", "GET"},
	{"HmacSHA256", "POST"},
	{"HmacSHA256", "GET"},
	{"HmacSHA1", "POST"},
	{"HmacSHA1", "GET"},
}

func (m mode) String() string { return m.sign + " " + m.http }
