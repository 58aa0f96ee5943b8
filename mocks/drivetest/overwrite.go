package drivetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// overwrite replaces a file's content.
func (d *drive) overwrite(t *testing.T, id string, content []byte, opts ...option) *reply {
	t.Helper()
	return d.content(t, "PUT", "nodes/"+id+"/content", append([]option{formType(), body(form(contentPart(content)))}, opts...)...)
}

func overwrite(t *testing.T, d *drive) {
	t.Run("an overwrite keeps the node and changes its content", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		for version, content := range [][]byte{unique(300), unique(20), {}, unique(40)} {
			after := d.overwrite(t, n.ID, content).want(t, 200).node(t)
			d.holds(t, after, version+2, content)
			if after.ID != n.ID || after.Name != "a" || after.Version != n.Version+1 || after.Modified.Before(n.Modified) {
				t.Errorf("got %+v after %+v, want the same node one version on", after, n)
			}
			n = after
		}
	})
	t.Run("an overwrite may ask for no deduplication and be chunked", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		content := unique(30)
		d.content(t, "PUT", "nodes/"+n.ID+"/content", formType(), suppress(), chunked(form(contentPart(content)))).want(t, 200)
		d.holds(t, d.get(t, n.ID), 2, content)
	})
}

func overwriteRefusals(t *testing.T, d *drive) {
	t.Run("a folder or nothing cannot be overwritten", func(t *testing.T) {
		d.overwrite(t, d.dir(t), unique(20)).refused(t, 404, anyCode, "")
		d.overwrite(t, absentID(), unique(20)).refused(t, 404, "NODE_NOT_FOUND", "")
	})
	t.Run("a form without content or an end changes nothing", func(t *testing.T) {
		content := unique(33)
		n := d.file(t, d.dir(t), "a", content)
		for _, b := range [][]byte{openForm(contentPart(unique(20))), form(part{"Content-Disposition: form-data; name=\"x\"\r\n", unique(20)}), {}} {
			d.overwrite(t, n.ID, nil, body(b)).refused(t, 400, anyCode, "")
		}
		d.holds(t, d.get(t, n.ID), 1, content)
	})
}

func uploadV2(t *testing.T, d *drive) {
	send := func(t *testing.T, d *drive, name string, content []byte, opts ...option) *reply {
		t.Helper()
		metadata := metadataPart(obj{"name": name, "kind": "FILE"})
		file := part{"Content-Disposition: form-data; name=\"file\"; filename=\"x\"\r\nContent-Type: application/octet-stream\r\n", content}
		opts = append([]option{anonymous(), header("x-amz-access-token", d.Token), header("x-amzn-file-md5", md5Hex(content)), formType(),
			query("name", name, "kind", "FILE", "fileSize", strconv.Itoa(len(content)), "conflictResolution", "RENAME"),
			body(form(metadata, file))}, opts...)
		return d.send(t, "POST", d.uploadURL+"v2/upload/multiform-upload", opts...)
	}
	t.Run("the second upload service stores a file", func(t *testing.T) {
		d.settled(t)
		content := unique(80)
		n := send(t, d, "v2-"+md5Hex(content)+".jpg", content, query("fallbackContentDate", "2016-04-30T18:22:01.000Z", "isFavorite", "true")).want(t, 200, 201).node(t)
		d.trashAtEnd(t, n.ID)
		d.holds(t, n, 1, content)
		if at := d.get(t, n.ID).ContentProperties.ContentDate; stamp(at) != "2016-04-30T18:22:01.000Z" {
			t.Errorf("contentDate %v, want the fallback", at)
		}
	})
	t.Run("the second upload service names the duplicates", func(t *testing.T) {
		d.settled(t)
		content := unique(80)
		n := d.file(t, d.dir(t), "a", content)
		var e struct {
			ErrorCode    string `json:"errorCode"`
			ErrorDetails struct {
				ConflictNodeIDs []string `json:"conflictNodeIds"`
			} `json:"errorDetails"`
		}
		send(t, d, "v2-"+md5Hex(content), content).want(t, 409).json(t, &e)
		if e.ErrorCode != "DuplicatesConflictError" || !slices.Equal(e.ErrorDetails.ConflictNodeIDs, []string{n.ID}) {
			t.Errorf("got %+v, want DuplicatesConflictError of %s", e, n.ID)
		}
	})
	t.Run("the second upload service renames what is taken", func(t *testing.T) {
		d.settled(t)
		name := "v2-" + md5Hex(unique(20)) + ".bin"
		first := send(t, d, name, unique(20)).want(t, 200, 201).node(t)
		d.trashAtEnd(t, first.ID)
		second := send(t, d, name, unique(20)).want(t, 200, 201).node(t)
		d.trashAtEnd(t, second.ID)
		if second.ID == first.ID || strings.EqualFold(second.Name, first.Name) {
			t.Errorf("the second of the name %q is called %q", first.Name, second.Name)
		}
	})
	t.Run("the second upload service wants the part called file", func(t *testing.T) {
		d.settled(t)
		content := unique(20)
		send(t, d, "v2-bad", content, body(form(metadataPart(obj{"name": "v2-bad", "kind": "FILE"}), contentPart(content)))).want(t, 400)
	})
	t.Run("the second upload service says when the storage is full", func(t *testing.T) {
		d := d.fresh(t, Variant{Quota: 100})
		r := send(t, d, "v2-big", unique(200))
		if r.status < 400 || !strings.Contains(string(r.body), "InsufficientStorage") {
			t.Errorf("%d %s, want an error with InsufficientStorage", r.status, r.body)
		}
	})
}

// breaks is a body that ends with an error.
type breaks struct{ io.Reader }

var errBroken = errors.New("the connection broke, as it should")

func (b breaks) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = errBroken
	}
	return n, err
}

// uploadState is the response to GET resume.
type uploadState struct {
	ExpectedBytes int64     `json:"expectedBytes"`
	ReceivedBytes int64     `json:"receivedBytes"`
	ExpectedMD5   string    `json:"expectedMd5"`
	NodeID        string    `json:"nodeId"`
	ContentLink   string    `json:"contentLink"`
	UploadState   string    `json:"uploadState"`
	Started       time.Time `json:"started"`
}

func resume(t *testing.T, d *drive) {
	t.Run("there is nothing to resume", func(t *testing.T) {
		d.settled(t)
		d.content(t, "GET", "resume", query("localId", "never-"+md5Hex(unique(20)))).want(t, 204)
		id := query("localId", "done-"+md5Hex(unique(20)))
		d.upload(t, fileIn(d.dir(t), "a"), unique(20), id).want(t, 201)
		d.content(t, "GET", "resume", id).want(t, 204)
	})
	t.Run("a broken upload is resumed", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{})
		content := unique(11 << 20)
		id := query("localId", "local-"+md5Hex(content))
		d.breakUpload(t, d.home, "a", content, 8<<20, id)

		var state uploadState
		if !d.eventually(t, 5*time.Second, func() bool {
			r := d.content(t, "GET", "resume", id).want(t, 200, 204)
			return r.status == 200 && json.Unmarshal(r.body, &state) == nil
		}) {
			t.Fatal("the broken upload cannot be resumed")
		}
		if state.ExpectedBytes != int64(len(content)) || state.ReceivedBytes <= 0 || state.ReceivedBytes > 8<<20 || state.ExpectedMD5 != md5Hex(content) || state.UploadState != "IN_PROGRESS" {
			t.Fatalf("got %+v, want %d bytes of which some were received", state, len(content))
		}
		if u, err := url.Parse(state.ContentLink); err != nil || !strings.HasSuffix(u.Path, "/nodes/"+state.NodeID+"/content") {
			t.Errorf("contentLink %q, want the node's content", state.ContentLink)
		}
		d.finds(t, "nodes", filters("parents:"+d.home))
		d.upload(t, fileIn(d.home, "a"), unique(20)).want(t, 408)

		rest := content[state.ReceivedBytes:]
		span := "bytes " + strconv.FormatInt(state.ReceivedBytes, 10) + "-" + strconv.Itoa(len(content)-1) + "/" + strconv.Itoa(len(content))
		d.send(t, "PUT", state.ContentLink, body(rest), header("Content-Range", span)).want(t, 200, 201)
		n := d.get(t, state.NodeID)
		if n.Status != "AVAILABLE" || n.Name != "a" {
			t.Errorf("%q is %s, want a, AVAILABLE", n.Name, n.Status)
		}
		d.holds(t, n, 1, content)
		d.content(t, "GET", "resume", id).want(t, 204)
	})
}

// breakUpload sends the first n bytes of the form and then breaks the connection.
func (d *drive) breakUpload(t *testing.T, parent, name string, content []byte, n int, opts ...option) {
	t.Helper()
	metadata := fileIn(parent, name)
	metadata["size"], metadata["md5"] = len(content), md5Hex(content)
	whole := form(metadataPart(metadata), contentPart(content))
	opts = append([]option{formType(), suppress(), func(r *request) {
		r.body, r.length = breaks{bytes.NewReader(whole[:n])}, int64(len(whole))
	}}, opts...)
	if r, err := d.try(t.Context(), "POST", d.contentURL+"nodes", opts...); err == nil && r.status < 400 {
		t.Fatalf("an upload cut after %d of %d bytes was answered %d", n, len(whole), r.status)
	}
}

func pending(t *testing.T, d *drive) {
	t.Run("a pending file has no size yet and keeps its name", func(t *testing.T) {
		d := d.later(t, Variant{Pending: time.Minute})
		content := unique(40)
		n := d.file(t, d.home, "a", content)
		for _, got := range []node{n, d.get(t, n.ID)} {
			if got.Status != "PENDING" || got.ContentProperties != nil && (got.ContentProperties.Size != 0 || got.ContentProperties.MD5 != "") {
				t.Errorf("%s with content %+v, want PENDING without size and MD5", got.Status, got.ContentProperties)
			}
		}
		d.upload(t, fileIn(d.home, "A"), unique(20)).conflict(t, "a", d.home, n.ID)
		d.Advance(2 * time.Minute)
		got := d.get(t, n.ID)
		if got.Status != "AVAILABLE" {
			t.Errorf("status %s, want AVAILABLE", got.Status)
		}
		d.holds(t, got, 1, content)
	})
}
