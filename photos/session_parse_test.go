package photos

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// wantDE returns the cookies that all forms of one session hold. The value of at-acbde has the
// characters that are difficult to quote.
func wantDE() map[string]string {
	return map[string]string{
		"session-id":    "262-SECRET1-1234567",
		"ubid-acbde":    "259-SECRET2-7654321",
		"at-acbde":      `"Atza|SECRET3!%7C$x'y\z==&^~"`,
		"session-token": "SECRET4/+==",
		"x-acbde":       `"SECRET5@abc?"`,
	}
}

const headerDE = `session-id=262-SECRET1-1234567; i18n-prefs=EUR; ubid-acbde=259-SECRET2-7654321; sess-at-acbde="SECRETno"; sst-acbde=SECRETno; ` +
	`at-acbde="Atza|SECRET3!%7C$x'y\z==&^~"; session-token=SECRET4/+==; x-acbde="SECRET5@abc?"; lc-acbde=de_DE`

const (
	curlBash = `curl 'https://www.amazon.de/drive/v1/search?asset=ALL&limit=1' \
  -H 'accept: */*' \
  -b $'session-id=262-SECRET1-1234567; ubid-acbde=259-SECRET2-7654321; at-acbde="Atza|SECRET3\u0021%7C$x\'y\\z==&^~"; session-token=SECRET4/+==; x-acbde="SECRET5@abc?"' \
  -H 'x-amzn-sessionid: 262-SECRET1-1234567' --compressed ;
`
	curlSafari = `curl 'https://www.amazon.de/photos' \
-X 'GET' \
-H 'Cookie: session-id=262-SECRET1-1234567; ubid-acbde=259-SECRET2-7654321; at-acbde="Atza|SECRET3!%7C$x'\''y\z==&^~"; session-token=SECRET4/+==; x-acbde="SECRET5@abc?"'`
	curlCmd = `curl ^"https://www.amazon.de/drive/v1/search?asset=ALL^&limit=1^" ^
  -H ^"accept: */*^" ^
  -b ^"session-id=262-SECRET1-1234567; ubid-acbde=259-SECRET2-7654321; at-acbde=^\^"Atza^|SECRET3^!^%^7C^$x'y\\z==^&^^~^\^"; session-token=SECRET4/+==; x-acbde=^\^"SECRET5^@abc?^\^"^" ^
  --data-raw ^"^"`
	curlOldCmd = `curl "https://www.amazon.de/drive/v1/search" ^
  -H "Cookie: session-id=262-SECRET1-1234567; ubid-acbde=259-SECRET2-7654321; at-acbde=""Atza|SECRET3!"%"7C$x'y\\z==&^^~""; session-token=SECRET4/+==; x-acbde=\"SECRET5@abc?\"" ^
  --data-raw "" --compressed`
	powerShell = "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n" +
		"$session.UserAgent = \"Mozilla/5.0 (X11; Linux x86_64)\"\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"session-id\", \"262-SECRET1-1234567\", \"/\", \".amazon.de\")))\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"session-id\", \"other-SECRET\", \"/\", \".amazon.com\")))\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"ubid-acbde\", \"259-SECRET2-7654321\", \"/\", \".amazon.de\")))\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"at-acbde\", \"`\"Atza|SECRET3!%7C`$x'y\\z==&^~`\"\", \"/\", \".amazon.de\")))\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"session-token\", \"SECRET4/+==\", \"/\", \".amazon.de\")))\n" +
		"$session.Cookies.Add((New-Object System.Net.Cookie(\"x-acbde\", \"`\"SECRET5@abc?`\"\", \"/\", \".amazon.de\")))\n" +
		"Invoke-WebRequest -UseBasicParsing -Uri \"https://www.amazon.de/\" `\n-WebSession $session `\n-Headers @{\n\"accept\"=\"*/*\"\n}\n"
	extension = `[{"domain":".amazon.de","expirationDate":4102444800.5,"hostOnly":false,"httpOnly":false,"name":"session-id","value":"262-SECRET1-1234567","id":1},
 {"domain":".example.com","name":"at-acbde","value":"SECRETno"},
 {"domain":".amazon.com","name":"session-id","value":"SECRETno"},
 {"domain":".amazon.com","name":"ubid-main","value":"SECRETno"},
 {"domain":".amazon.de","expirationDate":4102444800,"name":"ubid-acbde","value":"259-SECRET2-7654321"},
 {"domain":".amazon.de","expirationDate":4102444800,"httpOnly":true,"name":"at-acbde","value":"\"Atza|SECRET3!%7C$x'y\\z==&^~\""},
 {"domain":".amazon.de","session":true,"name":"session-token","value":"SECRET4/+=="},
 {"domain":".amazon.de","name":"x-acbde","value":"\"SECRET5@abc?\""}]`
	cookiesTxt = "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html?a=b\n\n" +
		".amazon.com\tTRUE\t/\tTRUE\t4102444800\tsession-id\tSECRETno\n" +
		".amazon.de\tTRUE\t/\tTRUE\t4102444800\tsession-id\t262-SECRET1-1234567\n" +
		".amazon.de\tTRUE\t/\tTRUE\t4102444800\tubid-acbde\t259-SECRET2-7654321\n" +
		"#HttpOnly_.amazon.de\tTRUE\t/\tTRUE\t4102444800\tat-acbde\t\"Atza|SECRET3!%7C$x'y\\z==&^~\"\n" +
		"www.amazon.de\tFALSE\t/\tFALSE\t0\tsession-token\tSECRET4/+==\n" +
		".amazon.de\tTRUE\t/\tTRUE\t4102444800\tx-acbde\t\"SECRET5@abc?\"\n"
	table = "Name\tValue\tDomain\tPath\tExpires / Max-Age\tSize\tHttpOnly\n" +
		"session-id\tSECRETno\t.amazon.com\t/\t2090-01-01T00:00:00.000Z\t29\t\n" +
		"session-id\t262-SECRET1-1234567\t.amazon.de\t/\t2090-01-01T00:00:00.000Z\t29\t\n" +
		"ubid-acbde\t259-SECRET2-7654321\t.amazon.de\t/\t2090-01-01T00:00:00.000Z\t29\t\n" +
		"at-acbde\t\"Atza|SECRET3!%7C$x'y\\z==&^~\"\t.amazon.de\t/\tSession\t400\t✓\n" +
		"session-token\tSECRET4/+==\t.amazon.de\t/\tSession\t20\t✓\n" +
		"x-acbde\t\"SECRET5@abc?\"\t.amazon.de\t/\tSession\t20\t✓\n"
)

// asObject returns the cookies as a JSON object. change is applied to each name.
func asObject(change func(string) string) string {
	var pairs []string
	for name, value := range wantDE() {
		pairs = append(pairs, fmt.Sprintf("%q: %q", change(name), value))
	}
	return "{" + strings.Join(pairs, ",\n") + "}"
}

func unchanged(s string) string   { return s }
func underscored(s string) string { return strings.ReplaceAll(s, "-", "_") }

// forms returns one session in each form.
func forms() map[string]string {
	return map[string]string{
		"header":                    headerDE,
		"named header":              "Cookie: " + headerDE,
		"header in quotes":          `"cookie: ` + headerDE + `"`,
		"header over lines":         strings.ReplaceAll(headerDE, "; ", ";\n  "),
		"all headers":               "GET /photos?a=b HTTP/2\nHost: www.amazon.de\nUser-Agent: x (a; b=c)\nCookie: " + headerDE + "\nAccept: */*\n",
		"header names on lines":     "accept\n*/*\ncookie\n" + headerDE + "\ndnt\n1\n",
		"curl, bash":                curlBash,
		"curl, bash, two":           curlBash + curlBash,
		"curl, Safari":              curlSafari,
		"curl, cmd":                 curlCmd,
		"curl, older cmd":           curlOldCmd,
		"curl, PowerShell":          "PS> curl.exe 'https://www.amazon.de/' `\n --header 'cookie: " + strings.ReplaceAll(headerDE, "'", `'\''`) + "'",
		"curl, --cookie=":           "$ curl https://www.amazon.de --cookie='" + strings.ReplaceAll(headerDE, "'", `'\''`) + "'",
		"curl, -b without blank":    "curl -b'" + strings.ReplaceAll(headerDE, "'", `'"'"'`) + "' https://www.amazon.de",
		"curl, quotes side by side": "curl -H 'cookie: " + strings.NewReplacer("'", `'\''`, "=", "''=").Replace(headerDE) + "'",
		"options alone":             "-H 'cookie: " + strings.ReplaceAll(headerDE, "'", `'\''`) + "'",
		"PowerShell":                powerShell,
		"PowerShell headers":        "Invoke-WebRequest -Uri \"https://www.amazon.de/\" -Headers @{\n\"Cookie\"=\"" + strings.NewReplacer("`", "``", "$", "`$", `"`, "`\"").Replace(headerDE) + "\"\n}",
		"fetch":                     `fetch("https://www.amazon.de/", { "headers": { "accept": "*/*", "cookie": ` + fmt.Sprintf("%q", headerDE) + ` }, "method": "GET" });`,
		"object":                    asObject(unchanged),
		"object, underscored":       asObject(underscored),
		"object of an object":       `{"cookies": ` + asObject(underscored) + `, "headers": {}}`,
		"object with a header":      `{"headers": [1], "Cookie": ` + fmt.Sprintf("%q", headerDE) + `}`,
		"extension":                 extension,
		"storage state":             `{"cookies": ` + strings.ReplaceAll(extension, "expirationDate", "expires") + `, "origins": []}`,
		"session cookies":           strings.NewReplacer(`"expirationDate":4102444800.5`, `"expires":-1`, `"expirationDate":4102444800`, `"expires":"Session"`).Replace(extension),
		"milliseconds":              strings.ReplaceAll(extension, `4102444800,`, `4102444800000,`),
		"cookies.txt":               cookiesTxt,
		"cookies.txt, blanks":       strings.ReplaceAll(cookiesTxt, "\t", "  "),
		"table":                     table,
		"table without domains":     strings.ReplaceAll(strings.ReplaceAll(table, "\tSECRETno", "\t"), "\t.amazon.de\t/", "\tfalse"),
		"lines":                     strings.ReplaceAll(headerDE, "; ", "\n"),
		"lines, underscored":        strings.NewReplacer("; ", "\n", "session-", "session_", "-acbde", "_acbde", "=2", " = 2").Replace(headerDE),
	}
}

func TestSessionIsReadFromEveryForm(t *testing.T) {
	for name, text := range forms() {
		for around, text := range map[string]string{
			"":                      text,
			", CRLF":                strings.ReplaceAll(text, "\n", "\r\n"),
			", BOM and blanks":      "\ufeff \r\n\t" + text + " \n\n",
			", UTF-16 of a console": utf16Text(text),
		} {
			t.Run(name+around, func(t *testing.T) {
				s, err := ParseSession([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if s.Site() != "amazon.de" || !maps.Equal(s.cookies(), wantDE()) {
					t.Errorf("%s: got %q", s.Site(), s.cookies())
				}
			})
		}
	}
}

func utf16Text(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestSitesOfSessions(t *testing.T) {
	for end, site := range map[string]string{"main": "amazon.com", "acbuk": "amazon.co.uk", "acbjp": "amazon.co.jp", "acbca": "amazon.ca"} {
		s, err := ParseSession([]byte("at_" + end + "=a; ubid-" + end + "=u; session-id=s; at-acbde=z"))
		if err != nil || s.Site() != site || s.header() != "session-id=s; ubid-"+end+"=u; at-"+end+"=a" {
			t.Errorf("%s: %v, %v", end, s, err)
		}
	}
}

func TestFirstOfTwoCookiesWithOneNameCounts(t *testing.T) {
	s, err := ParseSession([]byte("session-id=1; session-id=2; at-main=3; at_main=4; ubid-main=; ubid-main=5"))
	if err != nil || s.header() != "session-id=1; ubid-main=5; at-main=3" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestFaultsOfPastedTextsSayWhatToDo(t *testing.T) {
	long := strings.Repeat("SECRET", 1000)
	for name, tc := range map[string]struct{ text, want string }{
		"empty":            {"", "the text is empty: sign in at"},
		"blank":            {"\ufeff \n", "the text is empty"},
		"a page":           {"<!DOCTYPE html><html>at-main=SECRET", "a web page"},
		"other site":       {"NID=SECRET; SIDCC=SECRET", "no cookie of a site that has Amazon Photos"},
		"words":            {"SECRET", "no cookie of a site"},
		"too long":         {strings.Repeat("x", 1<<20+1), "longer than 1 MiB"},
		"no at":            {"session-id=SECRET; ubid-acbuk=SECRET", "the cookie at-acbuk is missing for amazon.co.uk: a script of the page (document.cookie) cannot see at-…; sign in at www.amazon.co.uk in a browser"},
		"no ubid":          {"session-id=SECRET; at-acbuk=SECRET", "the cookie ubid-acbuk is missing for amazon.co.uk: sign in at"},
		"at alone":         {"at-main=SECRET", "the cookies session-id and ubid-main are missing for amazon.com: sign in"},
		"ubid alone":       {"ubid-main=SECRET", "the cookies session-id and at-main are missing for amazon.com: a script"},
		"session-id alone": {"session-id=SECRET", "the cookies ubid-… and at-…, which say which site this is, are missing"},
		"domain alone":     {`[{"name":"session-id","value":"SECRET","domain":".amazon.fr"}]`, "ubid-acbfr and at-acbfr are missing for amazon.fr"},
		"two sites": {"at-main=SECRET; ubid-main=SECRET; at-acbde=SECRET; ubid-acbde=SECRET; session-id=SECRET",
			"these are cookies of amazon.com and amazon.de: export those of one site only"},
		"another's domain":     {`[{"name":"at-main","value":"SECRET","domain":"amazon.com.evil.test"},{"name":"ubid-main","value":"SECRET","domain":"evil.test"}]`, "no cookie of a site"},
		"expired, cookies.txt": {strings.Replace(cookiesTxt, "4102444800\tat", "1700000000\tat", 1), "the cookie at-acbde has expired on 2023-11-14: sign in at www.amazon.de again"},
		"expired, extension":   {strings.Replace(extension, `4102444800,"httpOnly"`, `1700000000,"httpOnly"`, 1), "the cookie at-acbde has expired on 2023-11-14"},
		"expired, table":       {strings.Replace(table, "2090-01-01T00:00:00.000Z\t29\t\nat", "2023-11-14T00:00:00.000Z\t29\t\nat", 1), "the cookie ubid-acbde has expired on 2023-11-14"},
		"half a command":       {"curl 'https://www.amazon.de/' -b 'at-acbde=SECRET; ubid", "ends in the middle"},
		"half a list":          {`[{"name":"at-main","value":"SECRET"},`, "ends in the middle"},
		"half an object":       {`{"at-main":"SECRET`, "ends in the middle"},
		"no JSON":              {`{'at-main': 'SECRET'}`, "begins as JSON"},
		"other JSON":           {`["SECRET"]`, "begins as JSON"},
		"two documents":        {`{"at-main":"SECRET"}{"at-main":"SECRET"}`, "begins as JSON"},
		"an ellipsis":          {"session-id=SECRET; ubid-main=SECRET; at-main=Atza|SECRET…", "the value of the cookie at-main is too long or holds a character that no cookie has"},
		"a line's end":         {`{"session-id":"SECRET","ubid-main":"SECRET","at-main":"SECRET\r\nX: y"}`, "the value of the cookie at-main"},
		"a long value":         {"session-id=SECRET; ubid-main=SECRET; at-main=" + long, "the value of the cookie at-main is too long"},
		"a terminal's line":    {("session-id=SECRET; x=" + long)[:4095], "the text is 4095 bytes long, where terminals cut lines off"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ParseSession([]byte(tc.text))
			if err == nil {
				t.Fatalf("no error, but %v", s)
			}
			text := err.Error()
			if !strings.Contains(text, tc.want) || strings.ContainsAny(text, "\r\n") || !strings.HasPrefix(text, "photos: ") || len(text) > 400 {
				t.Errorf("got %q", text)
			}
			if strings.Contains(text, "SECRET") {
				t.Errorf("a cookie in an error: %s", text)
			}
		})
	}
}

func TestExpiryIsComparedWithNow(t *testing.T) {
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	text := []byte(strings.ReplaceAll(cookiesTxt, "4102444800", fmt.Sprint(day.Unix())))
	if _, err := parseSession(text, day.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if _, err := parseSession(text, day); err == nil {
		t.Error("expired cookies are taken")
	}
}

// Whatever the text is, a session that was read from it can be sent and stored, and an error
// contains no secret.
func FuzzParseSession(f *testing.F) {
	for _, text := range forms() {
		f.Add([]byte(text))
	}
	for _, text := range []string{"", "<", "[", "{", "curl ^", "curl $'\\", "curl \"\\", "session-id=SECRET", "\xff\xfex", "-b '\\u00", `{"cookies":3}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSession(text)
		if err != nil {
			if strings.Contains(err.Error(), "SECRET") || strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("a cookie or a line's end in an error: %v", err)
			}
			return
		}
		for name, value := range s.cookies() {
			if !isValue(value) {
				t.Fatalf("%s is %q", name, value)
			}
		}
		req := http.Request{Header: http.Header{"Cookie": {s.header()}}}
		if n := len(req.Cookies()); n > len(s.cookies()) {
			t.Fatalf("%d cookies are sent for %d", n, len(s.cookies()))
		}
		stored, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range []string{string(stored), s.header()} {
			if back, err := ParseSession([]byte(again)); err != nil || !same(s, back) {
				t.Fatalf("%q is read as another session: %v, %v", again, back, err)
			}
		}
	})
}
