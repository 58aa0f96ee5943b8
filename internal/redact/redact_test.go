package redact_test

import (
	"strings"
	"testing"

	"github.com/acd-sdk/acd/internal/redact"
)

func TestSecretsAreTakenOut(t *testing.T) {
	const token = "Atza|IwEBIJ+sesame/open=="
	for text, want := range map[string]string{
		"nothing to hide":                     "nothing to hide",
		"denied for " + token:                 "denied for [redacted]",
		"Bearer " + token + ", sorry":         "Bearer [redacted], sorry",
		"bearer abc":                          "Bearer [redacted]",
		"Atza%7CIwEBIJ%2Bsesame%2Fopen%3D%3D": "[redacted]",
		"it was Atza|IwEBIJ+ses...":           "it was [redacted]...",
		`{"access_token":"abcdef"}`:           `{"access_token":"[redacted]"}`,
		"see https://bucket.example/key?X-Amz-Signature=f00&x=1 now": "see https://bucket.example/[redacted] now",
		"https://bucket.example:port/%zz?sig=f00":                    "https://bucket.example:port/[redacted]",
		"https://user:pass@host.example/":                            "https://host.example/[redacted]",
		"https://user:pass@host.example":                             "https://host.example",
		"GET /key?X-Amz-Credential=abc&Signature=def":                "GET /key?X-Amz-Credential=[redacted]&Signature=[redacted]",
		"Cookie: at-main=secret; x":                                  "Cookie: [redacted]",
		"no access token: revoked":                                   "no access token: revoked",
		"at-main=secret":                                             "at-main=[redacted]",
		"key ASIAABCDEFGHIJKLMNOP":                                   "key [redacted]",
	} {
		if got := redact.Text(text, []string{token, "x"}); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A given secret is removed, whatever text is around it.
func FuzzSecretsAreNotTold(f *testing.F) {
	f.Add("a ", " b")
	f.Add("https://h/", "?x")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "correct-horse-battery"
		if got := redact.Text(before+secret+after, []string{secret}); strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
	})
}

func TestShortSecretsDoNotGarbleTexts(t *testing.T) {
	var s redact.Secrets
	s.Add("1", "", "abc", "long enough", "long enough")
	if len(s) != 1 || redact.Text("1 abc", s) != "1 abc" {
		t.Errorf("%q", s)
	}
}

// Most responses have empty texts, and all of them go through Text.
func TestAnEmptyTextCostsNothing(t *testing.T) {
	secrets := []string{"correct-horse-battery"}
	if n := testing.AllocsPerRun(10, func() { redact.Text("", secrets) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
