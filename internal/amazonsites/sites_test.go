package amazonsites

import "testing"

func TestEverySiteIsFoundByWhatPeopleWrite(t *testing.T) {
	for _, name := range Names() {
		for _, form := range []string{name, "www." + name, "https://www." + name + "/photos?x=1", " ." + name + " "} {
			if s, ok := ByName(form); !ok || s.Name != name {
				t.Errorf("%q: %v, %v", form, s, ok)
			}
		}
		s, _ := ByName(name)
		if back, ok := ByCookies(s.Cookies); !ok || back != s {
			t.Errorf("%s: cookies %q are those of %q", name, s.Cookies, back.Name)
		}
	}
	for _, name := range []string{"", "amazon", "amazon.evil.test", "notamazon.de", "amazon.de.evil.test", "photos.amazon.de"} {
		if s, ok := ByName(name); ok {
			t.Errorf("%q: %v", name, s)
		}
	}
}

func TestContentHostsBeginWithTheSitesOwn(t *testing.T) {
	for name, want := range map[string]string{
		"amazon.com":    "https://content-na.drive.amazonaws.com/cdproxy/",
		"amazon.de":     "https://content-eu.drive.amazonaws.com/cdproxy/",
		"amazon.co.jp":  "https://content-fe.drive.amazonaws.com/cdproxy/",
		"amazon.com.br": "https://content-na.drive.amazonaws.com/cdproxy/",
	} {
		s, _ := ByName(name)
		urls := s.ContentURLs()
		seen := map[string]bool{}
		for _, u := range urls {
			seen[u] = true
		}
		if urls[0] != want || len(seen) != 4 {
			t.Errorf("%s: %v", name, urls)
		}
	}
}

func TestHostsBelongToOneSite(t *testing.T) {
	for _, name := range Names() {
		for _, host := range []string{name, "www." + name, "Thumbnails-Photos." + name} {
			if s, ok := ByHost(host); !ok || s.Name != name {
				t.Errorf("%q: %v, %v", host, s, ok)
			}
		}
	}
	for _, host := range []string{"", "content-eu.drive.amazonaws.com", "notamazon.de", "www.amazon.de.evil.test"} {
		if s, ok := ByHost(host); ok {
			t.Errorf("%q: %v", host, s)
		}
	}
}
