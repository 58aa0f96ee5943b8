package drivetest

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var timestampShape = regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z"$`)

func endpoint(t *testing.T, d *drive) {
	t.Run("endpoint names the hosts, each ending in a slash", func(t *testing.T) {
		var e struct {
			CustomerExists *bool
			MetadataURL    string
			ContentURL     string
		}
		d.send(t, "GET", d.DiscoveryURL).want(t, 200).has(t, "customerExists", "metadataUrl", "contentUrl").json(t, &e)
		if e.CustomerExists == nil || !*e.CustomerExists {
			t.Errorf("customerExists is not true")
		}
		for _, u := range []string{e.MetadataURL, e.ContentURL} {
			if parsed, err := url.Parse(u); err != nil || !parsed.IsAbs() || !strings.HasSuffix(u, "/") {
				t.Errorf("URL %q, want an absolute one that ends in /", u)
			}
		}
	})
	t.Run("endpoint names the region", func(t *testing.T) {
		d.settled(t)
		var e struct{ Region, CountryAtSignup, MarketplaceAtSignup, RetailURL string }
		d.send(t, "GET", d.DiscoveryURL).want(t, 200).json(t, &e)
		if !slices.Contains([]string{"NA", "EU", "FE"}, e.Region) {
			t.Errorf("region %q, want NA, EU or FE", e.Region)
		}
	})
	t.Run("the discovered host answers account/endpoint too", func(t *testing.T) {
		d.meta(t, "GET", "account/endpoint").want(t, 200)
	})
	t.Run("a doubled slash before the path is tolerated", func(t *testing.T) {
		d.meta(t, "GET", "/nodes/"+d.home).want(t, 200)
	})
	t.Run("the other access token header is accepted", func(t *testing.T) {
		d.meta(t, "GET", "account/info", anonymous(), header("x-amz-access-token", d.Token)).want(t, 200)
	})
}

func accountNumbers(t *testing.T, d *drive) {
	t.Run("info has the terms of use and the status", func(t *testing.T) {
		var info struct{ TermsOfUse, Status string }
		d.meta(t, "GET", "account/info").want(t, 200).has(t, "termsOfUse", "status").json(t, &info)
		if info.TermsOfUse == "" || info.Status != "ACTIVE" {
			t.Errorf("got %+v, want terms and ACTIVE", info)
		}
	})
	t.Run("quota has bytes and the time of counting", func(t *testing.T) {
		r := d.meta(t, "GET", "account/quota").want(t, 200).has(t, "quota", "available", "lastCalculated")
		var quota struct{ Quota, Available int64 }
		r.json(t, &quota)
		if quota.Quota <= 0 || quota.Available < 0 || quota.Available > quota.Quota {
			t.Errorf("got %+v, want 0 <= available <= quota", quota)
		}
		if got := r.fields(t)["lastCalculated"]; !timestampShape.Match(got) {
			t.Errorf("lastCalculated %s, want a timestamp", got)
		}
	})
	t.Run("usage has total and billable of each category", func(t *testing.T) {
		r := d.meta(t, "GET", "account/usage").want(t, 200)
		fields := r.fields(t)
		if len(fields) == 0 && !d.Fake {
			t.Skip("the service answered {}, which clients tolerate")
		}
		if got := fields["lastCalculated"]; !timestampShape.Match(got) {
			t.Errorf("lastCalculated %s, want a timestamp", got)
		}
		for _, category := range []string{"other", "doc", "photo", "video"} {
			for _, part := range []string{"total", "billable"} {
				var amounts map[string]map[string]*int64
				if err := json.Unmarshal(fields[category], &amounts); err != nil {
					t.Errorf("%s: %v", category, err)
				} else if amounts[part]["bytes"] == nil || amounts[part]["count"] == nil {
					t.Errorf("%s.%s = %v, want bytes and count", category, part, amounts[part])
				}
			}
		}
	})
	t.Run("one cannot post to the account", func(t *testing.T) {
		for _, path := range []string{"account/endpoint", "account/info", "account/quota", "account/usage"} {
			d.meta(t, "POST", path, text("{}")).want(t, 405)
		}
	})
}

type usage map[string]struct{ Total, Billable struct{ Bytes, Count int64 } }

func (d *drive) usage(t *testing.T) usage {
	t.Helper()
	fields := d.meta(t, "GET", "account/usage").want(t, 200).fields(t)
	delete(fields, "lastCalculated")
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	var u usage
	if err := json.Unmarshal(b, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func accountUsage(t *testing.T, d *drive) {
	kinds := []struct {
		category, name string
		content        []byte
	}{
		{"photo", "a.png", picture(t)},
		{"video", "a.mp4", unique(100)},
		{"doc", "a.pdf", unique(100)},
		{"other", "a.bin", unique(100)},
	}
	for _, kind := range kinds {
		t.Run("usage counts a file as "+kind.category, func(t *testing.T) {
			d.settled(t)
			d := d.fresh(t, Variant{})
			before := d.usage(t)[kind.category].Total
			d.file(t, d.home, kind.name, kind.content)
			after := d.usage(t)[kind.category].Total
			if after.Count != before.Count+1 || after.Bytes != before.Bytes+int64(len(kind.content)) {
				t.Errorf("%s went from %+v to %+v by a file of %d bytes", kind.category, before, after, len(kind.content))
			}
		})
	}
	t.Run("an upload takes its size from the quota", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{})
		available := func() int64 {
			var quota struct{ Available int64 }
			d.meta(t, "GET", "account/quota").want(t, 200).json(t, &quota)
			return quota.Available
		}
		before := available()
		d.file(t, d.home, "a", unique(1000))
		if after := available(); after != before-1000 {
			t.Errorf("available went from %d to %d by a file of 1000 bytes", before, after)
		}
	})
}

// picture returns a PNG that differs from every other file.
func picture(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	copy(img.Pix, unique(len(img.Pix)))
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// recent checks that a timestamp is at most an hour from now. For a fake it checks only that there
// is one, because a fake may have its own clock.
func recent(t *testing.T, d *drive, what string, at time.Time) {
	t.Helper()
	if at.IsZero() {
		t.Errorf("%s is missing", what)
	} else if !d.Fake && time.Since(at).Abs() > time.Hour {
		t.Errorf("%s is %v, want about now", what, at)
	}
}
