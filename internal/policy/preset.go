package policy

// Preset is a policy that is there from the start, as in the cloud.
type Preset struct {
	Name    string
	Summary string // one line
	Text    string // the document
}

// Decision: the texts of the presets are csrd's own, since the cloud's are not public: QcloudSSLFullAccess allows
// `ssl:*` and QcloudSSLReadOnlyAccess `ssl:Describe*`, the one verb that reads among the actions here; neither grants
// csrd:ReadPrivateKey.

// Presets returns the preset policies, each of them valid for [Parse].
func Presets() []Preset {
	return []Preset{
		{"QcloudSSLFullAccess", "everything in ssl, without the private keys", `{
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": "ssl:*",
            "resource": "*"
        }
    ]
}
`},
		{"QcloudSSLReadOnlyAccess", "reading in ssl, without the private keys", `{
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": "ssl:Describe*",
            "resource": "*"
        }
    ]
}
`},
	}
}
