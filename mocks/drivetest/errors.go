package drivetest

import "testing"

func errorBodies(t *testing.T, d *drive) {
	t.Run("an error of the service has a log reference, a message and a code", func(t *testing.T) {
		r := d.meta(t, "GET", "nodes/"+absentID()).want(t, 404)
		r.refused(t, 404, "NODE_NOT_FOUND", "")
		if d.Fake {
			r.has(t, "logref", "message", "code")
		}
	})
	t.Run("only conflicts have info", func(t *testing.T) {
		d.settled(t)
		if _, ok := d.meta(t, "GET", "nodes/"+absentID()).want(t, 404).fields(t)["info"]; ok {
			t.Errorf("a 404 has info")
		}
		parent := d.dir(t)
		d.folder(t, parent, "a")
		d.create(t, folderIn(parent, "a")).want(t, 409).has(t, "logref", "message", "code", "info")
	})
	t.Run("an error of the front end has a message only", func(t *testing.T) {
		d.meta(t, "GET", "account/info", anonymous()).front(t, 401, "No Auth Method Provided")
	})
}

func encodings(t *testing.T, d *drive) {
	t.Run("an answer is compressed only for those who accept it", func(t *testing.T) {
		for _, r := range []*reply{
			d.meta(t, "GET", "nodes/"+d.home, header("Accept-Encoding", "identity")),
			d.meta(t, "POST", "changes", text("{}"), header("Accept-Encoding", "identity")),
		} {
			if got := r.want(t, 200).header.Get("Content-Encoding"); got != "" && got != "identity" {
				t.Errorf("%s: Content-Encoding %q although nobody asked", r.call, got)
			}
		}
	})
}

// identifiers checks the ids of all responses of the run so far.
func identifiers(t *testing.T, d *drive) {
	t.Run("every answer has a request id of its own", func(t *testing.T) {
		d.book.mu.Lock()
		defer d.book.mu.Unlock()
		if len(d.book.missing) > 0 {
			t.Errorf("no x-amzn-RequestId in the answers to %v", d.book.missing)
		}
		repeated := 0
		for _, n := range d.book.requestIDs {
			repeated += n - 1
		}
		if repeated > 0 {
			t.Errorf("%d of %d answers repeat the request id of another", repeated, d.book.replies)
		}
	})
	t.Run("every error has a log reference of its own", func(t *testing.T) {
		d.settled(t)
		d.book.mu.Lock()
		defer d.book.mu.Unlock()
		repeated := 0
		for _, n := range d.book.logrefs {
			repeated += n - 1
		}
		if repeated > 0 || len(d.book.logrefs) == 0 {
			t.Errorf("%d repeated log references in %d", repeated, len(d.book.logrefs))
		}
	})
}
