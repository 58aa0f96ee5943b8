package acd_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// sentFilter returns the expression that a listing sends for f.
func sentFilter(t testing.TB, f acd.Filter) (string, error) {
	t.Helper()
	client, mock := scripted(t)
	var sent string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		sent = req.URL.Query().Get("filters")
		return httpmock.NewStringResponse(200, `{"count":0,"data":[]}`), nil
	})
	for _, err := range client.Nodes.List(t.Context(), acd.ListOptions{Filter: f}) {
		if mock.GetTotalCallCount() != 0 {
			t.Errorf("a mistake was sent: %q", sent)
		}
		return "", err
	}
	return sent, nil
}

func TestFilters(t *testing.T) {
	day := time.Date(2016, 5, 1, 10, 0, 0, 0, time.FixedZone("", 3600))
	for want, f := range map[string]acd.Filter{
		"":                                     {},
		`kind:FILE AND labels:holiday`:         acd.And(acd.FieldKind.Is("FILE"), acd.FieldLabels.Is("holiday")),
		`name:sun\ \(1\).txt`:                  acd.FieldName.Is("sun (1).txt"),
		"name:a\uff0fb":                        acd.FieldName.Is("a/b"),
		`name:IMG_*`:                           acd.FieldName.HasPrefix("IMG_"),
		`name:a\**`:                            acd.FieldName.HasPrefix("a*"),
		`contentProperties.contentType:image*`: acd.FieldContentType.HasPrefix("image"),
		`contentProperties.md5:99d03c`:         acd.FieldMD5.Is("99D03C"),
		`createdDate:["2016-05-01T09:00:00.000Z" TO "2016-05-01T10:00:00.000Z"]`: acd.FieldCreated.Between(day, day.Add(time.Hour)),
		`createdDate:["2016-05-01T09:00:00.000Z" TO *}`:                          acd.FieldCreated.Between(day, time.Time{}),
		`modifiedDate:{"2016-05-01T09:00:00.000Z" TO *}`:                         acd.FieldModified.After(day),
		`modifiedDate:{* TO "2016-05-01T09:00:00.000Z"}`:                         acd.FieldModified.Before(day),
		`kind:(FILE OR FOLDER) AND status:(TRASH)`:                               acd.And(acd.PhotosAnyOf(acd.FieldKind, "FILE", "FOLDER"), acd.FieldStatus.Is("TRASH")),
		`anything at all`:         acd.RawFilter("anything at all"),
		`parents:a AND parents:b`: acd.And(acd.FieldParents.Is("a"), acd.FieldParents.Is("b")),
	} {
		if got, err := sentFilter(t, f); err != nil || got != want {
			t.Errorf("sent %q, %v; want %q", got, err, want)
		}
	}
	nine := acd.And()
	for range 9 {
		nine = acd.And(nine, acd.FieldLabels.Is("x"))
	}
	for name, f := range map[string]acd.Filter{
		"nine terms": nine, "a prefix of a kind": acd.FieldKind.HasPrefix("F"), "a range of names": acd.FieldName.After(day),
		"equality of a content type": acd.FieldContentType.Is("image/jpeg"), "a whole content type": acd.FieldContentType.HasPrefix("image/jpeg"),
		"isRoot:false": acd.FieldIsRoot.Is("false"), "empty value": acd.FieldName.Is(""), "empty prefix": acd.FieldName.HasPrefix(""),
		"open range": acd.FieldCreated.Between(time.Time{}, time.Time{}), "unknown field": acd.Field("colour").Is("red"), "no values": acd.PhotosAnyOf(acd.FieldKind),
	} {
		if got, err := sentFilter(t, f); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%s: sent %q, error %v", name, got, err)
		}
	}
}

// A strict mock drive, which parses filters with its own parser, finds what the builder asks for.
func TestStrictDriveUnderstandsTheBuilder(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithStrictFilters())
	client := newClient(t, drive)
	for c := rune(1); c < 0x180; c++ {
		name := "a" + string(c) + "b"
		if strings.ToLower(name) != name {
			continue
		}
		id, err := drive.WriteFile("all/"+strings.ReplaceAll(name, "/", "\uff0f"), []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for n, err := range client.Nodes.List(t.Context(), acd.ListOptions{Filter: acd.And(acd.FieldName.Is(name), acd.FieldKind.Is("FILE"))}) {
			if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			if n.ID != id {
				t.Errorf("%q: found %q", name, n.Name)
			}
			found++
		}
		if found != 1 {
			t.Errorf("%q: found %d", name, found)
		}
	}
}

func FuzzFilterMeansItself(f *testing.F) {
	f.Add(`a b`)
	f.Add(`\"(x) AND y:*`)
	drive := mocks.NewDrive(mocks.WithStrictFilters())
	client := newClient(f, drive)
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || !utf8.ValidString(name) || len(name) > 90 || strings.ContainsAny(name, "/\x00") {
			return
		}
		_, err := client.Nodes.Child(t.Context(), drive.RootID(), name)
		if !errors.Is(err, acd.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	})
}
