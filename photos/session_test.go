package photos_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

func TestSessionNeverShowsCookies(t *testing.T) {
	s, err := photos.ParseSession([]byte("session-id=SECRET1; ubid-acbuk=SECRET2; at-acbuk=SECRET3"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "photos.Session(amazon.co.uk)"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		for _, v := range []any{s, *s, []*photos.Session{s}, struct{ S photos.Session }{*s}, struct{ s photos.Session }{*s}, struct{ s *photos.Session }{s}} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, "SECRET") || strings.Contains(text, fmt.Sprintf("%x", "SECRET")) {
				t.Errorf("%s of %T shows a cookie", verb, v)
			}
			if _, plain := v.(*photos.Session); plain && verb != "%T %v" && text != want {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "session", s, "value", *s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "session", s, "value", *s, "group", slog.GroupValue(slog.Any("s", s)))
	if strings.Contains(log.String(), "SECRET") || strings.Count(log.String(), want) != 5 {
		t.Errorf("the log: %s", log.String())
	}
	text, err := json.Marshal(map[string]any{"pointer": s, "value": *s})
	if err != nil || string(text) != `{"pointer":"`+want+`","value":"`+want+`"}` {
		t.Errorf("JSON: %s, %v", text, err)
	}
	if s.String() != want || s.GoString() != want || s.Site() != "amazon.co.uk" {
		t.Errorf("%s, %s, %s", s.String(), s.GoString(), s.Site())
	}
}

func TestErrorsOfSessionsAreUnauthorized(t *testing.T) {
	if !errors.Is(photos.ErrSignInAgain, acd.ErrUnauthorized) || !strings.Contains(photos.ErrSignInAgain.Error(), "the session has ended: sign in again") {
		t.Error(photos.ErrSignInAgain)
	}
	if !errors.Is(photos.ErrNoSession, photos.ErrSignInAgain) || !strings.Contains(photos.ErrNoSession.Error(), "nobody is signed in") {
		t.Error(photos.ErrNoSession)
	}
}
