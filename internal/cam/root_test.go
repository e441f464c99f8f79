package cam_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/cam"
)

func TestMadeUpRootsAreValidAndDistinct(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		root, err := cam.RootSetting{}.Root()
		if err != nil {
			t.Fatal(err)
		}
		if uin := root.Owner.String(); len(uin) != 12 || root.Owner > csr.MaxID {
			t.Errorf("the Uin %s has not twelve digits", uin)
		}
		if !cam.ValidSecretID(root.SecretID) || !strings.HasPrefix(root.SecretID, "AKID") {
			t.Errorf("the SecretId %q is not valid", root.SecretID)
		}
		// 26 characters of base32 are 128 bits.
		if secret := string(root.SecretKey); len(secret) < 26 || len(secret) > 128 || strings.Contains(root.SecretID, secret) {
			t.Errorf("the SecretKey %q is not good", secret)
		}
		again, err := cam.RootSetting{Uin: root.Owner.String(), SecretID: root.SecretID, SecretKey: root.SecretKey}.Root()
		if err != nil || again != root {
			t.Errorf("set as it was made up, %v is %v with error %v", root, again, err)
		}
		for _, made := range []string{root.Owner.String(), root.SecretID, string(root.SecretKey)} {
			if seen[made] {
				t.Errorf("%q is made up twice", made)
			}
			seen[made] = true
		}
	}
}

func TestRootTakesWhatIsSetAndMakesUpTheRest(t *testing.T) {
	for _, set := range []cam.RootSetting{
		{Uin: "1"},
		{Uin: "9007199254740991"},
		{SecretID: "A"},
		{SecretID: strings.Repeat("A", 128)},
		{SecretKey: csr.Secret(strings.Repeat("k", 16))},
		{SecretKey: csr.Secret(strings.Repeat("k", 128))},
		{SecretKey: "with = / + and ; 'quotes'"},
		{Uin: "100000000001", SecretID: "AKID_example-1", SecretKey: "0123456789abcdef"},
	} {
		root, err := set.Root()
		if err != nil {
			t.Errorf("%+v: %v", set, err)
			continue
		}
		if set.Uin != "" && root.Owner.String() != set.Uin {
			t.Errorf("Uin %s, want %s", root.Owner, set.Uin)
		}
		if set.SecretID != "" && root.SecretID != set.SecretID {
			t.Errorf("SecretId %s, want %s", root.SecretID, set.SecretID)
		}
		if set.SecretKey != "" && root.SecretKey != set.SecretKey {
			t.Errorf("SecretKey %q, want %q", string(root.SecretKey), string(set.SecretKey))
		}
		if root.Owner < 1 || root.SecretID == "" || len(root.SecretKey) < 16 {
			t.Errorf("%+v: the root %+v lacks something", set, root)
		}
	}
}

func TestWrongRootSettingIsRefusedWithoutItsSecretKey(t *testing.T) {
	good := cam.RootSetting{Uin: owner.String(), SecretID: secretID, SecretKey: secretKey}
	for _, test := range []struct {
		name string
		set  func(*cam.RootSetting)
		want string
	}{
		{"Uin of letters", func(s *cam.RootSetting) { s.Uin = "root" }, `Uin "root"`},
		{"Uin 0", func(s *cam.RootSetting) { s.Uin = "0" }, `Uin "0"`},
		{"negative Uin", func(s *cam.RootSetting) { s.Uin = "-1" }, `Uin "-1"`},
		{"Uin with a fraction", func(s *cam.RootSetting) { s.Uin = "1.0" }, "Uin"},
		{"Uin with a space", func(s *cam.RootSetting) { s.Uin = " 1" }, "Uin"},
		{"Uin in hexadecimal", func(s *cam.RootSetting) { s.Uin = "0x10" }, "Uin"},
		{"Uin of 2^53", func(s *cam.RootSetting) { s.Uin = "9007199254740992" }, "to 9007199254740991"},
		{"Uin beyond 64 bits", func(s *cam.RootSetting) { s.Uin = "18446744073709551617" }, "Uin"},
		{"SecretId with a slash", func(s *cam.RootSetting) { s.SecretID = "AKID/1" }, "SecretId"},
		{"SecretId of 129", func(s *cam.RootSetting) { s.SecretID = strings.Repeat("A", 129) }, "SecretId"},
		{"SecretKey of 15", func(s *cam.RootSetting) { s.SecretKey = secretKey[:15] }, "SecretKey must have 16 to 128"},
		{"SecretKey of 1", func(s *cam.RootSetting) { s.SecretKey = "~" }, "SecretKey"},
		{"SecretKey of 129", func(s *cam.RootSetting) { s.SecretKey = csr.Secret(strings.Repeat("q", 129)) }, "SecretKey"},
		{"SecretId and SecretKey the wrong way round", func(s *cam.RootSetting) { s.SecretID, s.SecretKey = "a+secret/key=", "AKID" }, "SecretId"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := good
			test.set(&set)
			root, err := set.Root()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if root != (cam.Root{}) {
				t.Errorf("there is a root %+v", root)
			}
			if strings.Contains(err.Error(), string(set.SecretKey)) || strings.Contains(err.Error(), "a+secret/key=") {
				t.Errorf("the error %q shows a secret", err)
			}
		})
	}
}

func TestRootDoesNotPrintItsSecretKey(t *testing.T) {
	set := cam.RootSetting{Uin: owner.String(), SecretID: secretID, SecretKey: secretKey}
	root, err := set.Root()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %v %+v %#v", set, set, set, root, &root, root)
	if strings.Contains(text, string(secretKey)) {
		t.Errorf("printed, it shows the SecretKey: %s", text)
	}
}

func TestDiffersFrom(t *testing.T) {
	for _, test := range []struct {
		name string
		set  cam.RootSetting
		want bool
	}{
		{"nothing set", cam.RootSetting{}, false},
		{"all as it is", cam.RootSetting{Uin: owner.String(), SecretID: secretID, SecretKey: secretKey}, false},
		{"the Uin alone", cam.RootSetting{Uin: owner.String()}, false},
		{"the SecretId alone", cam.RootSetting{SecretID: secretID}, false},
		{"the key alone, without the Uin", cam.RootSetting{SecretID: secretID, SecretKey: secretKey}, false},
		{"another Uin", cam.RootSetting{Uin: "1"}, true},
		{"another Uin with the same key", cam.RootSetting{Uin: "1", SecretID: secretID, SecretKey: secretKey}, true},
		{"the Uin of another account with the same key", cam.RootSetting{Uin: (owner + 1).String(), SecretID: secretID, SecretKey: secretKey}, true},
		{"another SecretId", cam.RootSetting{SecretID: "AKIDother"}, true},
		{"another SecretId with the same Uin", cam.RootSetting{Uin: owner.String(), SecretID: "AKIDother", SecretKey: secretKey}, true},
		{"another SecretKey", cam.RootSetting{SecretID: secretID, SecretKey: "another0123456789"}, true},
		{"a SecretKey that begins the same", cam.RootSetting{SecretID: secretID, SecretKey: secretKey[:len(secretKey)-1]}, true},
		{"a longer SecretKey", cam.RootSetting{Uin: owner.String(), SecretID: secretID, SecretKey: secretKey + "0"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, seals := withRoot(t)
			s.accounts = append(s.accounts, cam.Account{Owner: owner + 1})
			got, err := test.set.DiffersFrom(t.Context(), s, cam.NewKeyring(s, seals))
			if err != nil || got != test.want {
				t.Errorf("%v with error %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestKeyThatWasDisabledSinceDiffers(t *testing.T) {
	s, seals := withRoot(t)
	s.enable(false)
	set := cam.RootSetting{SecretID: secretID, SecretKey: secretKey}
	if got, err := set.DiffersFrom(t.Context(), s, cam.NewKeyring(s, seals)); err != nil || !got {
		t.Errorf("%v with error %v, want true", got, err)
	}
}

// The setting that made an account stays in the environment: at the next start
// it is no other.
func TestSettingThatMadeTheRootDoesNotDiffer(t *testing.T) {
	for _, set := range []cam.RootSetting{
		{Uin: "1"},
		{Uin: "007", SecretID: secretID},
		{Uin: "+7", SecretID: secretID, SecretKey: secretKey},
		{SecretID: secretID, SecretKey: secretKey + "\n"},
	} {
		root, err := set.Root()
		if err != nil {
			continue // refused is as good
		}
		s, seals := &store{}, &sealer{}
		if err := cam.CreateRoot(t.Context(), s, seals, root, start); err != nil {
			t.Fatal(err)
		}
		if differs, err := set.DiffersFrom(t.Context(), s, cam.NewKeyring(s, seals)); err != nil || differs {
			t.Errorf("Uin %q: differs %v with error %v, want false", set.Uin, differs, err)
		}
	}
}

func TestDiffersFromTellsThatItCouldNotLook(t *testing.T) {
	set := cam.RootSetting{Uin: owner.String(), SecretID: secretID, SecretKey: secretKey}
	for _, test := range []struct {
		name   string
		breaks func(*store, *sealer)
		want   error
	}{
		{"at the accounts", func(s *store, _ *sealer) { s.listErr = errStore }, errStore},
		{"at the access key", func(s *store, _ *sealer) { s.findErr = errStore }, errStore},
		{"into the SecretKey", func(_ *store, seals *sealer) { seals.err = errSeal }, errSeal},
	} {
		s, seals := withRoot(t)
		test.breaks(s, seals)
		if differs, err := set.DiffersFrom(t.Context(), s, cam.NewKeyring(s, seals)); !errors.Is(err, test.want) || differs {
			t.Errorf("%s: %v with error %v, want false with %v", test.name, differs, err, test.want)
		}
	}
}

func TestValidSecretID(t *testing.T) {
	for _, test := range []struct {
		id   string
		want bool
	}{
		{"AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", true},
		{"a", true}, {"Z", true}, {"0", true}, {"9", true}, {"_", true}, {"-", true},
		{strings.Repeat("x", 128), true},
		{strings.Repeat("x", 129), false},
		{"", false},
		{" ", false}, {"AKID ", false}, {"AK ID", false}, {"AKID\n", false}, {"AKID\x00", false},
		{"AKID/1", false}, {"AKID.1", false}, {"AKID=1", false}, {"AKID,1", false}, {"AKID'--", false},
		{"AKID@", false}, {"AKID[", false}, {"AKID`", false}, {"AKID{", false}, {"AKID:", false}, // beside the letters and digits
		{"AKIDé", false}, {"AKID密钥", false}, {"AKID\xff", false},
	} {
		if got := cam.ValidSecretID(test.id); got != test.want {
			t.Errorf("%q: %v, want %v", test.id, got, test.want)
		}
	}
}

func TestCreateRootStoresTheSecretKeySealed(t *testing.T) {
	s, seals := withRoot(t)
	if len(s.accounts) != 1 || s.accounts[0].Owner != owner || !s.accounts[0].Enabled || !s.accounts[0].CreateTime.Equal(start) {
		t.Errorf("the accounts are %+v", s.accounts)
	}
	if len(s.keys) != 1 {
		t.Fatalf("the access keys are %+v, want one", s.keys)
	}
	key := s.keys[secretID]
	if key.Owner != owner || !key.Enabled || key.Version != 1 || !key.CreateTime.Equal(start) {
		t.Errorf("the access key is %+v", key)
	}
	if len(key.SecretKey) == 0 || bytes.Contains(key.SecretKey, []byte(secretKey)) {
		t.Errorf("the store got the SecretKey as %q", key.SecretKey)
	}
	if got, err := seals.Open(t.Context(), cam.PurposeSecretKey, owner, secretID, key.SecretKey); err != nil || csr.Secret(got) != secretKey {
		t.Errorf("the SecretKey opens to %q with error %v", string(got), err)
	}
}

func TestCreateRootThatFailsStoresNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		breaks func(*store, *sealer)
		want   error
	}{
		{"sealing", func(_ *store, seals *sealer) { seals.err = errSeal }, errSeal},
		{"storing", func(s *store, _ *sealer) { s.makeErr = errStore }, errStore},
	} {
		s, seals := &store{}, &sealer{}
		test.breaks(s, seals)
		err := cam.CreateRoot(t.Context(), s, seals, cam.Root{Owner: owner, SecretID: secretID, SecretKey: secretKey}, start)
		if !errors.Is(err, test.want) || strings.Contains(fmt.Sprint(err), string(secretKey)) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
		if len(s.accounts) != 0 || len(s.keys) != 0 {
			t.Errorf("%s: the store has the accounts %v and the keys %v", test.name, s.accounts, s.keys)
		}
	}
}

func TestNewKeysAreSealedEnabledAndDistinct(t *testing.T) {
	seals := &sealer{}
	seen := map[string]bool{}
	for range 100 {
		key, secret, err := cam.NewKey(t.Context(), seals, owner, "dev", start)
		if err != nil {
			t.Fatal(err)
		}
		if key.Owner != owner || key.User != "dev" || !key.Enabled || key.Version != 1 || !key.CreateTime.Equal(start) || !cam.ValidSecretID(key.SecretID) {
			t.Errorf("made the key %+v", key)
		}
		if bytes.Contains(key.SecretKey, []byte(secret)) {
			t.Errorf("the SecretKey is not sealed: %q", key.SecretKey)
		}
		if got, err := seals.Open(t.Context(), cam.PurposeSecretKey, owner, key.SecretID, key.SecretKey); err != nil || csr.Secret(got) != secret {
			t.Errorf("the SecretKey opens to %q with error %v", string(got), err)
		}
		for _, made := range []string{key.SecretID, string(secret)} {
			if seen[made] || len(made) < 26 {
				t.Errorf("%q is made up twice, or short", made)
			}
			seen[made] = true
		}
	}
	seals.err = errSeal
	if key, _, err := cam.NewKey(t.Context(), seals, owner, "", start); !errors.Is(err, errSeal) || key.SecretKey != nil {
		t.Errorf("not sealed: %+v, %v, want %v", key, err, errSeal)
	}
}
